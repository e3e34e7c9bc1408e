"""README, docs/ and .ci/part agree with the code and with what was measured."""

from __future__ import annotations

import ast
import re
import runpy
from functools import cache
from pathlib import Path

import pytest

import poolcli.core.errors
import poolcli.errors
from poolcli.core.modes import MODES
from poolcli.errors import ExitCode

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BENCHMARKS = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
CI_SCRIPT = (ROOT / ".ci" / "part").read_text(encoding="utf-8")
ERRORS = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")

PUNCTUATION = " :;,.()"

MIN_SEARCHED_CHARACTERS = 5
"""Shorter parts of a message, such as "has", are not searched in the code."""

COMPARED_CHARACTERS = 40
"""The number of characters of a message's longest literal text that docs/errors.md must have."""


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


@pytest.mark.parametrize("row", rows(section(README, "Speed")))
def test_each_row_on_speed_was_measured(row: str) -> None:
    assert row in BENCHMARKS.splitlines()


@pytest.mark.parametrize(
    "amount", re.findall(r"(?<!\S)[\d.,]*\d (?:ms|s|[MG]B)\b", section(README, "Speed"))
)
def test_each_amount_in_the_text_on_speed_was_measured(amount: str) -> None:
    assert re.search(rf"(?<!\S){re.escape(amount)}\b", BENCHMARKS)


# ---- docs/README.md --------------------------------------------------------------------------


def test_the_index_lists_each_page() -> None:
    folder = ROOT / "docs"
    index = (folder / "README.md").read_text(encoding="utf-8")
    pages = {str(path.relative_to(folder)) for path in folder.rglob("*.md")} - {"README.md"}
    assert pages == {link for link in re.findall(r"\]\(([^)]+)\)", index) if link in pages}


# ---- docs/cli.md -----------------------------------------------------------------------------


def test_the_command_reference_is_up_to_date() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "make_cli_reference.py"))
    written = script["PAGE"].read_text(encoding="utf-8")
    assert written == script["reference"](), "run: python docs/make_cli_reference.py"


# ---- .ci/part --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", re.findall(r"\btests/[\w./]+", CI_SCRIPT))
def test_a_path_in_the_ci_script_exists(path: str) -> None:
    assert (ROOT / path).exists()


# ---- docs/errors.md --------------------------------------------------------------------------


def documented_messages() -> list[str]:
    """Return the messages in the first column of the tables of errors.

    A message may be split into several code spans with an ellipsis between them.
    """
    cells = re.findall(r"^\| (`.*?`) \| [^|]+ \| [^|]+ \|$", ERRORS, re.MULTILINE)
    return [cell.replace("` … `", "…").strip("`") for cell in cells]


def fixed_texts(message: str) -> list[str]:
    """Return the parts between the ellipses of a message that are long enough to be searched.

    Examples
    --------
    >>> fixed_texts("the layout … has … axes, the array has …")
    ['the layout', 'axes, the array has']
    """
    texts = [text.strip(PUNCTUATION) for text in message.split("…")]
    return [text for text in texts if len(text) >= MIN_SEARCHED_CHARACTERS]


def literal_texts(node: ast.AST) -> list[str]:
    """Return the literal texts in a piece of code; an f-string is split at its values."""
    constants = (each for each in ast.walk(node) if isinstance(each, ast.Constant))
    return [each.value for each in constants if isinstance(each.value, str)]


@cache
def code_trees() -> dict[str, ast.Module]:
    """Return the syntax trees of all modules of poolcli by their paths."""
    paths = sorted((ROOT / "poolcli").rglob("*.py"))
    return {str(path.relative_to(ROOT)): ast.parse(path.read_bytes()) for path in paths}


@cache
def texts_in_code() -> str:
    """Return all literal texts of poolcli, one a line."""
    return "\n".join(text for tree in code_trees().values() for text in literal_texts(tree))


def raised_messages() -> list[tuple[str, str]]:
    """Return place and longest literal text of each message passed to an error of poolcli.

    Messages that are variables are left out.
    """
    names = {
        error.__name__
        for module in (poolcli.errors, poolcli.core.errors)
        for error in vars(module).values()
        if isinstance(error, type) and issubclass(error, Exception)
    }
    found = []
    for path, tree in code_trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) in names and node.args:
                longest = max(literal_texts(node.args[0]), key=len, default="")
                found.append((f"{path}:{node.lineno}", longest.strip(PUNCTUATION)))
    return found


def test_each_documented_message_is_in_the_code() -> None:
    messages = documented_messages()
    assert messages
    short = [message for message in messages if not fixed_texts(message)]
    assert short == [], "these messages need a longer fixed part"
    texts = texts_in_code()
    missing = [text for message in messages for text in fixed_texts(message) if text not in texts]
    assert missing == [], "poolcli has no message with these texts: correct docs/errors.md"


def test_each_message_in_the_code_is_documented() -> None:
    missing = [
        f"{place}: {text}"
        for place, text in raised_messages()
        if text[:COMPARED_CHARACTERS].strip(PUNCTUATION) not in ERRORS
    ]
    assert not missing, "\n".join(["add these messages to docs/errors.md", *missing])


def test_the_exit_codes_are_those_of_the_code() -> None:
    listed = re.findall(r"^\| (\d+) \|", section(ERRORS, "Exit codes"), re.MULTILINE)
    assert [int(code) for code in listed] == sorted(ExitCode)
