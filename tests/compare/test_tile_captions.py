"""Tests of the captions of tiles: what is black, white, grey or red is what the caption says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli.cli.request_builder import build_request
from poolcli.compare.compare_modes import compare_modes
from poolcli.compare.comparison import Row

RANDOM = np.random.default_rng(31)
INF, NAN = np.inf, np.nan


def rows_of(path: Path, modes: str, **options: Any) -> list[Row]:
    shared = {"inputs": [str(path)]} | options
    requests = [build_request(mode, shared) for mode in modes.split()]
    return compare_modes(str(path), requests, 0.1).rows


def captions(path: Path, modes: str = "", **options: Any) -> list[str]:
    """Return the captions of the input and of the results of modes."""
    rows = rows_of(path, modes or "max", **options)
    return [row.tiles[0].caption for row in rows][: None if modes else 1]


@pytest.mark.parametrize(
    ("values", "caption"),
    [
        (np.array([[0.0, 1], [2, 8]]), "black 0, white 8"),
        (np.array([[-7, 1], [2, -1]]), "black -7, white 2"),
        (np.array([[3, 9], [4, 5]], np.uint8), "black 3, white 9"),
        (np.array([[False, True], [True, True]]), "black False, white True"),
        (np.array([[3 + 4j, 1j], [2, 1]]), "black 1, white 5 (magnitude)"),
        (np.full((2, 2), 5), "grey 5"),
        (np.array([[NAN, 1], [2, 8]]), "black 1, white 8, NaN red"),
        (np.array([[INF, 1], [-INF, 8]]), "black 1, white 8, inf white, -inf black"),
        (np.array([[INF, 3], [3, NAN]]), "grey 3, NaN red, inf white"),
        (np.full((2, 2), NAN), "NaN red"),
        (np.array([[1, 2], [3, 2**63]], np.uint64), "black 1, white 9.22337e+18"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_captions_of_arrays(tmp_path: Path, values: Any, caption: str) -> None:
    np.save(tmp_path / "x.npy", values)
    mode = "avg" if values.dtype.kind == "c" else "max"
    row = rows_of(tmp_path / "x.npy", mode)[0]
    assert row.tiles[0].caption == caption
    assert_pixels_agree(values, row)


def assert_pixels_agree(values: Any, row: Row) -> None:
    """Check the colours of all values that a caption names."""
    grey = {"black": (0, 0, 0), "white": (255, 255, 255), "grey": (128, 128, 128)}
    colours = grey | {"red": (204, 0, 51)}
    shown = np.abs(values) if values.dtype.kind == "c" else values
    caption, pixels = row.tiles[0].caption, row.tiles[0].pixels
    for colour, text in re.findall(r"(black|white|grey) ([^ ,]+)", caption):
        number = float(text) if values.dtype != bool else text == "True"
        found = np.isclose(shown.astype(float), number)
        assert found.any()
        assert (pixels[found] == colours[colour]).all()
    for text, colour in re.findall(r"(NaN|-?inf) (\w+)", caption):
        found = np.isnan(shown) if text == "NaN" else shown == float(text)
        assert found.any()
        assert (pixels[found] == colours[colour]).all()


def test_results_name_black_and_white_only_if_they_are_not_the_inputs(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([[1.0, 3, 2, 4], [5, 6, 7, 8]]))
    assert captions(tmp_path / "x.npy", "max sum min") == [
        "black 1, white 8", "", "black 0, white 21", "",
    ]  # fmt: skip


def test_results_that_have_nan_or_infinities_say_so(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([[1.0, INF, 2, 4], [5, 6, 7, 8]]))
    found = captions(tmp_path / "x.npy", "max min std")
    assert found[1:3] == ["inf white", ""]
    assert found[3].endswith("NaN red")


def test_ignored_values_do_not_widen_the_range(tmp_path: Path) -> None:
    values = RANDOM.integers(100, 200, (4, 4))
    values[:2, :2] = -9999
    values[3, 3], values[2, 2] = 200, 100
    np.save(tmp_path / "x.npy", values)
    found = captions(tmp_path / "x.npy", "avg", ignore=["-9999"])
    assert found == ["black 100, white 200, -9999 black", "-9999 black"]


@pytest.mark.parametrize(
    ("mode", "caption"),
    [("1", "black 0, white 255"), ("L", "black 0, white 255"), ("LA", "black 0, white 255"),
     ("RGB", "black 0, white 255"), ("P", "black 0, white 255"),
     ("CMYK", "channels 0 to 255"), ("LAB", "channels 0 to 255")],
)  # fmt: skip
def test_captions_of_images(tmp_path: Path, mode: str, caption: str) -> None:
    path = tmp_path / ("x.tif" if mode in ("CMYK", "LAB") else "x.png")
    Image.new(mode, (8, 8), 0).save(path)
    assert captions(path) == [caption]


def test_label_images_are_not_black(tmp_path: Path) -> None:
    values = np.array([[0, 10], [3, 0]], np.uint8)
    Image.fromarray(values).save(tmp_path / "x.png")
    original, result = rows_of(tmp_path / "x.png", "max")
    assert (original.tiles[0].caption, result.tiles[0].caption) == ("black 0, white 10", "")
    assert_pixels_agree(values, original)


def test_captions_of_deep_images(tmp_path: Path) -> None:
    values = np.array([[599, 7], [59041, 1000]], np.uint16)
    Image.fromarray(values).save(tmp_path / "x.png")
    assert captions(tmp_path / "x.png", "max sum") == [
        "black 7, white 59041", "", "black 0, white 60647",
    ]  # fmt: skip


def test_nan_in_a_float_image_is_red(tmp_path: Path) -> None:
    values = np.array([[1, NAN], [3, 9]], np.float32)
    Image.fromarray(values).save(tmp_path / "x.tif")
    row = rows_of(tmp_path / "x.tif", "max")[0]
    assert row.tiles[0].caption == "black 1, white 9, NaN red"
    assert_pixels_agree(values, row)
