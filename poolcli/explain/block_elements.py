"""The elements of a block of an input by their positions, as Python numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from poolcli.core.dtypes import Array
from poolcli.core.ignored_values import valid_mask
from poolcli.core.recipe import Recipe
from poolcli.explain.position_text import Position


class PlaneBlock(NamedTuple):
    """A block of an input plane.

    Attributes
    ----------
    origin : (int, int, int)
        The position of its first element in the input.
    values : ndarray, shape (slices, rows, columns) or (slices, rows, columns, channels)
        Its elements.
    """

    origin: Position
    values: Array


class InputElement(NamedTuple):
    """An element of the input.

    Attributes
    ----------
    value : scalar or tuple of scalar
        A Python number, or the channels of a whole pixel.
    is_valid : bool
        Whether the element is not ignored.
    weight : scalar, optional
        The alpha of the pixel, if colours are weighted by alpha.
    """

    value: Any
    is_valid: bool = True
    weight: Any = None


def block_elements(
    block: PlaneBlock, recipe: Recipe, channel: int | None, *, is_weighted: bool
) -> dict[Position, InputElement]:
    """Return the elements of a block by their positions.

    Parameters
    ----------
    block : PlaneBlock
        The block.
    recipe : Recipe
        The pooling, for the values to ignore.
    channel : int, optional
        The channel of an image; None for arrays and for whole pixels.
    is_weighted : bool
        Whether the elements are weighted by alpha, the last channel.

    Examples
    --------
    >>> from poolcli.core.make_recipe import make_recipe
    >>> from poolcli.core.window import Window
    >>> recipe = make_recipe((2,), "u1", "max", Window.fixed(1))
    >>> block = PlaneBlock((0, 0, 3), np.array([[[7, 9]]]))
    >>> block_elements(block, recipe, None, is_weighted=False)[0, 0, 4].value
    9
    """
    valid: Array = np.ones(block.values.shape, np.bool_)
    if recipe.ignored is not None:
        valid = valid_mask(
            block.values,
            recipe.ignored.elements,
            alpha=recipe.has_alpha,
            pixels=recipe.pools_whole_pixels,
        )
    if valid.ndim > 3:  # a whole pixel is valid if any of its channels is
        valid = np.any(valid, axis=-1) if channel is None else valid[..., channel]
    values = in_channel(block.values, channel)
    weights = block.values[..., -1] if is_weighted else None
    slice_, row, column = block.origin
    return {
        (slice_ + z, row + y, column + x): InputElement(
            as_python_number(values[z, y, x]),
            bool(valid[z, y, x]),
            None if weights is None else weights[z, y, x].item(),
        )
        for z, y, x in np.ndindex(valid.shape)
    }


def in_channel(array: Array, channel: int | None) -> Array:
    """Return a channel of an array, whose last axis it is; all of the array for None."""
    return array if channel is None else array[..., channel]


def as_python_number(value: Any) -> Any:
    """Return an element as a Python number, or the channels of a pixel as a tuple."""
    if isinstance(value, np.ndarray):
        return tuple(map(as_python_number, value))
    if isinstance(value, np.bool_):
        return int(value)
    if isinstance(value, np.complexfloating):
        return value.item() + 0  # turns -0 into 0
    return value.item()
