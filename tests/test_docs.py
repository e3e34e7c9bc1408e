"""The README says what the table of modes says, and what was measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from poolcli.core.modes import MODES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BENCHMARKS = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text under a heading, up to the next of its kind."""
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(text: str) -> list[str]:
    """The rows of the only table in a text, its head left out."""
    return [line for line in text.splitlines() if line.startswith("| ")][1:]


def test_the_readme_has_a_row_for_each_mode() -> None:
    assert [tuple(row.split(" | ")[:2]) for row in rows(section("Modes"))] == [
        (f"| `{mode.name}`", mode.summary) for mode in MODES.values()
    ]


def test_the_readme_has_a_command_for_each_thing_that_other_libraries_do() -> None:
    found = rows(section("From PyTorch, ONNX and Keras"))
    assert found
    assert [row for row in found if "`poolcli " not in row.split(" | ")[-1]] == []


@pytest.mark.parametrize("row", rows(section("Speed")))
def test_a_row_on_speed_is_one_that_was_measured(row: str) -> None:
    assert row in BENCHMARKS.splitlines()


@pytest.mark.parametrize(
    "amount", re.findall(r"(?<!\S)[\d.,]*\d (?:ms|s|[MG]B)\b", section("Speed"))
)
def test_an_amount_in_the_text_on_speed_is_one_that_was_measured(amount: str) -> None:
    assert re.search(rf"(?<!\S){re.escape(amount)}\b", BENCHMARKS)
