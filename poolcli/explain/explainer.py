"""Explaining a pooling: opening an input, and explaining its windows plane by plane."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from math import prod

import numpy as np

from poolcli.batch.first_array_or_frame import FirstItem, open_first_item
from poolcli.batch.likely_mistakes import padding_for_exponent, padding_mode_without_padding
from poolcli.batch.pool_item import core_options
from poolcli.batch.tasks import Task, request_of_task
from poolcli.core.errors import WindowError
from poolcli.core.float32_pooling import pooled_in_float32
from poolcli.core.make_recipe import make_recipe
from poolcli.core.modes import find_mode
from poolcli.core.recipe import Recipe
from poolcli.core.shape_text import shape_text
from poolcli.explain.axis_crop import Crops, crop_axis, windows_containing
from poolcli.explain.explanation import Explanation, Picture, PlaneExplanation
from poolcli.explain.picture_colours import make_picture
from poolcli.explain.plane_explainer import PlaneExplainer
from poolcli.explain.plane_reader import PlaneReader
from poolcli.explain.plane_windows import SINGLE_POSITION
from poolcli.explain.position_text import axis_nouns, position_text, region_text
from poolcli.explain.size_formula import size_formula
from poolcli.io.images.image_modes import channel_names
from poolcli.io.member_names import split_member
from poolcli.report.plane_index import plane_counts, plane_index_text
from poolcli.request import Request
from poolcli.request_description import describe_request

MAX_RANK = 3
"""The largest number of pooled axes that are shown."""

POSITION_ARGUMENTS = {1: "POSITION", 2: "ROW,COL", 3: "SLICE,ROW,COL"}
"""The form of the value of `--at`, by the number of pooled axes."""


@contextmanager
def open_explainer(request: Request) -> Iterator[Explainer]:
    """Open an input for explanation: the first frame of an animation, the first array of several.

    Raises
    ------
    PoolcliError, ArgumentError, ArgumentTypeError
        If the input cannot be read or pooled, or has more than three pooled axes.
    """
    mode = find_mode(request.mode)
    path, member = split_member(request.inputs[0])
    request = request_of_task(Task(path, None, member=member), request)
    with open_first_item(path, request, indexed=mode.pools_whole_pixels) as first:
        has_indices = (
            "return_indices" in mode.arguments and first.request.window.padding_mode is None
        )
        recipe = _recipe(first, has_indices=has_indices)
        if len(recipe.axes) > MAX_RANK:
            raise WindowError(
                f"windows over at most three axes can be shown, not over {len(recipe.axes)}; "
                "give a kernel of three sizes, or name three axes with --axes"
            )
        written = None if first.item.image_mode is None else _recipe(first, is_written=True)
        yield Explainer(first, recipe, written)


def _recipe(first: FirstItem, *, has_indices: bool = False, is_written: bool = False) -> Recipe:
    """Return the pooling of an item, unrounded or rounded as it is written to an image."""
    source, request = first.item.source, first.request
    dtype = source.dtype.newbyteorder("=") if is_written else None
    options = core_options(first.item, request, dtype, indices=has_indices)
    return make_recipe(
        source.shape, source.dtype, request.mode, request.window, first.axes, options
    )


class Explainer:
    """Explains the pooling of an open input.

    Parameters
    ----------
    first : FirstItem
        The array or frame, with the request.
    recipe : Recipe
        The pooling of the item, unrounded, over one, two or three axes.
    written : Recipe, optional
        The same, rounded as it is written to an image; None for an array.
    """

    def __init__(self, first: FirstItem, recipe: Recipe, written: Recipe | None) -> None:
        self.item = first.item
        self.request = first.request
        self.recipe = recipe
        self.notes = [*first.notes, *padding_for_exponent(self.request)]
        self.notes += padding_mode_without_padding(self.request.window)
        if self.item.palette is not None:
            self.notes.append("the numbers are indices into the image's palette")
        self._axes = tuple(recipe.axes.values())
        self._has_channels = self.item.image_mode is not None and len(recipe.shape) > 2
        channel_shape = recipe.shape[2:] if self._has_channels else ()
        channel_axes = (2,) if self._has_channels else ()
        self._plane_counts = plane_counts(recipe.shape, (*recipe.axes, *channel_axes))
        self._reader = PlaneReader(self.item.source, recipe, channel_shape)
        self._written_reader = self._reader
        if written is not None and written.out_dtype != recipe.out_dtype:
            self._written_reader = PlaneReader(self.item.source, written, channel_shape)

    def explain(
        self,
        at: tuple[int, ...] | None = None,
        max_columns: int = 12,
        max_rows: int = 12,
        max_slices: int = 4,
        max_planes: int = 3,
    ) -> Explanation:
        """Explain the first windows, or those that contain an element.

        Parameters
        ----------
        at : tuple of int, optional
            The position of the element, one number for each pooled axis.
        max_columns, max_rows, max_slices : int
            The largest numbers of elements to show along each axis, padding included.
        max_planes : int
            The largest number of planes of an array to show. Of an image, all channels are shown.

        Raises
        ------
        WindowError
            If there is no such element.
        """
        self._check_position(at)
        recipe, rank = self.recipe, len(self._axes)
        axes = (SINGLE_POSITION, SINGLE_POSITION, *self._axes)[-MAX_RANK:]
        positions = (None,) * MAX_RANK if at is None else (0, 0, *at)[-MAX_RANK:]
        limits = max_slices, max_rows, max_columns
        slices, rows, columns = map(crop_axis, axes, positions, limits)
        crops = slices, rows, columns
        indices = islice(np.ndindex(*self._plane_counts), max_planes)
        planes = [plane for index in indices for plane in self._explain_planes(index, crops)]
        out_dtype = f", {recipe.out_dtype}" if recipe.out_dtype != recipe.in_dtype else ""
        return Explanation(
            heading=describe_request(self.request),
            shapes_and_dtypes=f"{shape_text(recipe.shape)}, {recipe.in_dtype} → "
            f"{shape_text(recipe.out_shape)}{out_dtype}",
            slices=slices,
            rows=rows,
            columns=columns,
            rank=rank,
            planes=planes,
            crop_text=self._crop_text(crops),
            size_formulas=[
                f"{noun}s: {size_formula(axis, self.request.window)}"
                for noun, axis in zip(axis_nouns(rank), self._axes, strict=True)
            ],
            notes=[*self.notes, *self._display_notes(at, max_planes)],
            picture=self._picture(planes, crops),
        )

    def _check_position(self, at: tuple[int, ...] | None) -> None:
        """Raise `WindowError` if a position is not on the input."""
        if at is None:
            return
        size, rank = shape_text(axis.size for axis in self._axes), len(self._axes)
        if len(at) != rank:
            raise WindowError(
                f"--at needs {rank} number{'s' * (rank > 1)}, {POSITION_ARGUMENTS[rank]}: "
                f"the input's spatial size is {size}"
            )
        if any(position >= axis.size for position, axis in zip(at, self._axes, strict=True)):
            last = ",".join(str(axis.size - 1) for axis in self._axes)
            raise WindowError(
                f"there is no element {','.join(map(str, at))}: the input's spatial size is "
                f"{size}, its last element is {last}, counted from 0"
            )

    def _display_notes(self, at: tuple[int, ...] | None, max_planes: int) -> Iterator[str]:
        """Yield the notes on what is shown, and on how it differs from the written output."""
        recipe, item = self.recipe, self.item
        plane_count = prod(self._plane_counts)
        if plane_count > max_planes:
            yield f"the first {max_planes} of {plane_count} planes are shown"
        if at is not None and not all(map(windows_containing, self._axes, at)):
            slice_, row, column = (0, 0, *at)[-MAX_RANK:]
            yield f"no window contains {position_text((slice_, row, column), len(self._axes))}"
        if recipe.weights_by_alpha:
            yield "colours are weighted by alpha, unless --straight-alpha is given"
        if item.image_mode is not None and recipe.out_dtype != recipe.in_dtype:
            effect = (
                "become white unless they are 0"
                if self._becomes_one_bit
                else ("are rounded half up")
            )
            yield f"when written to an image, values {effect}"

    @property
    def _becomes_one_bit(self) -> bool:
        """Whether the output is written with 1 bit per pixel."""
        return self.item.one_bit and self.recipe.mode.keeps_one_bit

    def _crop_text(self, crops: Crops) -> str | None:
        """Return where the crop is, as text; None if everything is shown."""
        if all(crop.is_whole_axis for crop in crops):
            return None
        rank = len(self._axes)
        size = shape_text(axis.size for axis in self._axes)
        region = region_text([crop.data_positions for crop in crops], rank)
        is_whole = all(crop.has_whole_windows for crop in crops)
        part = "" if is_whole else ", part of a window"
        return f"{region} of {size}{part}; --at {POSITION_ARGUMENTS[rank]} shows another region"

    def _explain_planes(self, index: tuple[int, ...], crops: Crops) -> Iterator[PlaneExplanation]:
        """Explain a plane of an array, or each channel of an image unless pixels stay whole."""
        results, indices = self._reader.pool(index, crops)
        block, has_whole_windows = self._reader.read(index, crops)
        for name, channel in self._channels(index):
            explainer = PlaneExplainer(pooled_in_float32(self.recipe), crops, channel, block)
            yield explainer.explain(name, results, indices, writes_arithmetic=has_whole_windows)

    def _channels(self, index: tuple[int, ...]) -> Iterator[tuple[str, int | None]]:
        """Yield name and number of each channel to explain; for an array the plane's name."""
        mode = self.item.image_mode
        index = index if mode is None else index[:2]
        plane = ""
        if prod(self._plane_counts) > 1:
            plane = plane_index_text(index, self.recipe.axes)
        if mode is not None and self._has_channels and not self.recipe.pools_whole_pixels:
            for number, name in enumerate(channel_names(mode)):
                yield f"{plane} {name}".strip(), number
        else:
            yield plane, None

    def _picture(self, planes: list[PlaneExplanation], crops: Crops) -> Picture | None:
        """Return the colours of an image; None for an array, and for a picture in several parts."""
        if self.item.image_mode is None or prod(self._plane_counts) > 1:
            return None
        written, _ = self._written_reader.pool((0,) * len(self.recipe.shape), crops)
        if self._becomes_one_bit:
            written = np.where(written == 0, written, np.uint8(255))
        return make_picture(self.item, planes, written)
