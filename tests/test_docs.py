"""README, docs/ and .ci/run agree with the code and with what was measured."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from poolcli.core.modes import MODES
from poolcli.errors import ExitCode

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BENCHMARKS = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
CI_SCRIPT = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
ERRORS = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")


def section(page: str, title: str) -> str:
    """Return the text below a heading of the second level, up to the next one."""
    return page.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(text: str) -> list[str]:
    """Return the rows of the only table in a text, without its head."""
    return [line for line in text.splitlines() if line.startswith("| ")][1:]


# ---- README ----------------------------------------------------------------------------------


def test_the_readme_has_a_row_for_each_mode() -> None:
    assert [tuple(row.split(" | ")[:2]) for row in rows(section(README, "Modes"))] == [
        (f"| `{mode.name}`", mode.summary) for mode in MODES.values()
    ]


def test_each_row_on_frameworks_has_a_command() -> None:
    found = rows(section(README, "From PyTorch, ONNX and Keras"))
    assert found
    assert [row for row in found if "`poolcli " not in row.split(" | ")[-1]] == []


@pytest.mark.parametrize("row", rows(section(README, "Speed")))
def test_each_row_on_speed_was_measured(row: str) -> None:
    assert row in BENCHMARKS.splitlines()


@pytest.mark.parametrize(
    "amount", re.findall(r"(?<!\S)[\d.,]*\d (?:ms|s|[MG]B)\b", section(README, "Speed"))
)
def test_each_amount_in_the_text_on_speed_was_measured(amount: str) -> None:
    assert re.search(rf"(?<!\S){re.escape(amount)}\b", BENCHMARKS)


# ---- docs/cli.md -----------------------------------------------------------------------------


def test_the_command_reference_is_up_to_date() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "make_cli_reference.py"))
    written = script["PAGE"].read_text(encoding="utf-8")
    assert written == script["reference"](), "run: python docs/make_cli_reference.py"


# ---- .ci/run ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", re.findall(r"\btests/[\w./]+", CI_SCRIPT))
def test_a_path_in_the_ci_script_exists(path: str) -> None:
    assert (ROOT / path).exists()


# ---- docs/errors.md --------------------------------------------------------------------------


def test_the_exit_codes_are_those_of_the_code() -> None:
    listed = re.findall(r"^\| (\d+) \|", section(ERRORS, "Exit codes"), re.MULTILINE)
    assert [int(code) for code in listed] == sorted(ExitCode)
