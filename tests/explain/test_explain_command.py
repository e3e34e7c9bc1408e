"""Tests of what `explain` prints and writes."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from tests.conftest import Poolcli, Shell

FEATURE_MAP = np.array([[1, 3, 2, 4], [5, 6, 7, 8], [2, 4, 1, 3], [0, 1, 2, 4]], np.float32)

PLAIN_OUTPUT = """\
x.npy: max, kernel size 2, stride 2
1x1x4x4, float32 → 1x1x2x2

     0  1   2  3         0  1
  0  1  3 │ 2  4  →   0  6  8
  1  5 [6]│ 7 [8]     1  4  4
    ──────┼──────
  2  2 [4]│ 1  3
  3  0  1 │ 2 [4]

  [0, 0]  rows 0-1, columns 0-1:  max(1, 3, 5, 6) = 6 at (1, 1)
  [0, 1]  rows 0-1, columns 2-3:  max(2, 4, 7, 8) = 8 at (1, 3)
  [1, 0]  rows 2-3, columns 0-1:  max(2, 4, 0, 1) = 4 at (2, 1)
  [1, 1]  rows 2-3, columns 2-3:  max(1, 3, 2, 4) = 4 at (3, 3)

[ ] chosen
rows: floor((4 + 0 + 0 - 2) / 2) + 1 = 2
columns: floor((4 + 0 + 0 - 2) / 2) + 1 = 2
"""

PADDED_GRID = """\
          0   1   2   3                   0        1
     (0) (0) (0) (0) (0) (0) →   0  1.66667  3.33333
  0  (0)  1   3   2   4  (0)     1        2        4
  1  (0)  5   6   7   8  (0)
  2  (0)  2   4   1   3  (0)
  3  (0)  0   1   2   4  (0)
     (0) (0) (0) (0) (0) (0)
"""

NARROW_OUTPUT = """\
x.npy: avg, kernel size 3, stride 2,
    padding 1
1x1x4x4, float32 → 1x1x2x2

          0   1   2   3
     (0) (0) (0) (0) (0) (0)
  0  (0)  1   3   2   4  (0)
  1  (0)  5   6   7   8  (0)
  2  (0)  2   4   1   3  (0)
  3  (0)  0   1   2   4  (0)
     (0) (0) (0) (0) (0) (0)
  ↓
           0        1
  0  1.66667  3.33333
  1        2        4

  [0, 0]  rows 0-1, columns 0-1 and
    padding:  (0+0+0+0+1+3+0+5+6)/9 =
    1.66667
