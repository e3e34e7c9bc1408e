"""The mode `mode` of images: a whole pixel, all channels, is one value."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Poolcli

RNG = np.random.default_rng(5)


def most_frequent(array: np.ndarray[Any, Any], size: int, ignore: Any = None) -> list[Any]:
    """Return the most frequent pixel of each window, the smallest of equally frequent ones."""
    height, width, channels = array.shape
    found = []
    for top in range(0, height - size + 1, size):
        row = []
        for left in range(0, width - size + 1, size):
            window = array[top : top + size, left : left + size].reshape(-1, channels)
            counts = Counter(tuple(map(int, pixel)) for pixel in window)
            if ignore is not None:
                counts.pop((ignore,) * channels, None)
            largest = max(counts.values(), default=0)
            candidates = [pixel for pixel, count in counts.items() if count == largest]
            row.append(list(min(candidates, default=(ignore,) * channels)))
        found.append(row)
    return found


def colours(channels: int, number: int = 5) -> np.ndarray[Any, Any]:
    """Return an image of few colours, one of them 7 in every channel."""
    palette = RNG.integers(0, 256, (number, channels))
    palette[0] = 7
    if channels in (2, 4):
        palette[1:, -1] = (0, 255, 255, 128)[: number - 1]
    return palette[RNG.integers(0, number, (30, 36))].astype(np.uint8)


@pytest.mark.parametrize("size", [2, 3, 13])
@pytest.mark.parametrize(
    ("mode", "extension"),
    [("RGB", "png"), ("RGBA", "png"), ("LA", "png"), ("CMYK", "tif"), ("YCbCr", "tif")],
)
def test_no_new_colour_appears(
    poolcli: Poolcli, tmp_path: Path, mode: str, extension: str, size: int
) -> None:
    array = colours(len(Image.new(mode, (1, 1)).getbands()))
    Image.frombytes(mode, (36, 30), array.tobytes()).save(tmp_path / f"x.{extension}")
    ran = poolcli("mode", f"x.{extension}", "--k", size, "-o", f"y.{extension}", "--json")
    assert ran.code == 0
    with Image.open(tmp_path / f"y.{extension}") as image:
        assert image.mode == mode
        assert np.asarray(image).tolist() == most_frequent(array, size)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_pixel_is_ignored_where_every_channel_is_the_value(
    poolcli: Poolcli, tmp_path: Path, size: int
) -> None:
    array = colours(3, number=2)
    array[:6, :6] = 7
    array[0, 0] = (7, 7, 8)
    Image.fromarray(array).save(tmp_path / "x.png")
    poolcli("mode", "x.png", "--k", size, "--ignore", 7, "-o", "y.png")
    with Image.open(tmp_path / "y.png") as image:
        assert np.asarray(image).tolist() == most_frequent(array, size, ignore=7)


def test_channels_of_arrays_are_independent(poolcli: Poolcli) -> None:
    np.save("x.npy", np.array([[[1, 9], [1, 8]], [[2, 9], [3, 7]]], np.uint8))
    poolcli("mode", "x.npy", "--layout", "HWC", "-o", "y.npy")
    assert np.load("y.npy").tolist() == [[[1, 9]]]


@pytest.mark.parametrize("mode", ["max", "min", "median", "quantile", "avg", "mode", "lp"])
def test_alpha_is_never_ignored(poolcli: Poolcli, tmp_path: Path, mode: str) -> None:
    array = np.array([[[0, 50, 0, 0], [9, 50, 0, 0]]], np.uint8)
    Image.fromarray(array).save(tmp_path / "x.png")
    extra = ["--straight-alpha"] if mode == "avg" else []
    poolcli(mode, "x.png", "--k", "1x2", "--ignore", 0, *extra, "-o", "y.npy")
    red, _, blue, alpha = np.load("y.npy").ravel().tolist()
    assert (blue, alpha) == (0, 0)
    assert red == (0 if mode == "mode" else 9)


@pytest.mark.parametrize("mode", ["max", "min", "mode", "median"])
def test_one_bit_stays_one_bit(poolcli: Poolcli, tmp_path: Path, mode: str) -> None:
    bits = RNG.integers(0, 2, (9, 9)).astype(bool)
    Image.fromarray(bits).save(tmp_path / "x.png")
    poolcli(mode, "x.png", "--k", 3, "-o", "y.png")
    with Image.open(tmp_path / "y.png") as image:
        assert image.mode == "1"
        majority = bits.reshape(3, 3, 3, 3).sum((1, 3)) > 4
        if mode in ("mode", "median"):
            assert np.asarray(image).tolist() == majority.tolist()


@pytest.mark.parametrize("mode", ["lp", "gem", "quantile", "std", "avg"])
def test_other_modes_turn_one_bit_into_grey(poolcli: Poolcli, tmp_path: Path, mode: str) -> None:
    Image.new("1", (4, 4), 1).save(tmp_path / "x.png")
    poolcli(mode, "x.png", "--k", 2, "-o", "y.png")
    with Image.open(tmp_path / "y.png") as image:
        assert image.mode == "L"
        assert image.getpixel((0, 0)) == (0 if mode == "std" else 255)


@pytest.mark.parametrize("mode", ["median", "quantile", "gem", "std", "lp", "mode"])
def test_sixteen_bits_stay(poolcli: Poolcli, tmp_path: Path, mode: str) -> None:
    values = RNG.integers(0, 65536, (12, 12)).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / "x.png")
    poolcli(mode, "x.png", "--k", 3, "-o", "y.png")
    poolcli(mode, "x.png", "--k", 3, "-o", "y.npy")
    with Image.open(tmp_path / "y.png") as image:
        assert image.mode == "I;16"
        exact = np.load("y.npy").astype(float)
        expected = np.floor(np.minimum(exact, 65535) + 0.5)
        assert np.asarray(image).tolist() == expected.tolist()


def test_statistics_ignore_whole_pixels_only(poolcli: Poolcli, tmp_path: Path) -> None:
    array = np.zeros((2, 2, 3), np.uint8)
    array[0] = (255, 0, 0)
    Image.fromarray(array).save(tmp_path / "x.png")
    record = poolcli("mode", "x.png", "--ignore", 0, "--json").record
    assert [record["out"][key] for key in ("min", "mean", "max")] == [0, 85, 255]
    assert [record["in"][key] for key in ("min", "mean", "max")] == [0, 85, 255]
