"""The check of all arguments of an unpooling before the first element is read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from poolcli.core.dtypes import DType, as_numeric_dtype
from poolcli.core.errors import ArgumentError, ArgumentTypeError, WindowError
from poolcli.core.exact_numbers import number_text
from poolcli.core.ignored_values import as_element
from poolcli.core.make_recipe import MAX_RESULT_ELEMENTS, pooled_axes
from poolcli.core.shape_text import shape_text
from poolcli.core.window import Window


class UnpoolRecipe(NamedTuple):
    """All that is decided about an unpooling before the first element is read.

    Attributes
    ----------
    shape, out_shape : tuple of int
        The shapes of the values (and of the indices), and of the result.
    out_dtype : dtype
        The dtype of the result: that of the values, in native byte order.
    axes : tuple of int
        The pooled axes in ascending order, which the indices count in C order.
    fill : scalar
        The elements of the result that no index names; of the dtype `out_dtype`.
    """

    shape: tuple[int, ...]
    out_shape: tuple[int, ...]
    out_dtype: DType
    axes: tuple[int, ...]
    fill: Any

    @property
    def plane_shape(self) -> tuple[int, ...]:
        """The sizes of the pooled axes of the result."""
        return tuple(self.out_shape[axis] for axis in self.axes)

    @property
    def plane_size(self) -> int:
        """The number of elements that an index can name."""
        return math.prod(self.plane_shape)


def make_unpool_recipe(
    values: Any, indices: Any, output_size: Window, axes: Sequence[int] | None, fill: object
) -> UnpoolRecipe:
    """Check the arguments of an unpooling and return its recipe.

    Parameters
    ----------
    values, indices : ndarray or Source
        Arrays or files, of which the shape and the dtype are checked.
    output_size : Window
        The adaptive window with the size of the result on the pooled axes.
    axes : sequence of int, optional
        The pooled axes in the order of the sizes, as in `unpool`.
    fill : number
        As in `unpool`.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If an argument is wrong, alone or beside the others.
    WindowError
        If the output size is for another number of axes.

    Examples
    --------
    >>> values = np.zeros((3, 4, 4), np.uint8)
    >>> recipe = make_unpool_recipe(values, values.astype(int), Window.adaptive(9), None, 0)
    >>> recipe.out_shape, recipe.axes, recipe.plane_size
    ((3, 9, 9), (1, 2), 81)
    """
    dtype = as_numeric_dtype(values.dtype, "the dtype of the values", "values")
    _check_indices_dtype(indices.dtype)
    shape = tuple(values.shape)
    if tuple(indices.shape) != shape:
        raise ArgumentError(
            f"the indices have the shape {shape_text(indices.shape)}, the values "
            f"{shape_text(shape)}; each value needs its index",
            "indices",
        )
    if not shape:
        raise ArgumentError("the values have no axes (their shape is ())", "values")
    dims = pooled_axes(len(shape), output_size, axes)
    sizes = output_size.on_axes([shape[dim] for dim in dims])
    out_sizes = {dim: axis.out_size for dim, axis in zip(dims, sizes, strict=True)}
    out_shape = tuple(out_sizes.get(dim, size) for dim, size in enumerate(shape))
    if math.prod(out_shape) > MAX_RESULT_ELEMENTS:
        raise WindowError(
            f"the output would be {shape_text(out_shape)}, larger than any memory", "output_size"
        )
    return UnpoolRecipe(shape, out_shape, dtype, tuple(sorted(dims)), _as_fill(fill, dtype))


def _check_indices_dtype(dtype: DType) -> None:
    if dtype.kind not in "iu":
        raise ArgumentTypeError(f"the indices are {dtype}, not integers", "indices")
    if dtype.kind == "u" and dtype.itemsize == 8:
        raise ArgumentTypeError(
            "the indices are uint64, which int64 cannot hold; convert them with astype('int64')",
            "indices",
        )


def _as_fill(fill: object, dtype: DType) -> Any:
    """Return the fill value as a scalar of a dtype that can hold it."""
    try:
        element = as_element(fill, dtype)
    except ArgumentTypeError:
        raise ArgumentTypeError(f"fill must be a number, not {fill!r}", "fill") from None
    if element is None or (_is_finite(fill) and not np.isfinite(element)):
        shown = number_text(fill) if isinstance(fill, Fraction) else fill
        raise ArgumentError(
            f"the values are {dtype}, which cannot hold the fill value {shown}",
            "fill",
        )
    return element


def _is_finite(number: Any) -> bool:
    try:
        return bool(np.isfinite(complex(number)))
    except OverflowError:  # an integer or a fraction beyond the range of floats
        return True