"""


@pytest.fixture(autouse=True)
def _feature_map(poolcli: Poolcli) -> None:
    np.save("x.npy", FEATURE_MAP.reshape(1, 1, 4, 4))


def terminal_output(line: str, folder: Path, columns: int, **more: str) -> str:
    """Return what a command sends to a terminal of some width."""
    parent, child = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    environment |= {"COLUMNS": str(columns), "TERM": "xterm-256color"} | more
    with subprocess.Popen(
        [sys.executable, "-m", "poolcli", *line.split()],
        cwd=folder,
        env=environment,
        stdout=child,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(child)
        found = b"".join(_chunks(parent))
        assert process.wait() == 0
    os.close(parent)
    return found.decode().replace("\r\n", "\n")


def _chunks(parent: int) -> Iterator[bytes]:
    while True:
        try:
            data = os.read(parent, 1 << 16)
        except OSError:  # the process has closed its side
            return
        if not data:
            return
        yield data


def test_output_without_terminal_is_plain(poolcli: Poolcli) -> None:
    assert poolcli("explain", "max", "x.npy").out == PLAIN_OUTPUT


def test_padding_is_drawn_and_explained(poolcli: Poolcli) -> None:
    out = poolcli("explain", "avg", "x.npy", "--k", 3, "--s", 2, "--p", 1).out
    assert PADDED_GRID in out
    assert "(0) padding, counts as 0" in out
    out = poolcli("explain", "max", "x.npy", "--k", 3, "--s", 2, "--p", 1).out
    assert "  0  ·  1  3  2  4  ·" in out
    assert "· padding, not counted" in out


def test_ignored_elements_are_marked(poolcli: Poolcli) -> None:
    out = poolcli("explain", "max", "x.npy", "--ignore", 4).out
    assert "  2 [2]{4}│ 1 [3]" in out
    assert "{ } ignored" in out


def test_output_goes_below_the_input_on_a_narrow_terminal(tmp_path: Path) -> None:
    line = "explain avg x.npy --k 3 --s 2 --p 1"
    assert terminal_output(line, tmp_path, 40, NO_COLOR="1").startswith(NARROW_OUTPUT)


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_no_line_is_wider_than_the_terminal(tmp_path: Path, columns: int) -> None:
    np.save(tmp_path / "y.npy", np.random.default_rng(0).integers(0, 1 << 20, (30, 30)))
    for line in ("explain std y.npy --k 3", "explain max y.npy --k 2 --s 1 --p 1 --at 20,20"):
        out = terminal_output(line, tmp_path, columns, NO_COLOR="1")
        assert "\x1b" not in out
        assert max(map(len, out.splitlines())) <= columns


def test_windows_are_coloured_on_terminals_with_colours(tmp_path: Path) -> None:
    out = terminal_output("explain max x.npy", tmp_path, 80, COLORTERM="truecolor")
    assert "48;2;246;229;164" in out
    assert "\x1b" not in terminal_output("explain max x.npy", tmp_path, 80, TERM="dumb")


def test_overlapping_windows_are_uncoloured(tmp_path: Path) -> None:
    out = terminal_output("explain max x.npy --s 1", tmp_path, 80)
    assert "uncoloured: overlapping windows" in out
    assert out.count("\x1b[38;2;0;0;0;48;2;246;229;164m") + out.count("48;5;") >= 2
    assert "│" not in out


def test_unused_elements_are_uncoloured(tmp_path: Path) -> None:
    out = terminal_output("explain max x.npy --k 3 --footprint cross", tmp_path, 80)
    assert "uncoloured: unused elements\n" in out


def test_windows_differ_on_terminals_with_16_colours(tmp_path: Path) -> None:
    out = terminal_output("explain max x.npy", tmp_path, 80, TERM="xterm", COLORTERM="")
    for background in (46, 43, 42, 45):
        assert f"\x1b[30;{background}m" in out


def test_svg_and_html_files(poolcli: Poolcli, tmp_path: Path) -> None:
    result = poolcli("explain", "max", "x.npy", "--svg", "e.svg", "--html", "e.html")
    assert (result.code, result.out) == (0, f"{PLAIN_OUTPUT}Written: e.svg\nWritten: e.html\n")
    for name in ("e.svg", "e.html"):
        assert "font-face" not in (tmp_path / name).read_text("utf-8")
    root = ElementTree.fromstring((tmp_path / "e.svg").read_text("utf-8"))
    assert root.tag.endswith("svg")
    page = (tmp_path / "e.html").read_text("utf-8")
    assert "max(2, 4, 7, 8) = 8 at (1, 3)" in page
    assert "kernel size 2" in page


def test_files_are_replaced_only_with_overwrite(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "e.svg").write_text("mine")
    result = poolcli("explain", "max", "x.npy", "--svg", "e.svg")
    assert (result.code, result.out) == (1, "")
    assert "e.svg exists; --overwrite replaces it" in result.err
    assert (tmp_path / "e.svg").read_text() == "mine"
    assert poolcli("explain", "max", "x.npy", "--svg", "e.svg", "--overwrite").code == 0
    result = poolcli("explain", "max", "x.npy", "--svg", "x.npy", "--overwrite")
    assert result.code == 2
    assert "x.npy does not end in .svg" in result.err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("explain", "MODE"),
        ("explain max", "INPUT"),
        ("explain huh x.npy", "max, min, avg, sum"),
        ("explain max x.npy x.npy", "unexpected extra argument"),
        ("explain max x.npy --divisor 3", "is not an option of max"),
        ("explain max x.npy --levels 2", "No such option"),
        ("explain max x.npy --dtype uint8", "No such option"),
        ("explain max x.npy --at here", "write ROW,COL"),
        ("explain max x.npy --at 1,2,3,4", "write ROW,COL, or SLICE,ROW,COL"),
        ("explain max x.npy --at=-1,0", "write ROW,COL"),
        ("explain max x.npy --svg -", "needs the name of a file"),
        ("explain max x.npy --html -", "needs the name of a file"),
        ("explain max x.npy --svg e --html ./e", "name the same file"),
        ("explain max x.npy --k 0", "at least 1"),
        ("explain max x.npy --svg e/", "needs the name of a file"),
        ("explain max .", "it is a folder"),
    ],
)
def test_usage_errors(poolcli: Poolcli, tmp_path: Path, line: str, message: str) -> None:
    result = poolcli(*line.split())
    assert result.code == 2
    assert message in " ".join(result.err.replace("│", " ").split())
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("explain max gone.npy", "poolcli: gone.npy: there is no such file"),
        ("explain max x.npy --at 4,4", "its last element is 3,3"),
        ("explain max x.npy --at 3", "--at needs 2"),
        ("explain max x.npy --k 9", "does not fit"),
        ("explain max x.npy --at 3,3,3", "--at needs 2 numbers, ROW,COL"),
        ("explain max x.npy --k 1x1x2x2", "give a kernel of three sizes"),
        ("explain max x.npy --layout NCDHW", "has 5 axes"),
    ],
)
def test_input_errors(poolcli: Poolcli, line: str, message: str) -> None:
    result = poolcli(*line.split())
    assert (result.code, result.out) == (1, "")
    assert message in result.err


def test_array_without_elements_is_an_input_error(poolcli: Poolcli) -> None:
    np.save("none.npy", np.zeros((2, 0, 4, 4)))
    result = poolcli("explain", "max", "none.npy")
    assert (result.code, result.out) == (1, "")
    assert "it has no elements; its shape is 2x0x4x4" in result.err


def test_full_standard_output_is_a_one_line_error(shell: Shell) -> None:
    done = shell("poolcli explain max x.npy > /dev/full")
    assert done.returncode == 1
    assert b"cannot write standard output" in done.stderr
    assert b"bug" not in done.stderr


def test_ascii_encoding_gets_substitutes(shell: Shell) -> None:
    done = shell("PYTHONIOENCODING=ascii poolcli explain max x.npy")
    assert b"  1  5 [6]| 7 [8]" in done.stdout
    assert b"    ------+------" in done.stdout


def test_input_from_standard_input(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "poolcli", "explain", "max", "-"],
        input=(tmp_path / "x.npy").read_bytes(),
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == PLAIN_OUTPUT.replace("x.npy", "standard input", 1)


def test_completion_offers_modes(tmp_path: Path) -> None:
    words = {"COMP_WORDS": "poolcli explain m", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-m", "poolcli"],
        env=os.environ | words | {"_POOLCLI_COMPLETE": "complete_bash"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["max", "min", "median", "mode"]
