"""Tests of the contact sheet: tile sizes, grid, planes, transparency and labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli.compare.comparison import Comparison, Row, Tile
from poolcli.compare.contact_sheet import THEMES, draw_contact_sheet

RANDOM = np.random.default_rng(8)


def make_row(mode: str | None, *planes: Any, caption: str = "") -> Row:
    """Return a row with a tile for each plane, and arbitrary measurements."""
    tiles = [Tile(np.asarray(plane, np.uint8), caption) for plane in planes]
    return Row(mode, None, planes[0].shape, "uint8", planes[0].size, 1, 1, 1, 0, 0, tiles)


def random_pixels(height: int, width: int, channels: int = 3) -> np.ndarray[Any, Any]:
    return RANDOM.integers(0, 256, (height, width, channels), np.uint8)


def enlarged(pixels: np.ndarray[Any, Any], rows: int, columns: int) -> np.ndarray[Any, Any]:
    """Return pixels repeated along both axes."""
    return pixels.repeat(rows, axis=0).repeat(columns, axis=1)


def draw(*rows: Row, theme: str = "light", planes: tuple[str, ...] = ("",)) -> Image.Image:
    comparison = Comparison("x.png", "kernel size 2, stride 2", list(rows), list(planes), [], 0.1)
    return draw_contact_sheet(comparison, theme)


def background(theme: str) -> Any:
    """Return the background colour of a theme in RGB."""
    return Image.new("RGB", (1, 1), THEMES[theme].background).getpixel((0, 0))


def find_tile(sheet: Image.Image, tile: np.ndarray[Any, Any]) -> list[tuple[int, int]]:
    """Return the top left corners at which a contact sheet shows exactly the pixels of a tile."""
    pixels = np.asarray(sheet)
    height, width = tile.shape[:2]
    candidates = np.argwhere((pixels == tile[0, 0]).all(axis=2))
    return [
        (int(top), int(left))
        for top, left in candidates
        if np.array_equal(pixels[top : top + height, left : left + width], tile)
    ]


@pytest.mark.parametrize("theme", list(THEMES))
def test_results_are_enlarged_to_the_input_by_nearest_neighbour(theme: str) -> None:
    large, small = random_pixels(200, 300), random_pixels(100, 150)
    sheet = draw(make_row(None, large), make_row("max", small), theme=theme)
    assert len(find_tile(sheet, large)) == 1
    assert len(find_tile(sheet, enlarged(small, 2, 2))) == 1
    assert sheet.getpixel((0, 0)) == background(theme)


def test_small_planes_are_enlarged() -> None:
    plane = random_pixels(4, 4)
    assert len(find_tile(draw(make_row(None, plane)), enlarged(plane, 64, 64))) == 1


def test_middle_of_large_planes_is_shown() -> None:
    plane = random_pixels(1500, 1100)
    assert len(find_tile(draw(make_row(None, plane)), plane[238:1262, 38:1062])) == 1


def test_each_plane_has_a_row_of_tiles() -> None:
    planes = [random_pixels(40, 40) for _ in range(3)]
    names = tuple(f"[{number}, :, :]" for number in range(3))
    rows = make_row(None, *planes), make_row("max", *planes)
    sheet = draw(*rows, theme="dark", planes=names)
    found = [find_tile(sheet, enlarged(plane, 3, 3)) for plane in planes]
    assert [len(each) for each in found] == [2, 2, 2]
    assert len({left for each in found for _, left in each}) == 2
    assert found[0][0][0] < found[1][0][0] < found[2][0][0]


@pytest.mark.parametrize("count", [1, 2, 5, 11, 30])
@pytest.mark.parametrize("size", [(60, 60), (20, 400), (400, 20)])
def test_grid_holds_all_tiles_with_a_margin(count: int, size: tuple[int, int]) -> None:
    plane = random_pixels(*size)
    sheet = draw(*(make_row("mode", plane, caption="black 0, white 3") for _ in range(count)))
    scale = max(1, 256 // max(size))
    rows, columns = (max(scale, -(-24 // side)) for side in size)
    assert len(find_tile(sheet, enlarged(plane, rows, columns))) == count
    edges = np.asarray(sheet)[[0, -1]].reshape(-1, 3)
    assert (edges == np.asarray(background("light"))).all()
    assert 0.1 < sheet.width / sheet.height < 10


def test_transparent_pixels_show_a_checkerboard() -> None:
    transparent = np.zeros((64, 64, 4), np.uint8)
    sheet = np.asarray(draw(make_row(None, transparent)).convert("L"))
    values, counts = np.unique(sheet, return_counts=True)
    pixels_of = dict(zip(values.tolist(), counts.tolist(), strict=True))
    assert pixels_of[224] > 20_000
    assert pixels_of[255] > 20_000


def test_columns_are_as_wide_as_their_labels() -> None:
    narrow = make_row("max", random_pixels(300, 10))
    one, two = draw(narrow), draw(narrow, narrow)
    assert one.width > 60
    assert two.width - one.width > 60
