"""Every mode on one input: what each makes of it, to be looked at and measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice, product
from typing import Any, NamedTuple

import numpy as np

from poolcli.batch.array_hints import looks_channels_last, padding_for_exponent
from poolcli.batch.pool_item import core_options, pooled_axes
from poolcli.compare.comparison import Comparison, Row, Tile
from poolcli.compare.metrics import Values, change, mean, noisy, peak, shifted
from poolcli.compare.tiles import Scale, scale_of, tile_of
from poolcli.core.ignored_values import as_ignored_elements
from poolcli.core.modes import as_norm_type, find_mode
from poolcli.core.pool_array import pool_array
from poolcli.core.prepare_recipe import prepare_recipe
from poolcli.core.size_text import size_text
from poolcli.errors import LimitError, ReadError
from poolcli.io.document import Document, Item
from poolcli.io.open_document import open_document
from poolcli.request import Request
from poolcli.window_description import describe_window

PLANES = 8
"""So many planes of an array get a row of tiles."""

LARGEST = 1 << 26
"""The largest array that is compared, in elements: it is held in memory, several times."""


class _Input(NamedTuple):
    """An input as one mode takes it: palettes as indices or as colours.

    Attributes
    ----------
    moved : list of ndarray
        The input moved by an element along each of its last two spatial axes.
    noisy : ndarray, optional
        The input with noise; None where an element is no quantity.
    ignored : tuple of scalar
        The values that are left out.
    from_palette : bool
        Whether the picture has a palette.
    requests : sequence of Request
        Those whose modes its dtype allows.
    """

    item: Item
    values: Values
    axes: tuple[int, ...]
    moved: list[Values]
    noisy: Values | None
    ignored: tuple[Any, ...]
    from_palette: bool
    requests: Sequence[Request]

    def colours(self, values: Values) -> Values:
        """What values mean: those that are indices into a palette, its colours."""
        palette = self.item.palette
        if palette is None:
            return values
        table = np.zeros((256, 3), np.uint8)
        known = np.frombuffer(palette.colours, np.uint8).reshape(-1, 3)
        table[: len(known)] = known[:256]
        return table[values]

    def seen(self, values: Values) -> Values:
        """What counts of values: their colours, without alpha."""
        colours = self.colours(values)
        return colours[..., :-1] if self.item.has_alpha else colours

    def change(self, before: Values, after: Values) -> float | None:
        """How much a result changes."""
        return change(self.seen(before), self.seen(after), self.ignored)


def compare(path: str, requests: Sequence[Request], strength: float) -> Comparison:
    """Pool an input in several ways, and measure what comes of it.

    Parameters
    ----------
    path : str
        The input; of an animation the first frame is taken, of an npz the first array.
    requests : sequence of Request
        One for each mode, with the same window.
    strength : float
        The standard deviation of the noise, in those of the input.

    Raises
    ------
    PoolcliError, ArgumentError, ArgumentTypeError
        If it cannot be read or pooled.
    """
    notes: list[str] = []
    with _first(path, requests, strength, notes, indexed=False) as plain:
        scale = Scale.of(plain.values, plain.item)
        places = _planes(plain)
        rows = [_original(plain, scale, places)]
        for request in plain.requests:
            if find_mode(request.mode).pools_whole_pixels and plain.from_palette:
                with _first(path, [request], strength, [], indexed=True) as indexed:
                    rows.append(_row(indexed, request, scale, places))
            else:
                rows.append(_row(plain, request, scale, places))
        notes += _drawing_notes(plain, rows)
    count = math.prod(_plane_counts(plain))
    if count > len(places):
        notes.append(f"the first {len(places)} of {count} planes are drawn, all are measured")
    names = [_name(place, plain.axes[-2:]) for place in places]
    return Comparison(path, describe_window(requests[0]), rows, names, notes)


def _drawing_notes(plain: _Input, rows: Sequence[Row]) -> Iterator[str]:
    """What is to be known of what is seen."""
    values = plain.values
    if plain.item.has_alpha:
        yield "the numbers leave alpha out"
    if plain.from_palette and any(
        row.mode and find_mode(row.mode).pools_whole_pixels for row in rows
    ):
        yield "mode pools the palette's indices, to which noise would mean nothing"
    if values.dtype.kind in "fc" and np.isnan(values).any():
        yield "what is not a number is drawn red"
    if values.dtype.kind == "u" and plain.item.image_mode is not None:
        most = np.iinfo(values.dtype).max
        over = [row.name for row in rows if row.peak is not None and row.peak > most]
        if over:
            yield f"pictures of {' and '.join(over)} hold at most {most}; the numbers are unrounded"


@contextmanager
def _first(
    path: str, requests: Sequence[Request], strength: float, notes: list[str], *, indexed: bool
) -> Iterator[_Input]:
    """The first array or frame of an input, in memory."""
    with open_document(path, requests[0].max_pixels, indexed=indexed) as document:
        items = document.items()
        item = next(items, None)
        if item is None:
            raise ReadError("holds no arrays")
        notes += _notes(document)
        shape, dtype = item.source.shape, item.source.dtype
        if not math.prod(shape):
            raise ReadError(f"there is nothing in it to compare: {size_text(shape)}")
        if item.image_mode is None and math.prod(shape) > LARGEST:
            raise LimitError(
                f"{size_text(shape)} is more than {LARGEST:,} elements, which are held "
                "in memory; compare a part of it"
            )
        if dtype.kind == "c":  # of which few modes make anything
            able = [each for each in requests if find_mode(each.mode).accepts_complex]
            if able and len(able) < len(requests):
                notes.append("complex numbers: the other modes make nothing of them")
            requests = able or requests
        request = requests[0]
        spatial = pooled_axes(item, request)
        notes += looks_channels_last(shape, spatial, request.window)
        doubts = [padding_for_exponent(each) for each in requests]
        if all(doubts):  # otherwise modes without an exponent are compared too
            notes += dict.fromkeys(words for each in doubts for words in each)
        recipe = prepare_recipe(
            shape, dtype, request.mode, request.window, spatial,
            core_options(item, request, None, indices=False),
        )  # fmt: skip
        values = np.array(item.source[tuple(slice(0, size) for size in shape)])
        values = values.astype(dtype.newbyteorder("="), copy=False)
        axes = tuple(recipe.axes)
        ignored = as_ignored_elements(request.ignore, values.dtype) if item.palette is None else ()
        moved = [shifted(values, axis) for axis in axes[-2:]]
        with_noise = None
        if values.dtype != bool and item.palette is None:
            with_noise = noisy(values, strength, ignored, alpha=item.has_alpha)
        from_palette = document.animation.from_palette
        yield _Input(item, values, axes, moved, with_noise, ignored, from_palette, requests)


def _notes(document: Document) -> list[str]:
    notes = list(document.notes)
    if document.count > 1:
        what = "array" if document.format == "NPZ" else "frame"
        notes.append(f"the first of {document.count} {what}s")
    return notes


def _original(given: _Input, scale: Scale, places: list[tuple[int, ...]]) -> Row:
    before = given.values
    moved = [given.change(before, each) for each in given.moved]
    noise = None if given.noisy is None else given.change(before, given.noisy)
    tiles = _tiles(given, before, scale, places)
    return _told(given, None, before, (_mean_of(moved), noise), tiles)


def _row(given: _Input, request: Request, scale: Scale, places: list[tuple[int, ...]]) -> Row:
    pooled = _pooled(given, given.values, request)
    moved = [given.change(pooled, _pooled(given, each, request)) for each in given.moved]
    noise = None
    if given.noisy is not None:
        noise = given.change(pooled, _pooled(given, given.noisy, request))
    tiles = _tiles(given, pooled, scale, places)
    return _told(given, request, pooled, (_mean_of(moved), noise), tiles)


def _told(
    given: _Input,
    request: Request | None,
    values: Values,
    changes: tuple[float | None, float | None],
    tiles: list[Tile],
) -> Row:
    seen = given.seen(values)
    # A picture is written in its own depth.
    dtype = values.dtype if given.item.image_mode is None else given.values.dtype
    return Row(
        mode=None if request is None else request.mode,
        argument=None if request is None else _argument(request),
        shape=values.shape,
        dtype=dtype.name,
        nbytes=values.size * dtype.itemsize,
        kept=values.size / given.values.size,
        peak=peak(seen, given.ignored),
        mean=mean(seen, given.ignored),
        shift=changes[0],
        noise=changes[1],
        tiles=tiles,
    )


def _argument(request: Request) -> float | None:
    """The number that a mode was given, or has by itself."""
    mode = find_mode(request.mode)
    if "q" in mode.arguments:
        return request.q
    return as_norm_type(mode, request.norm) if "norm_type" in mode.arguments else None


def _pooled(given: _Input, values: Values, request: Request) -> Values:
    """The unrounded result, as an array would be written."""
    options = core_options(given.item, request, None, indices=False)
    made = pool_array(values, request.mode, request.window, given.axes, options, request.jobs)
    assert not isinstance(made, tuple)
    return made


def _mean_of(changes: list[float | None]) -> float | None:
    found = [each for each in changes if each is not None]
    return float(np.sqrt(np.mean(np.square(found)))) if found else None


def _planes(given: _Input) -> list[tuple[int, ...]]:
    """Where the first planes are: a place on each axis but the last two spatial ones."""
    counts = _plane_counts(given)
    return list(islice(product(*map(range, counts)), PLANES)) if counts else [()]


def _plane_counts(given: _Input) -> list[int]:
    """How many planes lie along each axis; nothing for a picture, which is one."""
    if given.item.image_mode is not None:
        return []
    rows = given.axes[-2:]
    return [1 if axis in rows else size for axis, size in enumerate(given.values.shape)]


def _tiles(
    given: _Input, values: Values, scale: Scale, places: list[tuple[int, ...]]
) -> list[Tile]:
    scale, words = (scale, "") if values is given.values else scale_of(given.seen(values), scale)
    if given.item.image_mode is not None:
        return [tile_of(given.colours(values), given.item, scale, words)]
    rows = given.axes[-2:]
    tiles = []
    for place in places:
        # Of spatial axes before the last two the result has fewer places.
        sizes = zip(values.shape, given.values.shape, strict=True)
        index = tuple(
            slice(None) if axis in rows else place[axis] * size // of
            for axis, (size, of) in enumerate(sizes)
        )
        tiles.append(tile_of(np.atleast_2d(values[index]), given.item, scale, words))
    return tiles


def _name(place: tuple[int, ...], rows: tuple[int, ...]) -> str:
    """Which plane it is, as NumPy indexes it."""
    if len(place) <= len(rows):
        return ""
    return f"[{', '.join(':' if axis in rows else str(at) for axis, at in enumerate(place))}]"
