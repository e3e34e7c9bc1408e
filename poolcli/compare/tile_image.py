"""Tiles as images: enlarged to the size of the input's tile, with numbers in small cells."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from poolcli.compare.cell_numbers import (
    DIGITS,
    CellNumbers,
    fewest_digits,
    fit_numbers,
    smallest_cell,
)
from poolcli.compare.comparison import Row
from poolcli.compare.sheet_theme import Theme
from poolcli.core.dtypes import Array
from poolcli.report.built_in_font import built_in_font
from poolcli.report.contrast import text_colour

Pixels = npt.NDArray[np.uint8]

ENLARGED_SIDE = 256, 144
"""Small planes are enlarged to about this side in pixels: one plane, and each of several."""

MAX_NUMBERED_SIDE = 512, 216
"""Planes are enlarged up to this side for their numbers: one plane, and each of several."""

MAX_SHOWN_SIDE = 1024, 256
"""The longest side in elements that is shown, from the middle: of one plane, each of several."""

LARGE_TILES, MAX_SHOWN_SIDE_OF_MORE = 6, 512
"""More tiles of one plane than this show at most so many elements, so that the sheet is compact."""

MIN_TILE_SIDE = 24
"""The shortest side of a tile in pixels."""

CHECK_SIDE = 8
"""The side of a square of the checkerboard in pixels."""


class TileGrid(NamedTuple):
    """The pixels of a tile on the plane of the input. All tiles of a comparison share it.

    Attributes
    ----------
    input_shape, shown_shape : (int, int)
        The number of rows and columns of the input's plane, and how many of them are shown.
    row_centres, column_centres : ndarray
        The centre of each row and column of pixels, in elements of the input.
    """

    input_shape: tuple[int, int]
    shown_shape: tuple[int, int]
    row_centres: npt.NDArray[np.float64]
    column_centres: npt.NDArray[np.float64]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return len(self.column_centres), len(self.row_centres)

    def element_rows(self, count: int) -> npt.NDArray[np.intp]:
        """Return the row of elements that each row of pixels shows.

        Parameters
        ----------
        count : int
            The number of rows of the result.
        """
        return (self.row_centres * count / self.input_shape[0]).astype(np.intp)

    def element_columns(self, count: int) -> npt.NDArray[np.intp]:
        """Return the column of elements that each column of pixels shows.

        Parameters
        ----------
        count : int
            The number of columns of the result.
        """
        return (self.column_centres * count / self.input_shape[1]).astype(np.intp)


def tile_grid(rows: Sequence[Row]) -> TileGrid:
    """Return the pixels of the tiles of a comparison.

    Parameters
    ----------
    rows : sequence of Row
        The rows of the comparison, the input first.
    """
    has_planes = len(rows[0].tiles) > 1
    height, width = rows[0].tiles[0].pixels.shape[:2]
    max_shown = MAX_SHOWN_SIDE[has_planes]
    if len(rows) > LARGE_TILES:
        max_shown = min(max_shown, MAX_SHOWN_SIDE_OF_MORE)
    scale = max(1, ENLARGED_SIDE[has_planes] // max(height, width))
    largest = MAX_NUMBERED_SIDE[has_planes] // max(height, width)
    needed = (each for row in rows for each in _scales_of_numbers(row, (height, width)))
    scale = max([scale, *(each for each in needed if each <= largest)])
    return TileGrid(
        (height, width),
        (min(height, max_shown), min(width, max_shown)),
        _centres(height, max_shown, scale),
        _centres(width, max_shown, scale),
    )


def _scales_of_numbers(row: Row, input_shape: tuple[int, int]) -> Iterator[int]:
    """Yield the pixels per element of the input at which a result's numbers fit, if it has any.

    The first is for the fewest digits of all, the second for those with a decimal.
    """
    numbers = _numbers_of_planes(row)
    if numbers is None:
        return
    height, width = row.tiles[0].pixels.shape[:2]
    for digits in sorted({DIGITS[-1], fewest_digits(numbers)}):
        cell_height, cell_width = smallest_cell(numbers, digits)
        yield math.ceil(
            max(cell_height * height / input_shape[0], cell_width * width / input_shape[1])
        )


def _numbers_of_planes(row: Row) -> Array | None:
    """Return the numbers of all planes of a result below each other; None if it has none."""
    planes = [tile.numbers for tile in row.tiles if tile.numbers is not None]
    return np.concatenate(planes) if planes else None


def _centres(size: int, max_shown: int, scale: int) -> npt.NDArray[np.float64]:
    """Return the centre of each pixel along one side of a tile, in elements of the input."""
    count = min(size, max_shown)
    scale = max(scale, -(-MIN_TILE_SIDE // count))
    return (size - count) // 2 + (np.arange(count * scale) + 0.5) / scale


def draw_tiles(row: Row, grid: TileGrid, theme: Theme) -> list[Image.Image]:
    """Return the tiles of a row as images in RGB. Elements are enlarged by nearest neighbour.

    Lines separate elements with numbers, because neighbours may have the same colour.

    Parameters
    ----------
    row : Row
        The input or a result.
    grid : TileGrid
        The pixels of all tiles.
    theme : Theme
        The colours of the lines between cells, and behind transparent pixels.
    """
    numbers = fit_tile_numbers(row, grid)
    images = []
    for plane, tile in enumerate(row.tiles):
        height, width = tile.pixels.shape[:2]
        enlarged = tile.pixels[grid.element_rows(height)][:, grid.element_columns(width)]
        if enlarged.shape[2] == 4:
            enlarged = _over_checkerboard(enlarged, theme.checkerboard)
        images.append(Image.fromarray(enlarged))
        if numbers is not None:
            of_plane = numbers._replace(texts=numbers.texts[plane * height :][:height])
            _draw_numbers(images[-1], tile.pixels, grid, of_plane, theme.muted)
    return images


def fit_tile_numbers(row: Row, grid: TileGrid) -> CellNumbers | None:
    """Return the numbers in the cells of a row's tiles; None if it has none, or one does not fit.

    Parameters
    ----------
    row : Row
        The input or a result. The numbers of its planes are below each other.
    grid : TileGrid
        The pixels of all tiles.
    """
    numbers = _numbers_of_planes(row)
    if numbers is None:
        return None
    height, width = row.tiles[0].pixels.shape[:2]
    shown = grid.element_rows(height), grid.element_columns(width)
    smallest = (int(np.bincount(elements).min()) for elements in shown)
    return fit_numbers(numbers, *smallest)


def _draw_numbers(
    image: Image.Image, pixels: Pixels, grid: TileGrid, numbers: CellNumbers, line_colour: str
) -> None:
    """Draw lines between the cells, and a number into the middle of each."""
    height, width = pixels.shape[:2]
    tops = np.searchsorted(grid.element_rows(height), np.arange(height + 1))
    lefts = np.searchsorted(grid.element_columns(width), np.arange(width + 1))
    pen, font = ImageDraw.Draw(image), built_in_font(numbers.font_size)
    for top in tops[1:-1].tolist():
        pen.line((0, top, image.width, top), line_colour)
    for left in lefts[1:-1].tolist():
        pen.line((left, 0, left, image.height), line_colour)
    for row, column in np.ndindex(height, width):
        middle = lefts[column : column + 2].mean(), tops[row : row + 2].mean()
        colour = text_colour(pixels[row, column].tolist())
        pen.text(middle, numbers.texts[row][column], colour, font, anchor="mm")


def _over_checkerboard(pixels: Pixels, checkerboard: tuple[int, int]) -> Pixels:
    """Return RGBA pixels blended with a checkerboard, as RGB."""
    rows, columns = np.indices(pixels.shape[:2]) // CHECK_SIDE
    background = np.where((rows + columns) % 2, *checkerboard)[..., None]
    alpha = pixels[..., 3:] / 255
    return (pixels[..., :3] * alpha + background * (1 - alpha) + 0.5).astype(np.uint8)
