"""Wrong command lines: exit code 2, known without opening an input, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Poolcli


@pytest.fixture(autouse=True)
def _files(poolcli: Poolcli, tmp_path: Path) -> None:
    np.save("x.npy", np.zeros((8, 8), np.uint8))
    np.save("y.npy", np.zeros((8, 8), np.uint8))
    np.save("mask.npy", np.eye(3) > 0)
    np.save("levels.npy", np.linspace(0, 1, 9).reshape(3, 3))
    Image.new("L", (3, 3)).save("picture.npy", format="PNG")
    (tmp_path / "taken").write_text("")
    (tmp_path / "here").symlink_to(".")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "x.npy").symlink_to("y.npy")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("max", "INPUT"),
        ("max x.npy --nonsense", "No such option"),
        ("max x.npy --divisor 3", "No such option"),
        ("sum x.npy --count-include-pad", "No such option"),
        ("avg x.npy --indices i.npy", "No such option"),
        ("median-ish x.npy", "No such command"),
        ("pool x.npy", "mode"),
        ("pool --mode huh x.npy", "max, min, avg, sum"),
        ("pool --mode max x.npy --divisor 3", "it is not an option of max; it belongs to avg"),
        ("max x.npy --q 0.5", "it belongs to quantile"),
        ("pool --mode max x.npy --q 0.5", "it is not an option of max; it belongs to quantile"),
        ("pool --mode max x.npy --method linear", "it is not an option of max"),
        ("max x.npy --k 0", "at least 1"),
        ("max x.npy --k two", "is not a whole number"),
        ("max x.npy --k -1", "is not a whole number"),
        ("max x.npy --k 2.5", "is not a whole number"),
        ("max x.npy --k 2x", "a number is missing"),
        ("max x.npy --s 0", "at least 1"),
        ("max x.npy --d 0", "at least 1"),
        ("max x.npy --k 2 --p 2", "smaller than the window"),
        ("max x.npy --p some", "is not a padding"),
        ("max x.npy --k 2x2 --s 2x2x2", "different numbers of axes"),
        ("max x.npy --adaptive 0", "at least 1"),
        ("max x.npy --global --adaptive 2", "exclude each other"),
        ("max x.npy --global --k 2", "--global and --kernel-size exclude each other"),
        ("max x.npy --adaptive 2 --ceil", "--adaptive and --ceil exclude each other"),
        ("avg x.npy --adaptive 2 --exclude-pad", "--exclude-pad"),
        ("avg x.npy --global --divisor 2", "--divisor"),
        ("max x.npy --global --levels 2", "--levels"),
        ("max x.npy --levels 0", "levels"),
        ("max x.npy --levels 2 -o -", "standard output takes one result"),
        ("max x.npy --levels 2 --indices i.npy", "exclude each other"),
        ("max x.npy --layout NC", "D H W"),
        ("max x.npy --layout HHW", "more than once"),
        ("max x.npy --layout H2", "is not a layout"),
        ("max x.npy --layout NCHW --k 2x2x2", "2 axes (H W)"),
        ("max x.npy --k 3 --p 1 --padding-mode edge", "reflect, replicate, symmetric, circular"),
        ("max x.npy --k 3 --p 1 --padding-mode constant", "needs a number"),
        ("max x.npy --p 1 --padding-mode reflect --indices i.npy", "exclude each other"),
        ("avg x.npy --p 1 --padding-mode reflect --exclude-pad", "exclude each other"),
        ("max x.npy --adaptive 2 --padding-mode reflect", "exclude each other"),
        ("max x.npy --global --footprint disk", "exclude each other"),
        ("max x.npy --footprint square", "is not a footprint"),
        ("max x.npy --footprint none.npy", "there is no such file"),
        ("max x.npy --footprint mask.npy --k 2", "they must be equal: kernel size 3x3"),
        ("max x.npy --footprint levels.npy", "not an array of float64"),
        ("max x.npy --footprint picture.npy", "is a PNG file, not an .npy file"),
        ("compare x.npy --pyramid", "No such option"),
        ("max x.npy --ignore some", "is not a number"),
        ("avg x.npy --ignore 0 --count-include-pad", "exclude each other"),
        ("avg x.npy --divisor 0", "except 0, not 0"),
        ("max x.npy --dtype banana", "numeric dtype"),
        ("max x.npy --dtype object", "numeric dtype"),
        ("max x.npy --dtype uint8 --normalize", "exclude each other"),
        ("max - -", "read only once"),
        ("max x.npy y.npy -o -", "one result"),
        ("max x.npy y.npy --indices i.npy", "names one file for several inputs"),
        ("max x.npy y.npy -o taken", "one file for several inputs"),
        ("max x.npy y.npy -o out.npy", "one file for several inputs"),
        ("max x.npy x.npy", "named twice"),
        ("max x.npy ./x.npy -o out/", "written to out/x.npy too"),
        ("max x.npy here/x.npy -o out/", "written to out/x.npy too"),
        ("max x.npy y.npy -o linked --overwrite", "written to linked/y.npy too"),
        ("max x.npy x.max-k2-s2.npy --overwrite", "x.max-k2-s2.npy, which is an input too"),
        ("max x.npy x.L1.npy -o here --levels 1 --overwrite", "x.L1.npy, which is an input too"),
        ("max x.npy x.max-k2-s2.L2.npy --levels 2 --overwrite", "which is an input too"),
        ("max x.npy -o o.npy --indices o.npy", "written to o.npy too"),
        ("max x.npy -o o.npy --indices ./o.npy", "written to ./o.npy too"),
        ("max x.npy -o o.npy --indices here/o.npy", "written to here/o.npy too"),
        ("max x.npy --indices x.max-k2-s2.npy", "written to x.max-k2-s2.npy too"),
        ("max x.npy --indices here/x.npy --overwrite", "which is an input too"),
        ("max x.npy --levels 2 -o /dev/null", "takes one result"),
        ("max x.npy -o out.docx", "not a format that can be written"),
        ("max x.npy --format docx", "not a format that can be written"),
        ("max x.npy --indices at.png", "an .npy, .npz or .safetensors file"),
        ("max x.npy --overwrite --skip-existing", "exclude each other"),
        ("max x.npy --ceil --floor", "--ceil and --floor exclude each other"),
        ("max x.npy --floor --ceil", "--ceil and --floor exclude each other"),
        ("max x.npy --no-values --values", "--values and --no-values exclude each other"),
        ("avg x.npy --count-include-pad --exclude-pad", "exclude each other"),
        ("max x.npy --global --floor", "--floor"),
        ("max x.npy --levels 1001", "1000"),
        ("max x.npy --levels 99999999999999999999999", "1000"),
        ("avg x.npy --divisor 9007199254740993", "to 9007199254740992 except 0"),
        ("avg x.npy --divisor -9007199254740993", "to 9007199254740992 except 0"),
        ("max x.npy --ignore 1e-99999999", "out of the range"),
        ("max x.npy --ignore 1e99999999", "out of the range"),
        ("max x.npy --k 9007199254740993", "larger than any array"),
        ("max x.npy --k 99999999999999999999999", "larger than any array"),
        ("max x.npy --json --quiet", "exclude each other"),
        ("max x.npy --report table --json", "exclude each other"),
        ("max x.npy --report xml", "report"),
        ("max x.npy --quality 101", "quality"),
        ("max x.npy --compress-level 10", "compress"),
        ("max x.npy -j 0", "jobs"),
    ],
)
def test_wrong_command_lines(poolcli: Poolcli, tmp_path: Path, line: str, words: str) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    ran = poolcli(*line.split())
    assert ran.code == 2
    assert ran.out == ""
    # Typer draws a box, and breaks lines anywhere.
    message = " ".join(ran.err.replace("│", " ").split())
    assert words in message
    assert "Traceback" not in ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == before


WITH_TEXT_VALUE = [
    "--k", "--s", "--p", "--d", "--adaptive", "--layout", "--ignore", "--dtype", "--indices",
    "--include", "--exclude", "-o", "--format",
]  # fmt: skip


@pytest.mark.parametrize("option", WITH_TEXT_VALUE)
def test_an_empty_value_is_refused(poolcli: Poolcli, tmp_path: Path, option: str) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    ran = poolcli("max", "x.npy", option, "")
    assert (ran.code, ran.out) == (2, "")
    assert "the value is empty" in " ".join(ran.err.split())
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("text", ["0e99999999", "-0.0e-99999999"])
def test_zero_may_have_any_exponent(poolcli: Poolcli, text: str) -> None:
    assert (
        poolcli("max", "x.npy", "--ignore", text, "--json").record["output"].endswith("-ign0.npy")
    )


def test_leading_zeros_do_not_count(poolcli: Poolcli) -> None:
    assert poolcli("max", "x.npy", "--k", "2".zfill(5000)).code == 0


@pytest.mark.parametrize(
    "args",
    [
        ("--bad\x1b[31m",),
        ("comm\x1band",),
        ("max", "x.npy", "--bad\x1b[31m"),
        ("max", "x.npy", "--k", "\x1b[31m"),
        ("max", "x.npy", "--report", "\x1b"),
        ("max", "a\x1b.npy", "b/a\x1b.npy", "-o", "out/"),
        ("max", "x.npy", "y.npy", "-o", "o\x1b.npy"),
        ("max", "x.npy", "-o", "o.\x1b"),
        ("max", "x.npy", "--format", "\x1b"),
        ("max", "x.npy", "--indices", "\x1b.txt"),
    ],
)
def test_control_characters_are_shown_as_escapes(poolcli: Poolcli, args: tuple[str, ...]) -> None:
    ran = poolcli(*args)
    assert ran.code == 2
    assert "\x1b" not in ran.err
    assert "\\x1b" in ran.err


def test_a_newline_in_a_name_is_escaped(poolcli: Poolcli) -> None:
    assert "a\\nb.npy" in poolcli("max", "a\nb.npy", "c/a\nb.npy", "-o", "out/").err


@pytest.mark.parametrize("args", [(), ("--help",), ("max", "--help"), ("pool", "-h")])
def test_help(poolcli: Poolcli, args: tuple[str, ...]) -> None:
    ran = poolcli(*args)
    assert ran.code == (0 if args else 2)
    assert "Usage" in ran.out + ran.err


def test_version(poolcli: Poolcli) -> None:
    from poolcli import __version__

    assert poolcli("--version").out == f"poolcli {__version__}\n"
