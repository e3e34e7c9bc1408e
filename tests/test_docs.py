"""The README says what the table of modes says."""

from __future__ import annotations

from pathlib import Path

from poolcli.core.modes import MODES

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_readme_has_a_row_for_each_mode() -> None:
    rows = [line.split(" | ") for line in README.splitlines() if line.startswith("| `")]
    assert [(row[0], row[1]) for row in rows] == [
        (f"| `{mode.name}`", mode.summary) for mode in MODES.values()
    ]
