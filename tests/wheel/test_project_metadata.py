"""The metadata of the project agree: names, versions, addresses, extras and commands."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import poolcli
from tests.wheel.commands import COMMANDS_OF_EXTRAS

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"].keys() - {"all"}
README = (ROOT / "README.md").read_text("utf-8")
CITATION = (ROOT / "CITATION.cff").read_text("utf-8")


def test_the_extra_all_has_the_other_extras() -> None:
    assert PROJECT["optional-dependencies"]["all"] == [
        f"{PROJECT['name']}[{','.join(sorted(EXTRAS))}]"
    ]


def test_each_extra_has_a_command_a_row_in_the_readme_and_a_check_alone() -> None:
    assert COMMANDS_OF_EXTRAS.keys() == EXTRAS
    assert {*re.findall(r"pip install '\.\[(\w+)\]'", README)} == {*EXTRAS, "all"}
    workflow = (ROOT / ".github" / "workflows" / "checks.yml").read_text("utf-8")
    assert f"extra: [{', '.join(sorted(EXTRAS))}]" in workflow


def test_the_citation_has_the_version_and_the_address() -> None:
    assert f"\nversion: {poolcli.__version__}\n" in CITATION
    assert f"\nrepository-code: {PROJECT['urls']['Repository']}\n" in CITATION
    assert f"git+{PROJECT['urls']['Repository']}" in README


def test_each_lowest_version_is_given() -> None:
    requirements = [
        *PROJECT["dependencies"],
        *(each for extra in EXTRAS for each in PROJECT["optional-dependencies"][extra]),
        *PYPROJECT["dependency-groups"]["test"],
    ]
    assert [each for each in requirements if ">=" not in each] == []
