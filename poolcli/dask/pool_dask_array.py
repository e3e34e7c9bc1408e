"""Pooling of a Dask array: what `pool`, `adaptive_pool` and `global_pool` have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
from dask.base import tokenize

from poolcli.core.adaptive_and_global_pool import global_pool
from poolcli.core.arguments import as_axes, as_bool, as_size
from poolcli.core.axis import Axis
from poolcli.core.engine.kernel_memory_layout import kept_axes
from poolcli.core.errors import ArgumentError, ArgumentTypeError
from poolcli.core.make_recipe import make_recipe
from poolcli.core.padded_source import padded_recipe
from poolcli.core.pool_array import refuse_masked_array
from poolcli.core.recipe import Options, Recipe
from poolcli.core.window import Window
from poolcli.dask.array_types import DaskArray, DaskArrayPair, da
from poolcli.dask.output_graph import pool_chunks, split_pairs
from poolcli.dask.padded_dask_array import padded_dask_array


def pool_dask_array(
    x: DaskArray,
    mode: str,
    window: Window,
    axes: int | Sequence[int] | None,
    options: Options,
    threads: int | None,
    keepdims: bool = True,
) -> DaskArray | DaskArrayPair:
    """Return the pooling of a Dask array, of which nothing is computed.

    Parameters
    ----------
    x : dask.array.Array
        Its chunks have known sizes.
    mode, window, axes, options, keepdims
        As in `poolcli.core.pool_array.pool_array`.
    threads : int or None
        The number of threads of each task.

    Returns
    -------
    dask.array.Array or (dask.array.Array, dask.array.Array)
        The values; with `options.return_indices` values and indices.

    Raises
    ------
    ArgumentError, ArgumentTypeError, WindowError
        If an argument is wrong or the window does not fit.
    """
    if threads is not None:
        threads = as_size("threads", threads, 1, "an integer")
    _check_input(x)
    recipe = make_recipe(x.shape, x.dtype, mode, window, as_axes(axes), options)
    keepdims = as_bool("keepdims", keepdims)
    kept_axes(recipe)  # raises the errors that the computation would raise
    pooled = _pool_by_recipe(x, recipe, threads)
    if keepdims:
        return pooled
    dims = tuple(recipe.axes)
    if isinstance(pooled, tuple):
        return da.squeeze(pooled[0], dims), da.squeeze(pooled[1], dims)
    values: DaskArray = da.squeeze(pooled, dims)
    return values


def _check_input(x: object) -> None:
    """Raise an error if `x` is no Dask array, or one that cannot be pooled lazily."""
    if not isinstance(x, DaskArray):
        raise ArgumentTypeError(
            f"x must be a Dask array, not {type(x).__name__}; poolcli.pool takes arrays in memory",
            "x",
        )
    refuse_masked_array(x._meta)
    if any(math.isnan(size) for size in x.shape):
        raise ArgumentError(
            f"x has chunks of unknown size (its shape is {x.shape}); "
            "x.compute_chunk_sizes() finds the sizes",
            "x",
        )


def _pool_by_recipe(x: DaskArray, recipe: Recipe, threads: int | None) -> DaskArray | DaskArrayPair:
    """Return the pooling that a recipe describes."""
    token = _token(x, recipe)
    if recipe.padding_mode is not None:
        x, recipe = padded_dask_array(x, recipe), padded_recipe(recipe)
    if _composes_from_chunks(x, recipe):
        x, recipe = _pool_each_chunk(x, recipe, token)
    name = f"poolcli-{recipe.mode.name}-{token}"
    if not recipe.return_indices:
        return pool_chunks(x, recipe, name, recipe.out_dtype, threads)
    pairs = pool_chunks(x, recipe, f"poolcli-pairs-{token}", np.dtype(object), threads)
    dtypes = recipe.out_dtype, np.dtype(np.int64)
    return split_pairs(pairs, (name, f"poolcli-indices-{token}"), dtypes)


def _token(x: DaskArray, recipe: Recipe) -> str:
    """Return a hash of the input and of all that decides the values."""
    decided = {each.name: getattr(recipe, each.name) for each in fields(recipe)}
    token: str = tokenize(x.name, decided | {"mode": recipe.mode.name})
    return token


def _composes_from_chunks(x: DaskArray, recipe: Recipe) -> bool:
    """Return whether windows of whole axes can be pooled from the pooled chunks, bit for bit."""
    mode = recipe.mode
    is_exact = mode.levels_compose == "yes" or recipe.in_dtype.kind in "biu"
    selects_elements = mode.result_dtype == "input"
    can_differ = recipe.return_indices or recipe.footprint is not None or recipe.min_valid
    if mode.levels_compose == "no" or not is_exact or can_differ:
        return False
    if recipe.has_explicit_dtype or (recipe.ignored is not None and not selects_elements):
        return False
    is_split = any(x.numblocks[dim] > 1 for dim in recipe.axes)
    return is_split and all(
        axis.out_size == 1 and axis.window_is_axis and 0 not in x.chunks[dim]
        for dim, axis in recipe.axes.items()
    )


def _pool_each_chunk(x: DaskArray, recipe: Recipe, token: str) -> tuple[DaskArray, Recipe]:
    """Return the array of the chunks pooled each over the pooled axes, and the recipe for it."""
    dims = tuple(recipe.axes)
    sizes = [(1,) * len(sizes) if dim in dims else sizes for dim, sizes in enumerate(x.chunks)]
    pooled: DaskArray = da.map_blocks(
        global_pool,
        x,
        recipe.mode.name,
        axes=dims,
        ignore=None if recipe.ignored is None else recipe.ignored.elements,
        threads=1,
        name=f"poolcli-chunks-{token}",
        chunks=tuple(sizes),
        dtype=recipe.out_dtype,
        meta=np.empty((0,) * x.ndim, recipe.out_dtype),
    )
    axes = {dim: Axis(n, out_size=1, kernel_size=n, stride=n) for dim, n in enumerate(pooled.shape)}
    on_chunks = {dim: axes[dim] for dim in dims}
    dtype = recipe.out_dtype
    return pooled, replace(recipe, shape=pooled.shape, in_dtype=dtype, axes=on_chunks)
