"""Pooling one item, an array or a frame, at all its levels."""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import Any, Literal, NamedTuple

import numpy as np

from poolcli.batch.array_summary import (
    MAX_BYTES_IN_MEMORY,
    ArraySummary,
    bytes_of,
    measured_while_read,
    measured_while_written,
    summarize,
)
from poolcli.batch.image_of_array import as_picture, output_image_of_result
from poolcli.batch.large_outputs import LargeOutputs
from poolcli.batch.output_geometry import OutputGeometry
from poolcli.batch.pooled_axes import drawn_axes, pooled_axes
from poolcli.batch.pooled_level import LevelOutput, PooledLevel
from poolcli.core.dtypes import as_numeric_dtype
from poolcli.core.engine.run_blocks import run_recipe
from poolcli.core.engine.run_levels import run_levels
from poolcli.core.errors import WindowError
from poolcli.core.levels import level_recipes
from poolcli.core.make_recipe import make_recipe
from poolcli.core.recipe import Options, Recipe
from poolcli.io.document import Item, chunk_shape_of
from poolcli.io.images.normalize_to_uint8 import normalize_to_uint8
from poolcli.io.images.pixel_array import OutputImage, PixelArray
from poolcli.request import Request


class StackedLevel(NamedTuple):
    """The recipes for one of the stacked levels of a pyramid.

    Attributes
    ----------
    written : Recipe
        Gives the values that are written.
    unrounded : Recipe, optional
        Gives the values that the next level pools; None if they are those that are written.
    """

    written: Recipe
    unrounded: Recipe | None


def pool_item(
    item: Item, request: Request, outputs: LargeOutputs, *, as_image: bool
) -> list[PooledLevel]:
    """Pool an item at all levels.

    Each level is the item pooled once if windows tile, else it pools the unrounded level before.

    Parameters
    ----------
    item : Item
        The array or frame.
    request : Request
        The request, for the mode, the window, the levels and the other options.
    outputs : LargeOutputs
        Gives the array or file that each result is written into.
    as_image : bool
        Whether the result is written as an image, not as an array.

    Returns
    -------
    list of PooledLevel
        One result for each level; a single one without `--levels`. If the output contains the
        input, the first is the item itself.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the window does not fit at any level; raised before anything is computed.
    """
    return _ItemPooling(item, request, outputs, as_image).levels()


def core_options(item: Item, request: Request, dtype: Any, *, indices: bool) -> Options:
    """Return the core's options for an item.

    Parameters
    ----------
    item : Item
        The array or frame, which decides how its channels are treated.
    request : Request
        The request, for all other options.
    dtype : dtype, optional
        The dtype that results are rounded to; None for unrounded results.
    indices : bool
        Whether argmax or argmin indices are wanted.

    Examples
    --------
    >>> from poolcli.core.window import Window
    >>> request = Request((), "quantile", Window.fixed(2), q=0.9)
    >>> image = Item(np.zeros((4, 4, 4), np.uint8), image_mode="RGBA")
    >>> options = core_options(image, request, np.uint8, indices=False)
    >>> options.q, options.channels
    (0.9, 'alpha')
    """
    return Options(
        count_include_pad=request.count_include_pad,
        divisor_override=request.divisor,
        norm_type=request.norm,
        q=request.q,
        method=request.method,
        ignore=request.ignore,
        dtype=dtype,
        return_indices=indices,
        channels=_channels(item),
        straight_alpha=request.straight_alpha,
        min_valid=request.min_valid,
    )


def _held_in_memory(item: Item) -> Item:
    """Return an item with the elements of a small array that is stored in chunks.

    Its report reads it a second time, and neighbouring windows share chunks.
    """
    source = item.source
    is_small = bytes_of(source.shape, source.dtype) <= MAX_BYTES_IN_MEMORY
    if item.image_mode is not None or chunk_shape_of(source) is None or not is_small:
        return item
    return item._replace(source=source[tuple(slice(0, size) for size in source.shape)])


def _channels(item: Item) -> Literal["none", "plain", "alpha"]:
    if not item.has_channels:
        return "none"
    return "alpha" if item.has_alpha else "plain"


