"""The levels of a Zarr store: their recipes, arrays, and the position of their elements."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from poolcli.batch.axes_of_store import with_axes_of_document
from poolcli.batch.output_geometry import OutputGeometry
from poolcli.batch.output_targets import STORE
from poolcli.batch.pool_item import StackedLevel, core_options, stacked_recipes
from poolcli.batch.pooled_axes import pooled_axes
from poolcli.batch.storable_arrays import check_dtype
from poolcli.batch.zarr_stores.make_store_plan import LevelArrays
from poolcli.batch.zarr_stores.store_input import StoreInput
from poolcli.batch.zarr_stores.store_plan import SourceArray
from poolcli.core.axis import Axis
from poolcli.core.dtypes import as_numeric_dtype
from poolcli.core.levels import level_recipes
from poolcli.core.make_recipe import make_recipe
from poolcli.core.recipe import Recipe
from poolcli.core.reordered_view import view_recipe
from poolcli.io.zarr.array_spec import ArraySpec, array_spec
from poolcli.io.zarr.ome_axes import OmeAxes, ome_axes, ordered_axes
from poolcli.io.zarr.output_levels import OutputLevel
from poolcli.request import Request


class PlannedLevels(NamedTuple):
    """The levels of a store, and what its metadata and the report say of them.

    Attributes
    ----------
    planned : LevelArrays
        The arrays and their recipes.
    axes : OmeAxes, optional
        The axes of the arrays; None if OME-Zarr allows no such axes.
    windows : dict of int to Axis
        The window of the request on each pooled axis of the input.
    geometries : tuple of OutputGeometry
        The position of the elements of each level in the input.
    request : Request
        The request, with the layout of the input.
    """

    planned: LevelArrays
    axes: OmeAxes | None
    windows: dict[int, Axis]
    geometries: tuple[OutputGeometry, ...]
    request: Request

    @property
    def numbers(self) -> list[int | None]:
        """The number of each pooled level; None for the only one without `--levels`."""
        count = self.request.levels
        return [None] if count is None else list(range(1, count + 1))


class _Recipes(NamedTuple):
    recipes: list[Recipe]
    stacked: list[StackedLevel] | None
    geometries: list[OutputGeometry]


def plan_levels(opened: StoreInput, request: Request) -> PlannedLevels:
    """Return the levels of the store that a task makes.

    Parameters
    ----------
    opened : StoreInput
        The input.
    request : Request
        The request.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If a window does not fit at any level.
    FormatError
        If `--chunks` does not fit the array.
    """
    request = with_axes_of_document(request, opened.document)
    made = _recipes(opened, request)
    recipes, stacked = made.recipes, made.stacked
    windows = dict(recipes[0].axes)
    rank = len(opened.source.shape)
    axes = _axes(opened, request, tuple(windows))
    dims = tuple(range(rank)) if axes is None else axes.permutation
    if dims != tuple(range(rank)):
        recipes = [view_recipe(recipe, dims) for recipe in recipes]
        stacked = stacked and [
            StackedLevel(
                view_recipe(each.written, dims),
                None if each.unrounded is None else view_recipe(each.unrounded, dims),
            )
            for each in stacked
        ]
    copy, levels = _arrays(opened, request, recipes, axes, dims)
    chunks = getattr(opened.source, "chunk_shape", None) or (1,) * rank
    ordered_chunks = tuple(chunks[dim] for dim in dims)
    source = SourceArray(opened.location, opened.path, opened.image is None, dims, ordered_chunks)
    planned = LevelArrays(source, copy, levels, tuple(recipes), stacked)
    return PlannedLevels(planned, axes, windows, tuple(made.geometries), request)


def _recipes(opened: StoreInput, request: Request) -> _Recipes:
    item, source = opened.item, opened.source
    axes, geometry = pooled_axes(item, request), OutputGeometry(source.shape)
    if request.levels is None:
        dtype = None if request.dtype is None else as_numeric_dtype(request.dtype, "dtype")
        if dtype is not None:
            check_dtype(dtype, STORE)
        options = core_options(item, request, dtype, indices=False)
        recipe = make_recipe(
            source.shape, source.dtype, request.mode, request.window, axes, options
        )
        return _Recipes([recipe], None, [geometry.after_level(recipe.axes)])
    dtype = source.dtype.newbyteorder("=")
    if not request.window.tiles:
        is_integer = dtype.kind in "ui"
        stacked = stacked_recipes(item, request, dtype, exact=is_integer)
        geometries = []
        for level in stacked:
            geometry = geometry.after_level(level.written.axes)
            geometries.append(geometry)
        return _Recipes([each.written for each in stacked], stacked, geometries)
    options = core_options(item, request, dtype, indices=False)
    recipes = level_recipes(
        source.shape, source.dtype, request.mode, request.window, axes, options, request.levels
    )
    return _Recipes(recipes, None, [geometry.after_level(each.axes) for each in recipes])


def _axes(opened: StoreInput, request: Request, pooled: tuple[int, ...]) -> OmeAxes | None:
    image = opened.image
    if image is not None and image.axes is not None:
        return ordered_axes(image.axes)
    return ome_axes(request.layout, len(opened.source.shape), pooled)


def _arrays(
    opened: StoreInput,
    request: Request,
    recipes: Sequence[Recipe],
    axes: OmeAxes | None,
    dims: tuple[int, ...],
) -> tuple[ArraySpec | None, tuple[ArraySpec, ...]]:
    """Return the arrays of the store: level 0 if it is copied, and the pooled levels."""
    image, array = opened.image, opened.array
    in_order = dims == tuple(range(len(dims)))
    chunks = request.chunks
    if array is not None and not in_order and chunks is None:
        chunks = tuple(array.chunks[dim] for dim in dims)
    zarr_format = image.zarr_format if request.in_place and image else request.zarr_format

    def spec(path: str, shape: Sequence[int], dtype: Any) -> ArraySpec:
        return array_spec(
            path,
            shape,
            dtype,
            like=array if in_order else None,
            chunks=chunks,
            zarr_format=zarr_format,
            axis_names=None if axes is None else axes.names,
            spatial=None if axes is None else axes.spatial,
        )

    first = opened.path if request.in_place else "0"
    copy = None
    if request.levels is None:
        paths = [first]
    else:
        paths = later_level_paths(first, len(recipes))
        if not request.in_place:
            source = opened.source
            copy = spec("0", [source.shape[dim] for dim in dims], source.dtype)
    levels = [
        spec(path, recipe.out_shape, recipe.out_dtype)
        for path, recipe in zip(paths, recipes, strict=True)
    ]
    return copy, tuple(levels)


def later_level_paths(first: str, count: int) -> list[str]:
    """Return the paths of the arrays of pooled levels, like that of the full resolution.

    Examples
    --------
    >>> later_level_paths("0", 2), later_level_paths("scale0/image", 2), later_level_paths("s7", 1)
    (['1', '2'], ['scale1/image', 'scale2/image'], ['s8'])
    >>> later_level_paths("full", 2)
    ['full-1', 'full-2']
    """
    parts = list(PurePosixPath(first).parts)
    for place in reversed(range(len(parts))):
        stem = parts[place].rstrip("0123456789")
        digits = parts[place][len(stem) :]
        if digits:
            return [
                "/".join([*parts[:place], f"{stem}{int(digits) + level}", *parts[place + 1 :]])
                for level in range(1, count + 1)
            ]
    return [f"{first}-{level}" for level in range(1, count + 1)]


def output_levels(opened: StoreInput, levels: PlannedLevels) -> list[OutputLevel]:
    """Return all levels of the store with their scales and translations.

    The scale of a level is that of the input times the step of its windows. Its translation is the
    centre of the first window.

    Parameters
    ----------
    opened : StoreInput
        The input, which has the scale and the translation of the full resolution.
    levels : PlannedLevels
        The levels.
    """
    rank = len(opened.source.shape)
    scale, translation = (Fraction(1),) * rank, (Fraction(0),) * rank
    if opened.image is not None:
        first = opened.image.levels[0]
        scale, translation = first.scale or scale, first.translation or translation
    planned = levels.planned
    dims = planned.source.dims
    made = []
    if levels.request.levels is not None:
        path = opened.path if levels.request.in_place else "0"
        made.append(_output_level(path, scale, translation, dims))
    for spec, geometry in zip(planned.levels, levels.geometries, strict=True):
        steps, starts = [], []
        for axis in range(rank):
            step, start = geometry.step_and_start(axis, spec.shape[dims.index(axis)])
            steps.append(scale[axis] * step)
            starts.append(translation[axis] + scale[axis] * start)
        made.append(_output_level(spec.path, steps, starts, dims))
    return made


def _output_level(
    path: str, scale: Sequence[Fraction], translation: Sequence[Fraction], dims: Sequence[int]
) -> OutputLevel:
    ordered = (tuple(each[dim] for dim in dims) for each in (scale, translation))
    return OutputLevel(path, *ordered)
