"""Tests of the table report: rows, small arrays, and widths of terminals."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.core.window import Window
from poolcli.report.record import ArrayInfo, Record, SmallArrays
from poolcli.report.run_totals import RunContext
from poolcli.report.small_arrays import small_array_lines
from poolcli.report.table_reporter import TableReporter
from poolcli.request import Request
from tests.conftest import Poolcli, Shell

FEATURE_MAP = np.array([[1, 3, 2, 4], [5, 6, 7, 8], [2, 4, 1, 3], [0, 1, 2, 4]], np.float32)


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def terminal_lines(columns: int, monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
    """Return the report on a terminal of some width, without colours and blank lines."""
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    request = Request((name,), "avg", Window.fixed(2))
    reporter = TableReporter(stream, request, RunContext(has_one_input=True))
    before = ArrayInfo([512, 512], "uint8", "HW", 0, 114.213, 255)
    after = ArrayInfo([256, 256], "float32", "HW", 1.5, 114.213, 251.25)
    record = Record(name, "ok", "avg", before=before, after=after, seconds=0.0123)
    reporter.add(record)
    reporter.finish()
    plain = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
    return [line for line in plain.splitlines() if line.strip()]


def test_table_without_terminal(poolcli: Poolcli) -> None:
    np.save("map.npy", FEATURE_MAP)
    heading, columns, row, _, *values, last = poolcli("avg", "map.npy").out.splitlines()
    assert heading == "avg, kernel size 2, stride 2"
    assert columns.split() == ["file", "shape", "dtype", "min", "·", "mean", "·", "max", "time"]
    assert row.startswith("map.npy  4x4 → 2x2  float32  0 · 3.3125 · 8 → 1.75 · 3.3125 · 5.25")
    assert values == ["  1 3 2 4 → 3.75 5.25", "  5 6 7 8   1.75  2.5", "  2 4 1 3", "  0 1 2 4"]
    assert re.fullmatch(r"1 ok in \d+\.\d\d s → map\.avg-k2-s2\.npy", last)


def test_elements_are_printed_for_small_inputs_or_on_request(poolcli: Poolcli) -> None:
    np.save("small.npy", np.zeros((16, 16), np.uint8))
    np.save("large.npy", np.zeros((16, 17), np.uint8))
    elements = " → 0 0"
    assert elements in poolcli("max", "small.npy").out
    assert elements not in poolcli("max", "large.npy").out
    assert elements in poolcli("max", "large.npy", "--values", "--overwrite").out
    assert elements not in poolcli("max", "small.npy", "--no-values", "--overwrite").out


def test_large_numbers_keep_their_digits(poolcli: Poolcli) -> None:
    np.save("x.npy", 1234560.0 + np.arange(4).reshape(2, 2) * 5)
    out = poolcli("avg", "x.npy").out
    assert "1234560 · 1234567.5 · 1234575 → 1234567.5 · 1234567.5 · 1234567.5" in out
    assert "  1234560 1234565 → 1234567.5\n  1234570 1234575\n" in out


def test_elements_of_an_animation_are_those_of_its_first_frame(poolcli: Poolcli) -> None:
    first, second = Image.new("L", (4, 4), 1), Image.new("L", (4, 4), 9)
    first.save("x.tif", save_all=True, append_images=[second])
    assert "\nx.tif, the first of 2 frames\n  1 1 1 1 → 1 1\n" in poolcli("max", "x.tif").out


def test_planes_of_small_arrays_are_named_by_their_index() -> None:
    values = np.arange(16).reshape(2, 2, 2, 2)
    arrays = SmallArrays(values, values.max((2, 3), keepdims=True), (2, 3))
    lines = list(small_array_lines(arrays))
    assert lines[0] == "  [0, 0, :, :]"
    assert lines[1] == "  0 1 → 3"
    assert lines.count("  12 13 → 15") == 1


def test_notes_are_printed_below_the_table(poolcli: Poolcli) -> None:
    np.save("x.npy", np.zeros((8, 6, 3), np.uint8))
    assert "note: x.npy: looks like channels last" in poolcli("max", "x.npy").out


def test_a_note_on_all_levels_of_a_pyramid_is_printed_once(poolcli: Poolcli) -> None:
    Image.new("L", (16, 16)).save("x.tif", tiffinfo={42113: "0"})
    out = poolcli("max", "x.tif", "--k", 2, "--levels", 3).out
    assert out.count("note: x.tif: the file's nodata 0 was ignored") == out.count("note: ") == 1


def test_without_terminal_nothing_is_wrapped_or_cut(shell: Shell, tmp_path: Path) -> None:
    name = "n" * 200 + ".npy"
    np.save(tmp_path / name, np.zeros((4, 4), np.uint8))
    done = shell(f"COLUMNS=20 TERM=dumb poolcli max {name} --no-values")
    _, header, row, last = done.stdout.decode().splitlines()
    assert last.endswith(f" → {'n' * 200}.max-k2-s2.npy")
    assert row.startswith(name)
    assert "\x1b" not in row
    assert header == header.rstrip()


def test_ascii_encoding_gets_substitutes(shell: Shell, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", FEATURE_MAP)
    done = shell("PYTHONIOENCODING=ascii poolcli max x.npy")
    assert done.returncode == 0
    assert b"4x4 > 2x2" in done.stdout


@pytest.mark.parametrize("columns", [10, 20, 30, 40, 50, 60, 70, 80, 100, 200])
@pytest.mark.parametrize("name", ["x.png", "some/rather/long/name/of/a/file.png"])
def test_no_line_is_wider_than_the_terminal(
    monkeypatch: pytest.MonkeyPatch, columns: int, name: str
) -> None:
    lines = terminal_lines(columns, monkeypatch, name)
    assert max(map(len, lines)) <= columns
    assert "…" not in "".join(lines)


@pytest.mark.parametrize(
    ("columns", "headings", "first_shape"),
    [
        (110, "file shape dtype min · mean · max time", "512x512 → 256x256"),
        (70, "file shape dtype min · mean · max time", "512x512"),
        (60, "file shape dtype min · mean · max", "512x512"),
        (50, "file shape min · mean · max", "512x512"),
        (30, "file shape", "512x512"),
    ],
)
def test_narrow_terminals_leave_out_columns(
    monkeypatch: pytest.MonkeyPatch, columns: int, headings: str, first_shape: str
) -> None:
    lines = terminal_lines(columns, monkeypatch, "x.png")
    assert " ".join(lines[0].split()) == headings
    assert lines[2].split("  ")[0].strip() == "x.png"
    assert first_shape in lines[2]
