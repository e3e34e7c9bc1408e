"""The table and the JSON lines."""

from __future__ import annotations

import io
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.core.window import Window
from poolcli.report import formatting
from poolcli.report.record import ArrayInfo, Record, SmallArrays
from poolcli.report.small_arrays import small_array_lines
from poolcli.report.table_reporter import TableReporter
from poolcli.report.totals import RunContext
from poolcli.request import Request
from tests.conftest import Poolcli, Shell

MAP = np.array([[1, 3, 2, 4], [5, 6, 7, 8], [2, 4, 1, 3], [0, 1, 2, 4]], np.float32)

KEYS = ["input", "member", "level", "frames", "output", "status", "mode", "window", "in", "out",
        "notes", "seconds", "error"]  # fmt: skip
SIDE = ["shape", "dtype", "layout", "min", "mean", "max"]
WINDOW = ["kernel_size", "stride", "padding", "dilation", "ceil_mode"]


def test_long_doubles_are_plain_numbers_in_json(poolcli: Poolcli) -> None:
    np.save("x.npy", np.array([[1, 2], [3, np.nan]], np.longdouble))
    ran = poolcli("min", "x.npy", "--k", 1, "--json")
    assert ran.code == 0
    assert [ran.record["out"][key] for key in ("min", "mean", "max")] == [1.0, 2.0, 3.0]


def test_a_json_line(poolcli: Poolcli, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 6, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "img.png")
    record = poolcli("max", "img.png", "--json").record
    assert list(record) == KEYS
    seconds = record.pop("seconds")
    assert 0 < seconds < 60
    largest = pixels.reshape(4, 2, 3, 2, 3).max((1, 3))
    assert record == {
        "input": "img.png",
        "member": None,
        "level": None,
        "frames": 1,
        "output": "img.max-k2-s2.png",
        "status": "ok",
        "mode": "max",
        "window": {
            "kernel_size": [2, 2],
            "stride": [2, 2],
            "padding": [[0, 0], [0, 0]],
            "dilation": [1, 1],
            "ceil_mode": False,
        },
        "in": {
            "shape": [8, 6, 3],
            "dtype": "uint8",
            "layout": "HWC",
            "min": int(pixels.min()),
            "mean": pixels.mean(),
            "max": int(pixels.max()),
        },
        "out": {
            "shape": [4, 3, 3],
            "dtype": "uint8",
            "layout": "HWC",
            "min": int(largest.min()),
            "mean": largest.mean(),
            "max": int(largest.max()),
        },
        "notes": [],
        "error": None,
    }


@pytest.mark.parametrize("line", ["gone.png", "x.npy --skip-existing", "x.npy --adaptive 2"])
def test_keys_never_go_missing(poolcli: Poolcli, tmp_path: Path, line: str) -> None:
    np.save("x.npy", MAP)
    (tmp_path / "x.max-k2-s2.npy").write_text("")
    record = poolcli("max", *line.split(), "--json").record
    assert list(record) == KEYS
    assert list(record["in"]) == list(record["out"]) == SIDE
    assert list(record["window"]) == WINDOW


def test_the_padding_of_same_is_spelt_out(poolcli: Poolcli) -> None:
    np.save("x.npy", MAP)
    record = poolcli("max", "x.npy", "--k", 3, "--s", 2, "--p", "same", "--json").record
    assert record["window"]["padding"] == [[0, 1], [0, 1]]
    record = poolcli("max", "x.npy", "--global", "--json").record
    assert record["window"]["kernel_size"] == [4, 4]


def test_an_npz_has_a_line_a_member_and_keeps_its_keys(poolcli: Poolcli) -> None:
    np.savez("x.npz", first=MAP, second=np.zeros((6, 6), np.uint8))
    ran = poolcli("max", "x.npz", "--levels", 2, "--json")
    assert [(r["member"], r["level"]) for r in ran.records] == [
        ("first", 1),
        ("second", 1),
        ("first", 2),
        ("second", 2),
    ]
    with np.load("x.max-k2-s2.L2.npz") as arrays:
        assert {key: arrays[key].shape for key in arrays} == {"first": (1, 1), "second": (1, 1)}


