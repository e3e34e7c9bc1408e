"""Tests of tables of text: alignment, folding, and styles of terminals."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len

from poolcli.report.terminal_printer import TerminalPrinter
from poolcli.report.text_table import TextTable, cell_width, fold

ROWS = [{"name": "日本.png", "size": "1x1"}, {"name": "é.png", "size": "100x100"}]


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_columns_are_aligned_by_the_width_of_characters() -> None:
    lines = TextTable(("name", "size"), ROWS, right_aligned=("size",)).lines(80)
    assert list(lines) == [
        "name         size",
        "日本.png      1x1",
        "é.png     100x100",
    ]


def test_ruled_tables_have_a_margin() -> None:
    table = TextTable(("name", "size"), ROWS[1:], is_ruled=True)
    lines = list(table.lines(80))
    assert lines == ["", " name    size", f" {'─' * 15}", " é.png   100x100", ""]
    assert table.width == 17


def test_cells_of_several_lines_share_a_row() -> None:
    rows = [{"a": "1\n2", "b": "x"}, {"a": "3", "b": "y\nz"}]
    assert list(TextTable(("a", "b"), rows).lines(80)) == ["a  b", "1  x", "2", "3  y", "   z"]


@pytest.mark.parametrize("max_width", range(4, 20))
def test_widest_columns_are_narrowed(max_width: int) -> None:
    lines = list(TextTable(("name", "size"), ROWS).lines(max_width))
    assert max(map(cell_len, lines)) <= max(max_width, 6)  # two characters of two columns
    text = "".join("".join(line.split()) for line in lines)
    assert sorted(text) == sorted("namesize日本.png1x1é.png100x100")


@pytest.mark.parametrize("text", ["", "plain.png", "naïve → 1", "日本語", "e\u0301", "👍🏽", "a…b"])
def test_width_of_a_text_is_that_of_rich(text: str) -> None:
    assert cell_width(text) == cell_len(text)


def test_wide_characters_are_folded_whole() -> None:
    assert fold("日本語", 3) == ["日", "本", "語"]
    assert fold("日本語", 4) == ["日本", "語"]


@pytest.mark.parametrize(
    ("terminal", "environment", "expected"),
    [
        (True, {"TERM": "xterm"}, "\x1b[31mfailed\x1b[0m"),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, "failed"),
        (True, {"TERM": "dumb"}, "failed"),
        (False, {"TERM": "xterm"}, "failed"),
        (False, {"TERM": "xterm", "FORCE_COLOR": "1"}, "\x1b[31mfailed\x1b[0m"),
    ],
)
def test_styles_depend_on_the_terminal(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, environment: dict[str, str], expected: str
) -> None:
    for name in ("TERM", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream = Terminal() if terminal else io.StringIO()
    printer = TerminalPrinter(stream)
    table = printer.table(["status"], [{"status": "failed"}], ())
    printer.print_table(table, [{"status": "red"}])
    assert stream.getvalue().split("\n")[-3 if terminal else -2].strip() == expected
