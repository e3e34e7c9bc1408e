"""How each output value of a pooling came to be, window by window, as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice, product
from math import prod
from typing import Any, NamedTuple

import numpy as np
from PIL import ImageMode

from poolcli.batch.array_hints import looks_channels_last, padding_for_exponent
from poolcli.batch.pool_item import options_of, spatial_axes
from poolcli.core.axis import Axis
from poolcli.core.engine.run_blocks import pool_block
from poolcli.core.errors import WindowError
from poolcli.core.modes import find_mode
from poolcli.core.recipe import Recipe, prepare
from poolcli.core.size_text import size_text
from poolcli.errors import ReadError
from poolcli.explain.axis_crop import Strip, holding, size_formula, strip, where
from poolcli.explain.formulas import place_words
from poolcli.explain.plane import Box, Case, Element, View
from poolcli.io.document import Document, Item
from poolcli.io.open_document import open_document
from poolcli.request import Request
from poolcli.window_description import describe_request

PLANES = 3
"""So many planes of an array are explained; of a picture all channels."""

READABLE = 12
"""So many elements are shown along an axis."""

LONG = 1 << 14
"""Windows that span more elements than this are not looked at one by one."""


class Plane(NamedTuple):
    """The rows of an input plane as far as they are shown, and its windows, row by row."""

    name: str
    elements: list[list[Element]]
    cases: list[list[Case]]


class Explanation(NamedTuple):
    """What there is to show of an input.

    Attributes
    ----------
    rows, columns : Strip
        Which windows and elements are shown; an input with one axis has a single row.
    rank : int
        How many spatial axes it has.
    place : str, optional
        Where the crop is, if it is one.
    sizes : list of str
        Where the output's size comes from, a line an axis.
    """

    heading: str
    shapes: str
    rows: Strip
    columns: Strip
    rank: int
    planes: list[Plane]
    place: str | None
    sizes: list[str]
    notes: list[str]


@contextmanager
def studied(request: Request) -> Iterator[Study]:
    """Open an input; of an animation the first frame counts, of an npz the first array.

    Raises
    ------
    PoolcliError, ArgumentError, ArgumentTypeError
        If it cannot be read or pooled, or its planes cannot be drawn.
    """
    entry = find_mode(request.mode)
    with open_document(
        request.inputs[0], request.max_pixels, indexed=entry.pools_whole_pixels
    ) as document:
        item = next(document.items(), None)
        if item is None:
            raise ReadError("holds no arrays")
        if not prod(item.source.shape):
            shape = size_text(item.source.shape)
            raise ReadError(f"there is nothing in it to explain: {shape}")
        spatial = spatial_axes(item, request)
        options = options_of(item, request, None, indices="return_indices" in entry.arguments)
        recipe = prepare(
            item.source.shape, item.source.dtype, request.mode, request.window,
            spatial, options,
        )  # fmt: skip
        if len(recipe.axes) > 2:
            raise WindowError(
                f"only windows over one or two axes can be drawn, not over {len(recipe.axes)}; "
                "give a kernel of two sizes, or a --layout with two of D, H and W"
            )
        notes = looks_channels_last(item.source.shape, spatial, request.window)
        notes += padding_for_exponent(request)
        yield Study(item, request, recipe, [*_notes(document, item), *notes])


def _notes(document: Document, item: Item) -> list[str]:
    notes = list(document.notes)
    if document.count > 1:
        what = "array" if document.format == "NPZ" else "frame"
        name = f", {item.key!r}" if item.key is not None else ""
        notes.append(f"the first of {document.count} {what}s{name}")
    if item.palette is not None:
        notes.append("the numbers are indices into the picture's palette")
    return notes


LINE = Axis(1, out_size=1, kernel_size=1)
"""What stands for the rows of an input that has one axis."""


class Study:
    """An opened input and its pooling."""

    def __init__(self, item: Item, request: Request, recipe: Recipe, notes: list[str]) -> None:
        self.item = item
        self.request = request
        self.recipe = recipe
        self.notes = notes
        self.channels = item.image_mode is not None and len(recipe.shape) == 3
        self._pooled: dict[Any, Any] = {}

    def explain(self, at: tuple[int, ...] | None = None, columns: int = READABLE) -> Explanation:
        """Explain the first windows, or those that hold an element.

        Parameters
        ----------
        at : tuple of int, optional
            The element, one number for each spatial axis.
        columns : int
            So many elements of a row may be shown.

        Raises
        ------
        WindowError
            If there is no such element.
        """
        recipe, axes = self.recipe, tuple(self.recipe.axes.values())
        self._check(at, axes)
        spots = (None,) * len(axes) if at is None else at
        shown = [strip(*each) for each in zip(axes, spots, (READABLE, columns)[-len(axes) :],
                                              strict=True)]  # fmt: skip
        rows = shown[0] if len(shown) == 2 else Strip(LINE, range(1), range(1))
        stretch = (rows, shown[-1])
        places = list(islice(self._planes(), PLANES))
        planes = [plane for index in places for plane in self._explained(index, *stretch)]
        notes, count = list(self.notes), prod(self._counts())
        if count > len(places):
            notes.append(f"the first {len(places)} of {count} planes")
        if at is not None and not all(map(holding, axes, at)):
            notes.append(f"no window holds {place_words((at[0], at[-1]), len(axes))}")
        if recipe.weights_by_alpha:
            notes.append("colours are weighted by alpha, but with --straight-alpha")
        if self.item.image_mode is not None and recipe.out_dtype != recipe.in_dtype:
            one_bit = self.item.one_bit and recipe.mode.keeps_one_bit
            rounded = "become white where they are not 0" if one_bit else "are rounded, halves up"
            notes.append(f"written into a picture, values {rounded}")
        before, after = (size_text(shape) for shape in (recipe.shape, recipe.out_shape))
        result = f", {recipe.out_dtype}" if recipe.out_dtype != recipe.in_dtype else ""
        return Explanation(
            describe_request(self.request),
            f"{before}, {recipe.in_dtype} → {after}{result}",
            *stretch,
            len(axes),
            planes,
            self._place(*stretch),
            self._sizes(axes),
            notes,
        )

    def _check(self, at: tuple[int, ...] | None, axes: tuple[Axis, ...]) -> None:
        if at is None:
            return
        size = size_text(axis.size for axis in axes)
        last = ",".join(str(axis.size - 1) for axis in axes)
        if len(at) != len(axes):
            raise WindowError(f"--at needs {len(axes)} of the numbers ROW,COL: the input's "
                              f"spatial size is {size}")  # fmt: skip
        if any(place >= axis.size for place, axis in zip(at, axes, strict=True)):
            raise WindowError(
                f"there is no element {','.join(map(str, at))}: the input's spatial size is "
                f"{size}, its last element is {last}, counted from 0"
            )

    def _planes(self) -> Iterator[tuple[int, ...]]:
        """Where planes are on all axes but the spatial ones and that of a picture's channels."""
        return product(*map(range, self._counts()))

    def _counts(self) -> list[int]:
        return [
            1 if dim in self.recipe.axes or self._is_channels(dim) else size
            for dim, size in enumerate(self.recipe.shape)
        ]

    def _is_channels(self, dim: int) -> bool:
        return self.channels and dim == len(self.recipe.shape) - 1

    def _place(self, rows: Strip, columns: Strip) -> str | None:
        if rows.is_all and columns.is_all:
            return None
        axes = list(self.recipe.axes.values())
        size = size_text(axis.size for axis in axes)
        flag = "ROW,COL" if len(axes) > 1 else "PLACE"
        whole = rows.complete and columns.complete
        parts = "" if whole else ", a part of a window"
        return f"{where(rows.data, columns.data, len(axes))} of {size}{parts}; " \
               f"--at {flag} shows another place"  # fmt: skip

    def _sizes(self, axes: tuple[Axis, ...]) -> list[str]:
        names = ("rows", "columns") if len(axes) > 1 else ("elements",)
        return [
            f"{name}: {size_formula(axis, self.request.window)}"
            for name, axis in zip(names, axes, strict=True)
        ]

    def _explained(self, index: tuple[int, ...], rows: Strip, columns: Strip) -> Iterator[Plane]:
        """A plane; of a picture one for each channel, unless its pixels are pooled as wholes."""
        values, bests = self._values(index, rows, columns)
        shown = self._box(index, rows.data, columns.data)
        reach = [_reach(each) for each in (rows, columns)]
        seen = self._box(index, *reach) if prod(map(len, reach)) <= LONG else None
        for name, channel in self._channels(index):
            view = View(self.recipe, rows, columns, channel)
            cases, chosen = view.cases(values, bests, seen)
            yield Plane(name, view.elements(shown, chosen), cases)

    def _channels(self, index: tuple[int, ...]) -> Iterator[tuple[str, int | None]]:
        if self.channels and not self.recipe.pools_whole_pixels:
            assert self.item.image_mode is not None
            is_grey = self.item.image_mode in ("L", "LA")
            for number, band in enumerate(ImageMode.getmode(self.item.image_mode).bands):
                yield "grey" if is_grey and band == "L" else band, number
            return
        name = ""
        if prod(self._counts()) > 1:
            spelled = (":" if dim in self.recipe.axes else str(i) for dim, i in enumerate(index))
            name = f"[{', '.join(spelled)}]"
        yield name, None

    def _values(self, index: tuple[int, ...], rows: Strip, columns: Strip) -> tuple[Any, Any]:
        """What the core makes of the windows: rows, columns, and maybe channels."""
        key = index, rows.windows, columns.windows
        if key not in self._pooled:
            outs = self._ranges(index, rows.windows, columns.windows)
            values, places = pool_block(self.recipe, self.item.source, outs)
            shape = self._shape(rows.windows, columns.windows)
            self._pooled[key] = (
                values.reshape(shape), None if places is None else places.reshape(shape)
            )  # fmt: skip
        found: tuple[Any, Any] = self._pooled[key]
        return found

    def _box(self, index: tuple[int, ...], rows: range, columns: range) -> Box:
        ranges = self._ranges(index, rows, columns)
        values = np.array(self.item.source[tuple(slice(*each) for each in ranges)])
        return Box(rows.start, columns.start, values.reshape(self._shape(rows, columns)))

    def _ranges(
        self, index: tuple[int, ...], rows: range, columns: range
    ) -> tuple[tuple[int, int], ...]:
        spans = dict(zip(self.recipe.axes, (rows, columns)[-len(self.recipe.axes) :], strict=True))
        return tuple(
            (spans[dim].start, spans[dim].stop) if dim in spans
            else (0, self.recipe.shape[dim]) if self._is_channels(dim)
            else (place, place + 1)
            for dim, place in enumerate(index)
        )  # fmt: skip

    def _shape(self, rows: range, columns: range) -> tuple[int, ...]:
        return (len(rows), len(columns), *self.recipe.shape[-1:] * self.channels)


def _reach(shown: Strip) -> range:
    """All elements that the windows shown look at, and those between."""
    return range(*shown.axis.input_range(shown.windows.start, shown.windows.stop))