def test_nan_and_infinities_are_null(poolcli: Poolcli) -> None:
    np.save("x.npy", np.array([[np.nan, np.inf], [1, -np.inf]]))
    record = poolcli("max", "x.npy", "--k", 1, "--json").record
    assert (record["in"]["min"], record["in"]["mean"], record["in"]["max"]) == (None, None, None)


def test_statistics_leave_out_nan_and_ignored_values(poolcli: Poolcli) -> None:
    np.save("x.npy", np.array([[np.nan, -9999, 1, 4]], np.float32))
    record = poolcli("max", "x.npy", "--k", 1, "--ignore", -9999, "--json").record
    assert (record["in"]["min"], record["in"]["mean"], record["in"]["max"]) == (1, 2.5, 4)


def test_large_integers_are_exact(poolcli: Poolcli) -> None:
    np.save("x.npy", np.array([[2**63 + 1, 2**64 - 1]], np.uint64))
    record = poolcli("max", "x.npy", "--k", 1, "--json").record
    assert (record["in"]["min"], record["in"]["max"]) == (2**63 + 1, 2**64 - 1)


def test_complex_arrays_have_no_range(poolcli: Poolcli) -> None:
    np.save("x.npy", np.ones((4, 4), np.complex64) * 1j)
    ran = poolcli("avg", "x.npy", "--json")
    assert ran.record["out"]["min"] is None
    assert ran.record["out"]["dtype"] == "complex64"
    assert "0+1j" in poolcli("avg", "x.npy", "--overwrite").out


def test_the_table(poolcli: Poolcli) -> None:
    np.save("map.npy", MAP)
    window, headings, row, _, *values, last = poolcli("avg", "map.npy").out.splitlines()
    assert window == "avg, kernel size 2, stride 2"
    assert headings.split() == ["file", "shape", "dtype", "min", "·", "mean", "·", "max", "time"]
    assert row.startswith("map.npy  4x4 → 2x2  float32  0 · 3.3125 · 8 → 1.75 · 3.3125 · 5.25")
    assert values == ["  1 3 2 4 → 3.75 5.25", "  5 6 7 8   1.75  2.5", "  2 4 1 3", "  0 1 2 4"]
    assert re.fullmatch(r"1 ok in \d+\.\d\d s → map\.avg-k2-s2\.npy", last)


def test_values_are_shown_for_small_inputs_or_on_demand(poolcli: Poolcli) -> None:
    np.save("small.npy", np.zeros((16, 16), np.uint8))
    np.save("large.npy", np.zeros((16, 17), np.uint8))
    arrow = " → 0 0"
    assert arrow in poolcli("max", "small.npy").out
    assert arrow not in poolcli("max", "large.npy").out
    assert arrow in poolcli("max", "large.npy", "--values", "--overwrite").out
    assert arrow not in poolcli("max", "small.npy", "--no-values", "--overwrite").out


def test_large_values_keep_their_digits(poolcli: Poolcli) -> None:
    np.save("x.npy", 1234560.0 + np.arange(4).reshape(2, 2) * 5)
    out = poolcli("avg", "x.npy").out
    assert "1234560 · 1234567.5 · 1234575 → 1234567.5 · 1234567.5 · 1234567.5" in out
    assert "  1234560 1234565 → 1234567.5\n  1234570 1234575\n" in out


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (-0.25, "-0.25"),
        (1e-7, "1e-07"),
        (99999.25, "99999.2"),
        (100000.25, "100000.2"),
        (-123456789.0, "-123456789"),
        (2.0**53 - 1, "9007199254740991"),
        (2.0**60, "1.15292e+18"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (1234567.0 - 2j, "1234567-2j"),
        (1j, "0+1j"),
    ],
)
def test_numbers(value: complex, shown: str) -> None:
    assert formatting.format_number(value) == shown


def test_the_values_of_an_animation_are_those_of_its_first_frame(poolcli: Poolcli) -> None:
    first, second = Image.new("L", (4, 4), 1), Image.new("L", (4, 4), 9)
    first.save("x.tif", save_all=True, append_images=[second])
    assert "\nx.tif, the first of 2 frames\n  1 1 1 1 → 1 1\n" in poolcli("max", "x.tif").out


