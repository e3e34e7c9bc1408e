"""Pooling of an array in memory: what `pool`, `adaptive_pool` and `global_pool` have in common."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from poolcli.core.arguments import as_axes, as_bool, as_size
from poolcli.core.array_protocols import ArrayArgument, as_array
from poolcli.core.dtypes import Array
from poolcli.core.engine.run_blocks import run_recipe
from poolcli.core.errors import ArgumentTypeError
from poolcli.core.make_recipe import make_recipe
from poolcli.core.masked_arrays import contains_masked_array
from poolcli.core.modes import MODES, Mode
from poolcli.core.recipe import Options, Recipe
from poolcli.core.window import Window

ArrayPair: TypeAlias = tuple[Array, npt.NDArray[np.int64]]
"""Values and indices."""


def pool_array(
    x: ArrayArgument,
    mode: str,
    window: Window,
    axes: int | Sequence[int] | None,
    options: Options,
    threads: int | None,
    keepdims: bool = True,
) -> Array | ArrayPair:
    """Pool an array in memory and return new arrays.

    Parameters
    ----------
    x, mode, axes, threads, keepdims
        As in `poolcli.pool` and `poolcli.global_pool`.
    window : Window
        The window to lay on the pooled axes.
    options : Options
        The other arguments.

    Returns
    -------
    ndarray or (ndarray, ndarray of int64)
        The values; with `options.return_indices` values and indices.

    Raises
    ------
    ArgumentError, ArgumentTypeError, WindowError
        If an argument is wrong or the window does not fit.
    """
    if threads is not None:
        threads = as_size("threads", threads, 1, "an integer")
    refuse_masked_array(x)
    array = as_array("x", x)
    recipe = _prepare_recipe(array, mode, window, as_axes(axes), options)
    keepdims = as_bool("keepdims", keepdims)
    values = np.empty(recipe.out_shape, recipe.out_dtype)
    indices = np.empty(recipe.out_shape, np.int64) if recipe.return_indices else None
    run_recipe(recipe, array, values, indices, threads)
    if not keepdims:
        values = values.squeeze(tuple(recipe.axes))
        indices = None if indices is None else indices.squeeze(tuple(recipe.axes))
    return values if indices is None else (values, indices)


def refuse_masked_array(x: object) -> None:
    """Raise `ArgumentTypeError` if `x` is a masked array, or nested lists that contain one."""
    if contains_masked_array(x):
        raise ArgumentTypeError(
            "x is a masked array, whose mask would be lost; fill it with a value that it does not "
            "contain, and ignore this value: pool(x.filled(v), ignore=v)",
            "x",
        )


def _prepare_recipe(
    array: Array, mode: str, window: Window, axes: tuple[int, ...] | None, options: Options
) -> Recipe:
    """Return the recipe for the arguments; equal arguments of equal types give the same object."""
    arguments = (array.shape, array.dtype, mode, window, axes)
    try:
        hash((arguments, options))
    except TypeError:  # an argument is an array or a list
        return make_recipe(*arguments, options)
    entry = MODES.get(mode)  # part of the key, because a mode can be registered again
    return _cached_recipe(entry, arguments, *options)  # type: ignore[arg-type]


@lru_cache(maxsize=256, typed=True)  # 2.0 equals 2 and True equals 1, but not both are accepted
def _cached_recipe(entry: Mode | None, arguments: tuple[Any, ...], *options: Any) -> Recipe:
    shape, dtype, mode, window, axes = arguments
    return make_recipe(shape, dtype, mode, window, axes, Options(*options))
