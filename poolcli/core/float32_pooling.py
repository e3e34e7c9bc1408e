"""Pooling of bfloat16 and float8 in float32: blocks are converted when they are read and written.

Kernels never see these dtypes. A pooling of them is the pooling of the same values in float32,
whose results are rounded once when they are written. Results of other dtypes that are cast to
bfloat16 or float8 are computed in float64, and rounded once, too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from poolcli.core.blocks import ReadableArray, WritableArray
from poolcli.core.casting import cast
from poolcli.core.dtypes import Array, DType
from poolcli.core.extension_floats import (
    bounds_without_infinity,
    is_extension_float,
    to_float32,
)
from poolcli.core.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Float32View:
    """A readable array of float32 with the values of an array of bfloat16 or float8.

    Attributes
    ----------
    array : ReadableArray
        The array, whose blocks are converted when they are read.
    """

    array: Any

    @property
    def strides(self) -> tuple[int, ...] | None:
        """The strides of the array, which show the order of the axes in memory."""
        return getattr(self.array, "strides", None)

    @property
    def chunk_shape(self) -> tuple[int, ...] | None:
        """The shape of the chunks of the array, or None if it is not stored in chunks."""
        return getattr(self.array, "chunk_shape", None)

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        return to_float32(np.asarray(self.array[index]))


@dataclass(frozen=True, slots=True)
class RoundedOutput:
    """A writable array that rounds values to bfloat16 or float8 and writes them to another one.

    Attributes
    ----------
    array : WritableArray
        The other array.
    dtype : dtype
        bfloat16 or float8.
    """

    array: Any
    dtype: DType

    def __setitem__(self, index: tuple[slice, ...], value: Array) -> None:
        self.array[index] = cast(value, self.dtype)


def pooled_in_float32(recipe: Recipe) -> Recipe:
    """Return the recipe in float32 that computes a recipe with bfloat16 or float8.

    Parameters
    ----------
    recipe : Recipe
        Any pooling; if neither its input nor its result is bfloat16 or float8, it is returned.

    Examples
    --------
    >>> from poolcli.core.make_recipe import make_recipe
    >>> from poolcli.core.window import Window
    >>> recipe = make_recipe((4, 4), "float16", "max", Window.fixed(2))
    >>> pooled_in_float32(recipe) is recipe
    True
    """
    dtypes = recipe.in_dtype, recipe.out_dtype
    return _converted_recipe(recipe) if any(map(is_extension_float, dtypes)) else recipe


def float32_source(source: ReadableArray, recipe: Recipe) -> ReadableArray:
    """Return the source in float32 that the recipe of `pooled_in_float32` reads."""
    return Float32View(source) if is_extension_float(recipe.in_dtype) else source


def rounded_output(out: WritableArray, recipe: Recipe) -> WritableArray:
    """Return the output that rounds what the recipe of `pooled_in_float32` writes."""
    return RoundedOutput(out, recipe.out_dtype) if is_extension_float(recipe.out_dtype) else out


@lru_cache(maxsize=256)
def _converted_recipe(recipe: Recipe) -> Recipe:
    in_dtype, out_dtype = recipe.in_dtype, recipe.out_dtype
    float32 = np.dtype(np.float32)
    is_converted = is_extension_float(in_dtype)
    if is_extension_float(out_dtype):
        out_dtype = float32 if is_converted else np.result_type(in_dtype, np.float64)
    ignored, padding = recipe.ignored, recipe.padding_element
    if ignored is not None:
        elements = ignored.elements
        if is_converted:
            elements = tuple(map(np.float32, elements))
        empty_value = out_dtype.type(ignored.empty_value)
        ignored = ignored._replace(elements=elements, empty_value=empty_value)
    if not is_converted:
        return replace(recipe, out_dtype=out_dtype, ignored=ignored)
    return replace(
        recipe,
        in_dtype=float32,
        out_dtype=out_dtype,
        ignored=ignored,
        padding_element=None if padding is None else np.float32(padding),
        bounds=bounds_without_infinity(in_dtype),
    )