def test_planes_are_told_apart() -> None:
    x = np.arange(16).reshape(2, 2, 2, 2)
    shown = list(small_array_lines(SmallArrays(x, x.max((2, 3), keepdims=True), (2, 3))))
    assert shown[0] == "  [0, 0, :, :]"
    assert shown[1] == "  0 1 → 3"
    assert shown.count("  12 13 → 15") == 1


def test_more_than_twenty_files_are_summed_up(poolcli: Poolcli) -> None:
    for number in range(22):
        np.save(f"{number:02}.npy", MAP)
    names = [f"{number:02}.npy" for number in range(22)]
    ran = poolcli("max", *names, "gone.npy", "-o", "out/")
    assert ran.code == 1
    assert ran.out.startswith("22 ok, 1 failed in ")
    assert len(ran.out.splitlines()) == 1
    ran = poolcli("max", *names, "-o", "out/", "--overwrite", "--verbose")
    assert ran.out.count("4x4 → 2x2") == 22


def test_notes_stand_below(poolcli: Poolcli) -> None:
    np.save("x.npy", np.zeros((8, 6, 3), np.uint8))
    assert "note: x.npy: looks like channels last" in poolcli("max", "x.npy").out


def test_elsewhere_than_on_a_terminal_nothing_is_wrapped_or_cut(
    shell: Shell, tmp_path: Path
) -> None:
    name = "n" * 200 + ".npy"
    np.save(tmp_path / name, np.zeros((4, 4), np.uint8))
    done = shell(f"COLUMNS=20 TERM=dumb poolcli max {name} --no-values")
    _, header, row, last = done.stdout.decode().splitlines()
    assert last.endswith(f" → {'n' * 200}.max-k2-s2.npy")
    assert row.startswith(name)
    assert "\x1b" not in row
    assert header == header.rstrip()


def test_a_stream_that_lacks_letters(shell: Shell, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", MAP)
    done = shell("PYTHONIOENCODING=ascii poolcli max x.npy")
    assert done.returncode == 0
    assert b"4x4 > 2x2" in done.stdout


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def _on_terminal(columns: int, monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
    """The table's lines on a terminal of some width, without colours and blank lines."""
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    request = Request((name,), "avg", Window.fixed(2))
    report = TableReporter(stream, request, RunContext(has_one_input=True))
    before = ArrayInfo([512, 512], "uint8", "HW", 0, 114.213, 255)
    after = ArrayInfo([256, 256], "float32", "HW", 1.5, 114.213, 251.25)
    record = Record(name, "ok", "avg", before=before, after=after, seconds=0.0123)
    report.add(record)
    report.finish()
    plain = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
    return [line for line in plain.splitlines() if line.strip()]


@pytest.mark.parametrize("columns", [10, 20, 30, 40, 50, 60, 70, 80, 100, 200])
@pytest.mark.parametrize("name", ["x.png", "some/rather/long/name/of/a/file.png"])
def test_a_terminal_of_any_width_is_obeyed(
    monkeypatch: pytest.MonkeyPatch, columns: int, name: str
) -> None:
    drawn = _on_terminal(columns, monkeypatch, name)
    assert max(map(len, drawn)) <= columns
    assert "…" not in "".join(drawn)


@pytest.mark.parametrize(
    ("columns", "headings", "first"),
    [
        (110, "file shape dtype min · mean · max time", "512x512 → 256x256"),
        (70, "file shape dtype min · mean · max time", "512x512"),
        (60, "file shape dtype min · mean · max", "512x512"),
        (50, "file shape min · mean · max", "512x512"),
        (30, "file shape", "512x512"),
    ],
)
def test_narrow_terminals_go_without_columns(
    monkeypatch: pytest.MonkeyPatch, columns: int, headings: str, first: str
) -> None:
    drawn = _on_terminal(columns, monkeypatch, "x.png")
    assert " ".join(drawn[0].split()) == headings
    assert drawn[2].split("  ")[0].strip() == "x.png"
    assert first in drawn[2]


def test_json_has_no_nan_anywhere() -> None:
    record = Record(input="x", status="ok", mode="max")
    record.before.mean = math.nan
    assert json.loads(json.dumps(record.as_json(), allow_nan=False))["in"]["mean"] is None
