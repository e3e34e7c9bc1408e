"""The introduction to pooling in English and Chinese: numbers, code blocks and figures.

`test_guides` runs the commands of the English page; the Chinese page has the same ones.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from poolcli.core.modes import MODES
from tests.test_guides import without_times
from tests.test_readme import fenced_blocks, prose

ROOT = Path(__file__).parents[1]
PAGES = {
    language: (ROOT / "docs" / name).read_text("utf-8")
    for language, name in (("English", "pooling.md"), ("Chinese", "pooling.zh.md"))
}

FEATURE_MAP = np.load(ROOT / "samples" / "feature_map.npy")
OUTPUTS_OF_DENSE_LAYER = 1000
CHANNELS = 512

COMPUTED = {
    "13": len(MODES),
    "16": FEATURE_MAP.size,
    "4.5": (10 - 3) / 2 + 1,  # the size without floor
    "53": FEATURE_MAP.sum(),
    "52": FEATURE_MAP.sum() - 1,
    "3.25": 52 / FEATURE_MAP.size,
    "17.61": 117.63 - 100.02,  # the rise of the mean, from the printed means
    "1000": OUTPUTS_OF_DENSE_LAYER,
    "100352000": CHANNELS * 14 * 14 * OUTPUTS_OF_DENSE_LAYER,
    "25088000": CHANNELS * 7 * 7 * OUTPUTS_OF_DENSE_LAYER,
    "512000": CHANNELS * OUTPUTS_OF_DENSE_LAYER,
}
"""The numbers in the text that no command prints, and how they are computed."""


# ---- reading the pages -----------------------------------------------------------------------


def code_blocks(page: str) -> list[str]:
    """Return all fenced blocks of a page, without their fences."""
    return re.findall(r"^```\w+\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def sections(page: str) -> list[str]:
    """Return the texts between the headings of the second level."""
    return re.split(r"^## .*$", page, flags=re.MULTILINE)


def numbers_in_text(page: str) -> Iterator[str]:
    """Yield the numbers of a page outside of fenced blocks and external links."""
    text = re.sub(r"\[[^\]]*\]\(https?:[^)]*\)| width=\"\d+\"", "", prose(page))
    yield from (each.replace(",", "") for each in re.findall(r"\d(?:[\d,.]*\d)?", text))


def numbers_in_code(page: str) -> set[str]:
    """Return the numbers in the fenced blocks of a page."""
    return {number for block in code_blocks(page) for number in re.findall(r"\d+(?:\.\d+)?", block)}


def without_sources(page: str) -> list[str]:
    """Return the sections of a page but the last one, which lists the sources."""
    return sections(page)[:-1]


# ---- the tests -------------------------------------------------------------------------------


@pytest.mark.parametrize("language", PAGES)
def test_each_number_in_the_text_is_printed_or_computed(language: str) -> None:
    printed: set[str] = set()
    unknown = []
    for section in without_sources(PAGES[language]):
        printed |= numbers_in_code(section)
        unknown += [each for each in numbers_in_text(section) if each not in printed | {*COMPUTED}]
    assert unknown == []


def test_the_computed_numbers_are_right() -> None:
    assert {name: f"{value:.10g}" for name, value in COMPUTED.items()} == {
        name: name for name in COMPUTED
    }


def test_both_languages_have_the_same_numbers_in_each_section() -> None:
    english, chinese = (
        [Counter(numbers_in_text(section)) for section in without_sources(page)]
        for page in PAGES.values()
    )
    assert english == chinese
    assert sum(map(Counter.total, english)) > 100


def test_both_languages_have_the_same_code_blocks() -> None:
    english, chinese = (
        [[without_times(block) for block in code_blocks(section)] for section in sections(page)]
        for page in PAGES.values()
    )
    assert english == chinese
    assert len(fenced_blocks(PAGES["English"], "console")) > 20


def test_both_languages_link_to_the_same_pages() -> None:
    english, chinese = (
        re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", prose(page)) for page in PAGES.values()
    )
    assert english[0] == "pooling.zh.md"
    assert chinese[0] == "pooling.md"
    assert Counter(english[1:]) == Counter(chinese[1:])


# ---- figures ---------------------------------------------------------------------------------

FIGURES = ROOT / "docs" / "pooling"

DRAWN = re.compile(
    r"^\$ (poolcli explain [^|\n]* --(?:svg|gif) (\S+))[^`]*```\n"
    r'\n<img src="([^"]+)" width="800" alt="[^"]+">',
    re.MULTILINE,
)
"""A command that draws a figure, the name of its file, and the path of the image below it."""


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_each_figure_has_a_command(page: str) -> None:
    names = [name for _, name, _ in DRAWN.findall(page)]
    assert re.findall(r'<img src="([^"]+)"', page) == [f"pooling/{name}" for name in names]
    assert [path for _, _, path in DRAWN.findall(page)] == [f"pooling/{name}" for name in names]
    assert {path.name for path in FIGURES.iterdir()} == {*names, "make.sh"}


def test_the_script_draws_all_figures_with_these_commands() -> None:
    script = (FIGURES / "make.sh").read_text("utf-8")
    drawn = re.findall(r"^(poolcli explain .*) > /dev/null$", script, re.MULTILINE)
    assert drawn == [command for command, _, _ in DRAWN.findall(PAGES["English"])]
    (arrays,) = re.findall(r"'PYTHON'\n(.*?)PYTHON", script, re.DOTALL)
    made_on_page = [text for text in fenced_blocks(PAGES["English"], "python") if "_map" in text]
    assert arrays == "".join(made_on_page)


def test_each_figure_has_less_than_200_kilobytes() -> None:
    sizes = {path.name: path.stat().st_size for path in FIGURES.iterdir()}
    assert [name for name, size in sizes.items() if size >= 200_000] == []