def stacked_recipes(item: Item, request: Request, dtype: Any, *, exact: bool) -> list[StackedLevel]:
    """Return the recipes of levels of which each pools the unrounded level before.

    Parameters
    ----------
    item : Item
        The array or frame, which the first level pools.
    request : Request
        The request; without `--levels` there is one level.
    dtype : dtype, optional
        The dtype that written values are rounded to; None for unrounded values.
    exact : bool
        Whether the values between levels, which are not written, are float64, not float32.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the window does not fit at any level.
    """
    axes = pooled_axes(item, request)
    shape, in_dtype = item.source.shape, item.source.dtype
    count = request.levels or 1
    recipes = []
    for number in range(1, count + 1):
        prepare = partial(make_recipe, shape, in_dtype, request.mode, request.window, axes)
        options = core_options(item, request, dtype, indices=request.indices is not None)
        try:
            written = prepare(options)
        except WindowError as error:
            error.args = (f"level {number}: {error}",) if number > 1 else error.args
            raise
        if number == count:
            recipes.append(StackedLevel(written, None))
            break
        unrounded = prepare(core_options(item, request, None, indices=False))
        if exact and unrounded.out_dtype == np.float32:
            unrounded = prepare(core_options(item, request, np.float64, indices=False))
        same = written.out_dtype == unrounded.out_dtype
        recipes.append(StackedLevel(written, None if same else unrounded))
        shape, in_dtype = unrounded.out_shape, unrounded.out_dtype
    return recipes


