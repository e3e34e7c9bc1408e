"""`--axes` and `--layout`: which axes are pooled, of arrays and of pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import poolcli as library
from tests.conftest import Poolcli

STACK = np.random.default_rng(0).integers(0, 999, (5, 6, 8)).astype(np.int16)
HYPERSTACK = np.random.default_rng(1).standard_normal((4, 3, 6, 8)).astype(np.float32)


def words(line: str) -> list[str]:
    """Return the words of a command line."""
    return line.split()


@pytest.mark.parametrize(
    ("options", "axes", "kernel_size"),
    [
        ("--layout ZYX --axes Z --k 2", 0, 2),
        ("--layout zyx --axes z --k 2", 0, 2),
        ("--layout ZYX --k 2", (0, 1, 2), 2),
        ("--layout DHW --k 2x3x4", (0, 1, 2), (2, 3, 4)),
        ("--layout ZYX --axes XZ --k 2x3", (0, 2), (2, 3)),
        ("--layout XYZ --axes ZX --k 2x3", (0, 2), (2, 3)),
        ("--layout TYX --axes T --k 2", 0, 2),
        ("--layout NCB --axes NB --k 2x3", (0, 2), (2, 3)),
    ],
)
def test_axes_are_letters_of_the_layout(
    poolcli: Poolcli, options: str, axes: int | tuple[int, ...], kernel_size: int | tuple[int, ...]
) -> None:
    np.save("x.npy", STACK)
    ran = poolcli("max", "x.npy", *options.split(), "-o", "y.npy")
    assert (ran.code, ran.err) == (0, "")
    np.testing.assert_array_equal(
        np.load("y.npy"), library.pool(STACK, "max", kernel_size, axes=axes)
    )


def test_a_maximum_intensity_projection(poolcli: Poolcli) -> None:
    np.save("x.npy", HYPERSTACK)
    record = poolcli(*words("max x.npy --layout ZCYX --axes Z --global --json")).record
    assert record["output"] == "x.max-global-axZ.npy"
    assert record["in"]["layout"] == record["out"]["layout"] == "ZCYX"
    assert record["window"]["kernel_size"] == [4]
    expected = HYPERSTACK.max(axis=0, keepdims=True)
    np.testing.assert_array_equal(np.load("x.max-global-axZ.npy"), expected)


def test_adaptive_windows_and_levels_take_axes(poolcli: Poolcli) -> None:
    np.savez("x.npz", a=STACK)
    poolcli(*words("avg x.npz --layout ZYX --axes YX --adaptive 3x_ -o y.npz"))
    expected = library.adaptive_pool(STACK, "avg", (3, None))
    np.testing.assert_array_equal(np.load("y.npz")["a"], expected)
    np.save("x.npy", STACK)
    poolcli(*words("max x.npy --layout ZYX --axes X --k 2 --levels 2"))
    expected = library.pool(STACK, "max", 4, axes=2)
    np.testing.assert_array_equal(np.load("x.max-k2-s2-axX.L2.npy"), expected)


@pytest.mark.parametrize("letters", ["W", "X", "x", "H", "YX", "HW"])
@pytest.mark.parametrize("mode", ["max", "avg", "mode"])
def test_pictures_need_no_layout(poolcli: Poolcli, letters: str, mode: str) -> None:
    pixels = np.random.default_rng(2).integers(0, 4, (9, 10, 3)).astype(np.uint8)
    Image.fromarray(pixels).save("x.png")
    ran = poolcli(mode, "x.png", "--axes", letters, "--k", 2, "-o", "y.png", "--json")
    assert (ran.code, ran.err) == (0, "")
    shape = [9 // 2 if {"H", "Y"} & set(letters.upper()) else 9, 5 if letters != "H" else 10, 3]
    assert ran.record["out"]["shape"] == shape
    if mode == "max":
        axes = [0 if letter in "HY" else 1 for letter in letters.upper()]
        with Image.open("y.png") as image:
            expected = library.pool(pixels, "max", 2, axes=axes)
            np.testing.assert_array_equal(np.asarray(image), expected)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ("--axes W", "x.max-k2-s2-axW.png"),
        ("--axes hw", "x.max-k2-s2.png"),
        ("--axes XY", "x.max-k2-s2.png"),
        ("--axes wh --k 2x1", "x.max-k2x1-s2x1.png"),
        ("--layout YXC --axes Y", "x.max-k2-s2-axY.png"),
        ("--layout HWC --axes W --global", "x.max-global-axW.png"),
    ],
)
def test_names_have_the_axes_that_are_not_the_default(
    poolcli: Poolcli, options: str, name: str
) -> None:
    Image.new("RGB", (8, 6), "red").save("x.png")
    assert poolcli("max", "x.png", *options.split(), "--json").record["output"] == name
    assert Path(name).exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--axes Z", "--axes needs --layout, as in --layout ZYX --axes Z"),
        ("--axes HX", "--axes needs --layout"),
        ("--axes C", "--axes needs --layout"),
        ("--layout ZYX --axes C", "the layout ZYX has no axis C"),
        ("--layout ZYX --axes D", "the layout ZYX has no axis D"),
        ("--layout ZYX --axes ZZ", "'ZZ' has Z more than once"),
        ("--layout ZYX --axes 0", "'0' has characters that are not letters of axes"),
        ("--layout ZYX --axes YX --k 2x2x2", "pools 2 axes (Y X), but kernel size 2x2x2"),
        ("--axes W --k 2x2", "pools 1 axis (W), but kernel size 2x2"),
        ("--layout ZHW", "'ZHW' mixes D H W with Z Y X"),
        (
            "--layout NC",
            "'NC' has no spatial axis, which are D H W or Z Y X; name",
        ),
    ],
)
def test_usage_errors(poolcli: Poolcli, options: str, message: str) -> None:
    np.save("x.npy", STACK)
    ran = poolcli("max", "x.npy", *options.split())
    assert ran.code == 2
    assert message in " ".join(ran.err.replace("│", " ").split())


def test_errors_of_an_input(poolcli: Poolcli) -> None:
    np.save("x.npy", STACK)
    Image.new("RGB", (8, 6), "red").save("x.png")
    ran = poolcli("max", "x.npy", "--axes", "W")
    assert ran.code == 1
    assert "x.npy: --axes W of an array needs --layout, which names its axes\n" in ran.err
    ran = poolcli("max", "x.png", "--layout", "HWC", "--axes", "WC")
    assert ran.code == 1
    assert "x.png: the channels of a picture are not pooled; leave C out of --axes\n" in ran.err


def test_reports_name_the_axes_and_draw_planes(poolcli: Poolcli) -> None:
    np.save("x.npy", STACK)
    out = poolcli(*words("max x.npy --layout ZYX --axes Z --global --values")).out
    assert "max, the global window, over Z" in out
    assert "[4, :, :]" in out
    Image.fromarray(STACK[0].astype(np.uint8)).save("x.png")
    out = poolcli(*words("max x.png --axes W --values --preview")).out
    assert "max, kernel size 2, stride 2, over W" in out
    assert "[0, :]" not in out


def test_info_shows_what_windows_over_the_axes_make(poolcli: Poolcli) -> None:
    np.save("x.npy", STACK)
    record = poolcli(*words("info x.npy --layout ZYX --axes Z --json")).record
    assert record["would_make"]["--global"] == [1, 6, 8]
    assert poolcli("info", "x.npy", "--axes", "Z").code == 2


def test_compare_and_explain_take_axes(poolcli: Poolcli) -> None:
    np.save("x.npy", STACK)
    options = words("--layout ZYX --axes Z --k 2")
    out = poolcli("explain", "max", "x.npy", *options).out
    assert "over Z" in out
    assert "[:, 0, 0]" in out
    ran = poolcli("compare", "x.npy", *options, "-o", "sheet.png", "--modes", "max,avg")
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_explain_shows_the_rows_of_a_picture_pooled_along_its_columns(
    poolcli: Poolcli, mode: str
) -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(6, 8)
    Image.fromarray(pixels).convert(mode).save("x.png")
    out = poolcli(*words("explain max x.png --axes W --k 2")).out
    assert "the first 3 of 6 planes are shown" in out
    assert "[2, :]" in out
    assert "max(16, 17) = 17" in out
