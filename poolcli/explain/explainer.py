"""Explaining a pooling: reading an input, and computing its windows plane by plane."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from math import prod
from typing import Any

import numpy as np

from poolcli.batch.first_array_or_frame import open_first_item
from poolcli.batch.likely_mistakes import padding_for_exponent, padding_mode_without_padding
from poolcli.batch.pool_item import core_options
from poolcli.batch.tasks import Task, request_of_task
from poolcli.core.axis import Axis
from poolcli.core.engine.run_blocks import pool_block
from poolcli.core.errors import WindowError
from poolcli.core.extension_floats import with_numpy_dtype
from poolcli.core.float32_pooling import pooled_in_float32
from poolcli.core.make_recipe import make_recipe
from poolcli.core.modes import find_mode
from poolcli.core.padded_source import PaddedSource
from poolcli.core.recipe import Recipe
from poolcli.core.shape_text import shape_text
from poolcli.explain.axis_crop import AxisCrop, crop_axis, windows_containing
from poolcli.explain.explanation import Explanation, PlaneExplanation
from poolcli.explain.plane_explainer import Block, PlaneExplainer
from poolcli.explain.position_text import position_text, region_text
from poolcli.explain.size_formula import size_formula
from poolcli.io.document import Item
from poolcli.io.images.image_modes import channel_names
from poolcli.io.member_names import split_member
from poolcli.report.plane_index import plane_counts, plane_index_text
from poolcli.request import Request
from poolcli.request_description import describe_request

MAX_PLANES = 3
"""The number of planes of an array that are explained. Of an image, all channels are."""

MAX_POSITIONS = 12
"""The number of elements shown along an axis."""

MAX_ELEMENTS_READ = 1 << 14
"""The number of elements up to which the windows shown are read and written out."""

SINGLE_ROW = Axis(1, out_size=1, kernel_size=1)
"""Stands for the rows of an input with one pooled axis."""


@contextmanager
def open_explainer(request: Request) -> Iterator[Explainer]:
    """Open an input for explanation: the first frame of an animation, the first array of several.

    Raises
    ------
    PoolcliError, ArgumentError, ArgumentTypeError
        If the input cannot be read or pooled, or has more than two pooled axes.
    """
    mode = find_mode(request.mode)
    path, member = split_member(request.inputs[0])
    request = request_of_task(Task(path, None, member=member), request)
    with open_first_item(path, request, indexed=mode.pools_whole_pixels) as first:
        item, source = first.item, first.item.source
        request = first.request
        has_indices = "return_indices" in mode.arguments and request.window.padding_mode is None
        options = core_options(item, request, None, indices=has_indices)
        recipe = make_recipe(
            source.shape, source.dtype, request.mode, request.window, first.axes, options
        )
        if len(recipe.axes) > 2:
            raise WindowError(
                f"only windows over one or two axes can be drawn, not over {len(recipe.axes)}; "
                "give a kernel of two sizes, or name two axes with --axes"
            )
        notes = [*first.notes, *padding_for_exponent(request)]
        notes += padding_mode_without_padding(request.window)
        if item.palette is not None:
            notes.append("the numbers are indices into the image's palette")
        yield Explainer(item, request, recipe, notes)


class Explainer:
    """Explains the pooling of an open input.

    Parameters
    ----------
    item : Item
        The array or frame.
    request : Request
        The request.
    recipe : Recipe
        The pooling of the item, over one or two axes.
    notes : list of str
        The notes on reading the input.
    """

    def __init__(self, item: Item, request: Request, recipe: Recipe, notes: list[str]) -> None:
        self.item = item
        self.request = request
        self.recipe = recipe
        self.notes = notes
        self._axes = tuple(recipe.axes.values())
        self._channel_shape = () if item.image_mode is None else recipe.shape[2:]
        channel_axes = () if item.image_mode is None else (2,)
        self._plane_counts = plane_counts(recipe.shape, (*recipe.axes, *channel_axes))
        self._pooled: dict[Any, tuple[Any, Any]] = {}

    def explain(
        self, at: tuple[int, ...] | None = None, max_columns: int = MAX_POSITIONS
    ) -> Explanation:
        """Explain the first windows, or those that contain an element.

        Parameters
        ----------
        at : tuple of int, optional
            The position of the element, one number for each pooled axis.
        max_columns : int
            The largest number of columns of the input to show.

        Raises
        ------
        WindowError
            If there is no such element.
        """
        self._check_position(at)
        recipe = self.recipe
        axes = (SINGLE_ROW, *self._axes)[-2:]
        positions = (None, None) if at is None else (0, *at)[-2:]
        rows, columns = map(crop_axis, axes, positions, (MAX_POSITIONS, max_columns))
        names = ("rows", "columns") if len(self._axes) > 1 else ("elements",)
        out_dtype = f", {recipe.out_dtype}" if recipe.out_dtype != recipe.in_dtype else ""
        return Explanation(
            heading=describe_request(self.request),
            shapes=f"{shape_text(recipe.shape)}, {recipe.in_dtype} → "
            f"{shape_text(recipe.out_shape)}{out_dtype}",
            rows=rows,
            columns=columns,
            rank=len(self._axes),
            planes=[
                plane
                for index in islice(np.ndindex(*self._plane_counts), MAX_PLANES)
                for plane in self._explain_planes(index, rows, columns)
            ],
            crop=self._crop_text(rows, columns),
            size_formulas=[
                f"{name}: {size_formula(axis, self.request.window)}"
                for name, axis in zip(names, self._axes, strict=True)
            ],
            notes=[*self.notes, *self._display_notes(at)],
        )

    def _check_position(self, at: tuple[int, ...] | None) -> None:
        """Raise `WindowError` if a position is not on the input."""
        if at is None:
            return
        size = shape_text(axis.size for axis in self._axes)
        if len(at) != len(self._axes):
            raise WindowError(
                f"--at needs {len(self._axes)} of the numbers ROW,COL: "
                f"the input's spatial size is {size}"
            )
        if any(position >= axis.size for position, axis in zip(at, self._axes, strict=True)):
            last = ",".join(str(axis.size - 1) for axis in self._axes)
            raise WindowError(
                f"there is no element {','.join(map(str, at))}: the input's spatial size is "
                f"{size}, its last element is {last}, counted from 0"
            )

    def _display_notes(self, at: tuple[int, ...] | None) -> Iterator[str]:
        """Yield the notes on what is shown, and on how it differs from the written output."""
        recipe, item = self.recipe, self.item
        plane_count = prod(self._plane_counts)
        if plane_count > MAX_PLANES:
            yield f"the first {MAX_PLANES} of {plane_count} planes are shown"
        if at is not None and not all(map(windows_containing, self._axes, at)):
            yield f"no window contains {position_text((at[0], at[-1]), len(self._axes))}"
        if recipe.weights_by_alpha:
            yield "colours are weighted by alpha, unless --straight-alpha is given"
        if item.image_mode is not None and recipe.out_dtype != recipe.in_dtype:
            becomes_one_bit = item.one_bit and recipe.mode.keeps_one_bit
            effect = "become white unless they are 0" if becomes_one_bit else "are rounded half up"
            yield f"when written to an image, values {effect}"

    def _crop_text(self, rows: AxisCrop, columns: AxisCrop) -> str | None:
        """Return where the crop is, as text; None if everything is shown."""
        if rows.is_whole_axis and columns.is_whole_axis:
            return None
        size = shape_text(axis.size for axis in self._axes)
        region = region_text(rows.data_positions, columns.data_positions, len(self._axes))
        argument = "ROW,COL" if len(self._axes) > 1 else "POSITION"
        is_whole = rows.has_whole_windows and columns.has_whole_windows
        part = "" if is_whole else ", part of a window"
        return f"{region} of {size}{part}; --at {argument} shows another region"

    def _explain_planes(
        self, index: tuple[int, ...], rows: AxisCrop, columns: AxisCrop
    ) -> Iterator[PlaneExplanation]:
        """Explain a plane of an array, or each channel of an image unless pixels stay whole."""
        results, indices = self._pool(index, rows.windows, columns.windows)
        shown = [_shown_positions(self.recipe, crop) for crop in (rows, columns)]
        covered = [
            _covered_positions(self.recipe, crop, positions)
            for crop, positions in zip((rows, columns), shown, strict=True)
        ]
        is_short = prod(map(len, covered)) <= MAX_ELEMENTS_READ
        block = self._read_block(index, *(covered if is_short else shown))
        for name, channel in self._channels(index):
            recipe = pooled_in_float32(self.recipe)
            explainer = PlaneExplainer(recipe, rows, columns, channel, block)
            yield explainer.explain(name, results, indices, writes_arithmetic=is_short)

    def _channels(self, index: tuple[int, ...]) -> Iterator[tuple[str, int | None]]:
        """Yield name and number of each channel to explain; for an array the plane's name."""
        mode = self.item.image_mode
        index = index if mode is None else index[:2]
        plane = ""
        if prod(self._plane_counts) > 1:
            plane = plane_index_text(index, self.recipe.axes)
        if mode is not None and self._channel_shape and not self.recipe.pools_whole_pixels:
            for number, name in enumerate(channel_names(mode)):
                yield f"{plane} {name}".strip(), number
        else:
            yield plane, None

    def _pool(self, index: tuple[int, ...], rows: range, columns: range) -> tuple[Any, Any]:
        """Return output values and indices of windows, shaped (rows, columns[, channels])."""
        key = index, rows, columns
        if key not in self._pooled:
            values, indices = pool_block(self.recipe, self.item.source, self._ranges(*key))
            values = with_numpy_dtype(values)
            shape = len(rows), len(columns), *self._channel_shape
            indices = None if indices is None else indices.reshape(shape)
            self._pooled[key] = values.reshape(shape), indices
        return self._pooled[key]

    def _read_block(self, index: tuple[int, ...], rows: range, columns: range) -> Block:
        """Read a block of a plane."""
        ranges = self._ranges(index, rows, columns)
        source: Any = self.item.source
        if self.recipe.padding_mode is not None:
            source = PaddedSource(source, self.recipe)
            pads = {dim: axis.pad_before for dim, axis in self.recipe.axes.items()}
            ranges = tuple(
                (start + pads.get(dim, 0), stop + pads.get(dim, 0))
                for dim, (start, stop) in enumerate(ranges)
            )
        values = with_numpy_dtype(np.array(source[tuple(slice(*each) for each in ranges)]))
        shape = len(rows), len(columns), *self._channel_shape
        return Block(rows.start, columns.start, values.reshape(shape))

    def _ranges(
        self, index: tuple[int, ...], rows: range, columns: range
    ) -> tuple[tuple[int, int], ...]:
        """Return start and stop on each axis of a block of a plane, with all its channels."""
        pooled = (rows, columns)[-len(self._axes) :]
        ranges = [(position, position + 1) for position in index]
        for dim, positions in zip(self.recipe.axes, pooled, strict=True):
            ranges[dim] = positions.start, positions.stop
        if self._channel_shape:
            ranges[-1] = 0, self.recipe.shape[-1]
        return tuple(ranges)


def _shown_positions(recipe: Recipe, crop: AxisCrop) -> range:
    """Return the positions shown that have a value."""
    if recipe.padding_mode is None:
        return crop.data_positions
    axis, positions = crop.axis, crop.positions
    start = max(positions.start, -axis.pad_before)
    return range(start, max(start, min(positions.stop, axis.size + axis.pad_after)))


def _covered_positions(recipe: Recipe, crop: AxisCrop, shown: range) -> range:
    """Return the positions with a value that are shown or that the windows shown cover."""
    axis, windows = crop.axis, crop.windows
    if recipe.padding_mode is None:
        start, stop = axis.input_range(windows.start, windows.stop)
    else:
        start = axis.first_position(windows.start)
        stop = min(axis.last_position(windows.stop - 1) + 1, axis.size + axis.pad_after)
    return range(min(start, shown.start), max(stop, shown.stop))