class _ItemPooling:
    """The pooling of one item, and what its levels share."""

    def __init__(self, item: Item, request: Request, outputs: LargeOutputs, as_image: bool) -> None:
        self.item = _held_in_memory(item)
        self.request = request
        self.outputs = outputs
        self.as_image = as_image
        header = getattr(item.source, "header", None)
        self.fortran_order = bool(getattr(header, "fortran_order", False))

    def levels(self) -> list[PooledLevel]:
        is_pyramid = (self.request.levels or 1) > 1
        if is_pyramid and self.request.window.tiles:
            levels = self._levels_of_the_input()
        else:
            levels = self._stacked_levels()
        if not self.outputs.contains_input:
            return levels
        return [self._unpooled_level(levels[0]), *levels]

    def _levels_of_the_input(self) -> list[PooledLevel]:
        """Pool the item itself for each level; it is read once."""
        item, request, source = self.item, self.request, self.item.source
        start = perf_counter()
        axes = pooled_axes(item, request)
        options = core_options(item, request, self._written_dtype(), indices=False)
        window, count = request.window, request.levels or 1
        shape, dtype = source.shape, source.dtype
        recipes = level_recipes(shape, dtype, request.mode, window, axes, options, count)
        outs = [self._level_output(source, recipe, n) for n, recipe in enumerate(recipes, 1)]
        reading = measured_while_read(source, item, request)
        run_levels(recipes, reading, [out.target for out in outs], request.jobs)
        before = summarize(
            reading, item, request, drawn_axes(item, request, tuple(recipes[0].axes))
        )
        levels = []
        for recipe, out in zip(recipes, outs, strict=True):
            level = self._pooled_level(recipes[0], out, before)
            geometry = OutputGeometry(shape).after_level(recipe.axes)
            seconds = perf_counter() - start
            levels.append(level._replace(geometry=geometry, seconds=seconds))
            start += seconds
        return levels

    def _stacked_levels(self) -> list[PooledLevel]:
        """Pool the unrounded level before for each level, or the item for a single one."""
        levels = []
        source: Any = self.item.source
        geometry = OutputGeometry(self.item.source.shape)
        for number, recipe in enumerate(self._stacked_recipes(), 1):
            start = perf_counter()
            level = None if self.request.levels is None else number
            pooled, values = self._pool_level(source, recipe.written, level)
            if recipe.unrounded is not None:
                values = self.outputs.intermediate(
                    source, recipe.unrounded, fortran_order=self.fortran_order
                )
                run_recipe(recipe.unrounded, source, values, None, self.request.jobs)
            geometry = geometry.after_level(recipe.written.axes)
            seconds = perf_counter() - start
            levels.append(pooled._replace(geometry=geometry, seconds=seconds))
            source = values
        return levels

    def _unpooled_level(self, first: PooledLevel) -> PooledLevel:
        """Return the item as level 0 of a pyramid, given level 1."""
        result = first.result
        source: Any = self.item.source  # it is only read
        if not isinstance(source, np.ndarray) and not self.item.stays_valid:
            source = self.outputs.copy_of(source)
        if not isinstance(result, OutputImage):
            geometry = OutputGeometry(source.shape)
            return first._replace(result=source, geometry=geometry, seconds=0.0)
        rank = result.page_rank if isinstance(result, PixelArray) else len(result.shape)
        unpooled = PixelArray(result.mode, source, self.item.palette, rank)
        geometry = OutputGeometry(source.shape)
        return first._replace(result=unpooled, geometry=geometry, seconds=0.0)

    def _stacked_recipes(self) -> list[StackedLevel]:
        """Prepare all levels, so that a window that does not fit is an error before any work."""
        is_rounded = (
            self.as_image and self.item.image_mode is not None
        ) or self.outputs.contains_input
        exact = is_rounded and self.item.source.dtype.kind in "ui"
        return stacked_recipes(self.item, self.request, self._written_dtype(), exact=exact)

    def _written_dtype(self) -> Any:
        """Return the dtype that the core rounds results to; None for unrounded results."""
        if self.request.normalize:
            return None
        if self.request.dtype is not None:
            return as_numeric_dtype(self.request.dtype, "dtype")
        if self.outputs.contains_input or (self.item.image_mode is not None and self.as_image):
            return self.item.source.dtype.newbyteorder("=")
        return None

    def _pool_level(
        self, source: Any, recipe: Recipe, number: int | None
    ) -> tuple[PooledLevel, Any]:
        """Pool one level; return it, and its values before `--normalize` changes them."""
        item, request = self.item, self.request
        reading = measured_while_read(source, item, request)
        out = self._level_output(source, recipe, number)
        if recipe.return_indices:
            order = self.fortran_order
            out = out._replace(indices=self.outputs.indices(source, recipe, fortran_order=order))
        run_recipe(recipe, reading, out.target, out.indices, request.jobs)
        before = summarize(reading, item, request, drawn_axes(item, request, tuple(recipe.axes)))
        return self._pooled_level(recipe, out, before), out.values

    def _level_output(self, source: Any, recipe: Recipe, number: int | None) -> LevelOutput:
        """Return what the values of one level are written into."""
        values: Any = self._output_image(recipe)
        if values is None:
            order = self.fortran_order
            values = self.outputs.result(number, source, recipe, fortran_order=order)
        return LevelOutput(values, measured_while_written(values, self.item, self.request))

    def _pooled_level(self, recipe: Recipe, out: LevelOutput, before: ArraySummary) -> PooledLevel:
        """Return a level that has been computed, without its geometry and its time.

        Parameters
        ----------
        recipe : Recipe
            Has the window that the report shows.
        out : LevelOutput
            The computed values.
        before : ArraySummary
            The summary of what was pooled.
        """
        item, request, values = self.item, self.request, out.values
        axes = drawn_axes(item, request, tuple(recipe.axes))
        result = normalize_to_uint8(values, request.ignore) if request.normalize else values
        stats = None if out.writer is None else out.writer.statistics
        after = summarize(result, item, request, axes, stats, before.stats)
        if self.as_image and not isinstance(result, OutputImage):
            layout = request.layout
            if item.image_mode is None and not self.outputs.holds_stacks:
                result, layout = as_picture(result, layout)
            result = output_image_of_result(item, result, layout)
        order = self.fortran_order
        return PooledLevel(item.key, result, out.indices, recipe.axes, before, after, axes, order)

    def _output_image(self, recipe: Recipe) -> OutputImage | None:
        """Return an image for a result that keeps the dtype of its input image; else None."""
        item = self.item
        same_dtype = recipe.out_dtype == item.source.dtype.newbyteorder("=")
        written_as_image = self.as_image and not self.request.normalize
        if item.image_mode is None or not (written_as_image and same_dtype):
            return None
        mode = "1" if item.one_bit and recipe.mode.keeps_one_bit else item.image_mode
        return self.outputs.image(item, mode, recipe.out_shape)
