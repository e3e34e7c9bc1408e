"""The sheet: tiles as large as the input, in a grid that fits, with labels that can be read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli.compare.comparison import Comparison, Row, Tile
from poolcli.compare.contact_sheet import THEMES, draw

DICE = np.random.default_rng(8)


def row(mode: str | None, *planes: Any, scale: str = "") -> Row:
    tiles = [Tile(np.asarray(plane, np.uint8), scale) for plane in planes]
    return Row(mode, None, planes[0].shape, "uint8", planes[0].size, 1, 1, 1, 0, 0, tiles)


def noise(height: int, width: int, channels: int = 3) -> np.ndarray[Any, Any]:
    return DICE.integers(0, 256, (height, width, channels), np.uint8)


def compared(*rows: Row, planes: tuple[str, ...] = ("",)) -> Comparison:
    return Comparison("x.png", "kernel size 2, stride 2", list(rows), list(planes), [])


def places(sheet: Image.Image, tile: np.ndarray[Any, Any]) -> list[tuple[int, int]]:
    """Where a tile stands in a sheet, pixel by pixel."""
    pixels = np.asarray(sheet)
    height, width = tile.shape[:2]
    starts = np.argwhere((pixels == tile[0, 0]).all(axis=2))
    return [
        (int(top), int(left))
        for top, left in starts
        if np.array_equal(pixels[top : top + height, left : left + width], tile)
    ]


@pytest.mark.parametrize("theme", list(THEMES))
def test_results_are_enlarged_to_the_input_by_nearest_neighbour(theme: str) -> None:
    large, small = noise(200, 300), noise(100, 150)
    sheet = draw(compared(row(None, large), row("max", small)), theme)
    assert len(places(sheet, large)) == 1
    assert len(places(sheet, small.repeat(2, axis=0).repeat(2, axis=1))) == 1
    assert Image.new("RGB", (1, 1), THEMES[theme].ground).getpixel((0, 0)) == sheet.getpixel((0, 0))


def test_small_planes_are_enlarged_to_be_seen() -> None:
    plane = noise(4, 4)
    sheet = draw(compared(row(None, plane)), "light")
    assert len(places(sheet, plane.repeat(64, axis=0).repeat(64, axis=1))) == 1


def test_of_large_planes_the_middle_is_shown() -> None:
    plane = noise(1500, 1100)
    sheet = draw(compared(row(None, plane)), "light")
    assert len(places(sheet, plane[238:1262, 38:1062])) == 1


def test_each_plane_has_a_row_of_tiles() -> None:
    planes = [noise(40, 40) for _ in range(3)]
    names = tuple(f"[{number}, :, :]" for number in range(3))
    sheet = draw(compared(row(None, *planes), row("max", *planes), planes=names), "dark")
    found = [places(sheet, plane.repeat(3, axis=0).repeat(3, axis=1)) for plane in planes]
    assert [len(each) for each in found] == [2, 2, 2]
    assert len({left for each in found for _, left in each}) == 2
    assert found[0][0][0] < found[1][0][0] < found[2][0][0]


@pytest.mark.parametrize("count", [1, 2, 5, 11, 30])
@pytest.mark.parametrize("size", [(60, 60), (20, 400), (400, 20)])
def test_the_grid_fits_what_is_in_it(count: int, size: tuple[int, int]) -> None:
    plane = noise(*size)
    rows = [row("mode", plane, scale="drawn 0 to 3") for _ in range(count)]
    sheet = draw(compared(*rows), "light")
    times = max(1, 256 // max(size))
    times = (max(times, -(-24 // size[0])), max(times, -(-24 // size[1])))
    large = plane.repeat(times[0], axis=0).repeat(times[1], axis=1)
    found = places(sheet, large)
    assert len(found) == count
    ground = Image.new("RGB", (1, 1), THEMES["light"].ground).getpixel((0, 0))
    edges = np.asarray(sheet)[[0, -1]].reshape(-1, 3)
    assert (edges == np.asarray(ground)).all()
    assert 0.1 < sheet.width / sheet.height < 10


def test_alpha_shows_a_ground_of_checks() -> None:
    clear = np.zeros((64, 64, 4), np.uint8)
    sheet = np.asarray(draw(compared(row(None, clear)), "light").convert("L"))
    values, counts = np.unique(sheet, return_counts=True)
    checks = dict(zip(values.tolist(), counts.tolist(), strict=True))
    assert checks[224] > 20_000
    assert checks[255] > 20_000


def test_labels_are_not_drawn_over_each_other() -> None:
    narrow = noise(300, 10)
    one = draw(compared(row("max", narrow)), "light")
    two = draw(compared(*[row("max", narrow)] * 2), "light")
    assert one.width > 60  # wide enough for its label
    assert two.width - one.width > 60
