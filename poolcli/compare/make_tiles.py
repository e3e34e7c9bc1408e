"""The tiles of an input or a result: pixels, caption and numbers of each plane that is drawn."""

from __future__ import annotations

import numpy as np

from poolcli.compare.comparison import Tile
from poolcli.compare.comparison_input import ComparisonInput
from poolcli.compare.display_range import DisplayRange, result_range
from poolcli.compare.plane_pixels import plane_pixels
from poolcli.compare.tile_caption import range_text, special_values
from poolcli.core.dtypes import Array

MAX_NUMBERED_SIDE = 16
"""The longest side of an input's plane whose elements, and those of its results, are numbers."""


def has_numbers(original: ComparisonInput) -> bool:
    """Return whether the tiles of an input and its results show numbers: not those of colours."""
    sides = [original.values.shape[axis] for axis in original.plane_axes]
    is_one_channel = original.item.image_mode is None or original.values.ndim == len(sides)
    return is_one_channel and original.item.palette is None and max(sides) <= MAX_NUMBERED_SIDE


def make_tiles(
    original: ComparisonInput, values: Array, input_range: DisplayRange, numbers: Array | None
) -> list[Tile]:
    """Return a tile for each plane that is drawn, of the input or of a result.

    Parameters
    ----------
    original : ComparisonInput
        The input.
    values : ndarray
        The elements of the input or the result.
    input_range : DisplayRange
        The range on which the input is drawn.
    numbers : ndarray, optional
        The numbers in the cells, of the shape of `values`; None for tiles without numbers.
    """
    item = original.item
    counted = original.counted_values(values)
    is_input = values is original.values
    display_range = input_range if is_input else result_range(counted, input_range)
    range_parts = []
    if counted.size and (is_input or display_range != input_range):
        range_parts = [range_text(display_range, values.dtype, item)]
    measured, ignored = original.measured_values(values), original.ignored
    caption = ", ".join([*range_parts, *special_values(measured, display_range, ignored)])
    if item.image_mode is not None:
        pixels = plane_pixels(original.colours(values), item, display_range)
        return [Tile(pixels, caption, numbers)]
    tiles = []
    for plane in original.drawn_planes():
        # If other axes are pooled too, the result has fewer planes than the input.
        index = tuple(
            slice(None) if axis in original.plane_axes else position * out_size // size
            for axis, (position, out_size, size) in enumerate(
                zip(plane, values.shape, original.values.shape, strict=True)
            )
        )
        pixels = plane_pixels(np.atleast_2d(values[index]), item, display_range)
        cells = None if numbers is None else np.atleast_2d(numbers[index])
        tiles.append(Tile(pixels, caption, cells))
    return tiles
