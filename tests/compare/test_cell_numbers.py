"""Tests of the numbers in the cells of small tiles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from poolcli.cli.request_builder import build_request
from poolcli.compare.cell_numbers import CellNumbers, fit_numbers
from poolcli.compare.compare_modes import compare_modes
from poolcli.compare.comparison import Row
from poolcli.compare.sheet_theme import THEMES
from poolcli.compare.tile_image import draw_tiles, fit_tile_numbers, tile_grid
from poolcli.core.modes import MODES
from poolcli.report.built_in_font import built_in_font

RANDOM = np.random.default_rng(32)


def rows_of(path: Path, *modes: str, **options: Any) -> list[Row]:
    requests = [build_request(mode, {"inputs": [str(path)]} | options) for mode in modes]
    return compare_modes(str(path), requests, 0.1).rows


def numbers_of(rows: list[Row]) -> list[CellNumbers | None]:
    grid = tile_grid(rows)
    return [fit_tile_numbers(row, grid) for row in rows]


def texts_of(rows: list[Row]) -> list[list[list[str]]]:
    found = [numbers for numbers in numbers_of(rows) if numbers is not None]
    assert len(found) == len(rows)
    return [numbers.texts for numbers in found]


def test_cells_carry_the_numbers_of_the_input_and_the_results(tmp_path: Path) -> None:
    values = [[1, 3, 2, 4], [5, 6, 7, 8], [2, 4, 1, 3], [0, 1, 2, 4]]
    np.save(tmp_path / "x.npy", np.array(values, np.float32))
    original, largest, mean = texts_of(rows_of(tmp_path / "x.npy", "max", "avg"))
    assert original == [list(map(str, row)) for row in values]
    assert largest == [["6", "8"], ["4", "4"]]
    assert mean == [["3.75", "5.25"], ["1.75", "2.5"]]


def test_numbers_of_an_image_are_those_that_are_written(tmp_path: Path) -> None:
    values = RANDOM.integers(0, 256, (8, 8), np.uint8)
    Image.fromarray(values).save(tmp_path / "x.png")
    modes = [mode for mode in MODES if mode not in ("sum", "lp")]  # these exceed 255
    rows = rows_of(tmp_path / "x.png", *modes)
    for row in rows:
        assert row.tiles[0].numbers is not None
        assert row.tiles[0].numbers.dtype == np.uint8
    means = values.reshape(4, 2, 4, 2).mean(axis=(1, 3))
    written = np.floor(means + 0.5).astype(int).astype(str).tolist()
    assert texts_of(rows)[1 + modes.index("avg")] == written


@pytest.mark.parametrize(
    ("shape", "image", "expected"),
    [((16, 16), "", True), ((17, 4), "", False), ((2, 3, 4, 4), "", True), ((10,), "", True),
     ((8, 8), "L", True), ((8, 8, 3), "RGB", False), ((8, 8, 2), "LA", False)],
)  # fmt: skip
def test_which_inputs_have_numbers(
    tmp_path: Path, shape: tuple[int, ...], image: str, expected: bool
) -> None:
    values = RANDOM.integers(0, 256, shape, np.uint8)
    path = tmp_path / ("x.png" if image else "x.npy")
    if image:
        Image.fromarray(values).save(path)
    else:
        np.save(path, values)
    found = numbers_of(rows_of(path, "max"))
    assert [each is not None for each in found] == [expected, expected]


@pytest.mark.parametrize("side", [4, 8, 16])
@pytest.mark.parametrize("dtype", ["uint8", "float32", "bool"])
def test_every_small_map_has_room_for_its_numbers(tmp_path: Path, side: int, dtype: str) -> None:
    values = (RANDOM.normal(size=(side, side)) * 100).astype(dtype)
    np.save(tmp_path / "x.npy", values)
    assert None not in numbers_of(rows_of(tmp_path / "x.npy", *MODES))


def test_fractions_are_not_drawn_as_whole_numbers(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(16) ** 2)
    _, mean, root = texts_of(rows_of(tmp_path / "x.npy", "avg", "rms"))
    assert mean == [["0.5", "6.5", "20.5", "42.5", "72.5", "110.5", "156.5", "210.5"]]
    assert root == [["0.7", "7.0", "21.0", "43.0", "73.0", "111.0", "157.0", "211.0"]]


def test_numbers_of_the_planes_of_a_result_are_alike(tmp_path: Path) -> None:
    values = np.stack([np.full((4, 4), 1 / 3), np.full((4, 4), 12345.5)])
    np.save(tmp_path / "x.npy", values)
    original, _ = texts_of(rows_of(tmp_path / "x.npy", "max"))
    assert [row[0] for row in original] == ["0.3"] * 4 + ["12346"] * 4


def test_results_whose_numbers_do_not_fit_have_none() -> None:
    assert fit_numbers(np.full((2, 2), 10**18), 64, 64) is None
    assert fit_numbers(np.full((2, 2), 10**18), 64, 256) is not None


@given(
    st.lists(st.floats(width=32) | st.integers(-(2**40), 2**40), min_size=1, max_size=4),
    st.integers(12, 140),
    st.integers(12, 140),
)
def test_numbers_fit_into_their_cells(values: list[float], height: int, width: int) -> None:
    found = fit_numbers(np.array([values]), height, width)
    if found is not None:
        font = built_in_font(found.font_size)
        assert found.font_size >= 11
        for text in found.texts[0]:
            left, top, right, bottom = font.getbbox(text)
            assert (right - left, bottom - top) < (width, height)


def test_each_number_is_drawn_in_its_cell(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([[0, 100], [50, 100]]))
    rows = rows_of(tmp_path / "x.npy", "max")
    (image,) = draw_tiles(rows[0], tile_grid(rows), THEMES["light"])
    pixels = np.asarray(image.convert("L"))
    assert pixels.shape == (256, 256)
    inside = pixels.reshape(2, 128, 2, 128)[:, 8:-8, :, 8:-8]
    assert inside.min(axis=(1, 3)).tolist() == [[0, 0], [0, 0]]
    assert inside.max(axis=(1, 3)).tolist() == [[255, 255], [128, 255]]
