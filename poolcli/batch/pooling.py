"""Pooling one item, an array or a frame, through all its levels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from poolcli.core.axis import Axis
from poolcli.core.errors import WindowError
from poolcli.core.meter import ReadMeter, WriteMeter
from poolcli.core.modes import find
from poolcli.core.recipe import Options, Recipe, prepare
from poolcli.core.slabs import run
from poolcli.core.stats import Stats, measure
from poolcli.media.canvas import Canvas, canvas_of
from poolcli.media.pixels import mode_of_array, normalized
from poolcli.media.source import Item, Source
from poolcli.request import Request

SHOWN_ELEMENTS = 256
"""The largest input whose values a report shows unasked."""

SHOWN_AT_MOST = 1 << 16
"""The largest input whose values a report shows at all."""


@dataclass(frozen=True, slots=True)
class Side:
    """What there is to say of an array, before or after."""

    shape: tuple[int, ...]
    dtype: str
    stats: Stats
    values: npt.NDArray[Any] | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """One level's result.

    Attributes
    ----------
    key : str, optional
        The name of the npz member.
    result : ndarray or Canvas
        As it is written: a canvas where that is as a picture.
    places : ndarray of int64, optional
        Where each value stood.
    fortran : bool
        Whether it came from an npy file in Fortran order.
    """

    key: str | None
    result: npt.NDArray[Any] | Canvas
    places: npt.NDArray[np.int64] | None
    axes: dict[int, Axis]
    before: Side
    after: Side
    fortran: bool = False

    @property
    def kind(self) -> str:
        """The image mode, as `poolcli.media.formats` has them; empty for what is no picture."""
        if not isinstance(self.result, Canvas):
            return ""
        palette = self.result.palette
        return self.result.mode if palette is None else palette.mode

    @property
    def is_opaque(self) -> bool:
        """Whether nothing shows through it."""
        return not isinstance(self.result, Canvas) or self.result.is_opaque


def pool_item(item: Item, request: Request, *, as_image: bool) -> list[Level]:
    """Pool an item, level by level; each level pools the unrounded one before.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the window does not fit, at any level, before anything is computed.
    """
    axes = spatial_axes(item, request)
    recipes = _recipes(item, request, axes, as_image=as_image)
    levels = []
    source: Source = item.source
    reading: Source = _metered(source, item, request)
    for number, recipe in enumerate(recipes):
        is_last = number == len(recipes) - 1
        written = _written_dtype(item, recipe, request, as_image=as_image)
        final = prepare(
            source.shape,
            source.dtype,
            request.mode,
            request.window,
            axes,
            _options(item, request, written, indices=request.indices is not None),
        )
        canvas = _canvas(item, final, request, as_image)
        writing = _written_metered(canvas, item, request)
        result, places = _run(final, reading, request, canvas, writing)
        unrounded: Source = result
        if not is_last and final.result != recipe.result:
            unrounded, _ = _run(recipe, reading, request)
        before = _side(reading, item, request)
        if isinstance(result, np.ndarray) and request.normalize:
            result = normalized(result)
        after = _side(result, item, request, None if writing is None else writing.stats)
        if isinstance(result, np.ndarray) and as_image:
            result = canvas_of(result, _mode_like(item, result))
        fortran = bool(getattr(getattr(item.source, "header", None), "fortran", False))
        levels.append(Level(item.key, result, places, recipe.axes, before, after, fortran))
        source = reading = unrounded
    return levels


def spatial_axes(item: Item, request: Request) -> tuple[int, ...] | None:
    """The spatial axes: a picture's first two, else what the layout says, else the default."""
    if item.image_mode is not None:
        return (0, 1)
    if request.layout is None:
        return None
    rank = len(item.source.shape)
    if len(request.layout) != rank:
        raise WindowError(
            f"the layout {request.layout} has {len(request.layout)} axes, the array has {rank}: "
            f"{'x'.join(map(str, item.source.shape))}"
        )
    return tuple(axis for axis, letter in enumerate(request.layout) if letter in "DHW")


def _options(item: Item, request: Request, dtype: Any, *, indices: bool) -> Options:
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
    )


def _channels(item: Item) -> Literal["none", "plain", "alpha"]:
    if item.image_mode is None or len(item.source.shape) < 3:
        return "none"
    return "alpha" if item.has_alpha else "plain"


def _recipes(
    item: Item, request: Request, axes: tuple[int, ...] | None, *, as_image: bool
) -> list[Recipe]:
    """The unrounded recipes of all levels; wrong windows show here."""
    shape, dtype = item.source.shape, item.source.dtype
    # What lies between the levels of a picture is written nowhere, so it may be exact to the end.
    exact = as_image and item.image_mode is not None and dtype.kind in "ui"
    recipes = []
    for number in range(request.levels or 1):
        options = _options(item, request, None, indices=False)
        try:
            recipe = prepare(shape, dtype, request.mode, request.window, axes, options)
        except WindowError as error:
            raise WindowError(f"level {number + 1}: {error}" if number else str(error)) from None
        if exact and recipe.result == np.float32:
            options = replace(options, dtype=np.float64)
            recipe = prepare(shape, dtype, request.mode, request.window, axes, options)
        recipes.append(recipe)
        shape, dtype = recipe.out_shape, recipe.result
    return recipes


def _written_dtype(item: Item, recipe: Recipe, request: Request, *, as_image: bool) -> Any:
    """What the core is to round to; None for unrounded values."""
    if request.normalize:
        return None
    if request.dtype is not None:
        return np.dtype(request.dtype)
    if item.image_mode is not None and as_image:
        return item.source.dtype.newbyteorder("=")
    return None


def _canvas(item: Item, recipe: Recipe, request: Request, as_image: bool) -> Canvas | None:
    """What a picture's result is put into; None for arrays, and for other dtypes than its own."""
    own = recipe.result == item.source.dtype.newbyteorder("=")
    if item.image_mode is None or not as_image or request.normalize or not own:
        return None
    mode = "1" if item.one_bit and recipe.mode.one_bit else item.image_mode
    return Canvas(mode, recipe.out_shape, item.palette)


def _run(
    recipe: Recipe,
    source: Source,
    request: Request,
    canvas: Canvas | None = None,
    writing: WriteMeter | None = None,
) -> tuple[npt.NDArray[Any] | Canvas, npt.NDArray[np.int64] | None]:
    values = np.empty(recipe.out_shape, recipe.result) if canvas is None else canvas
    places = np.empty(recipe.out_shape, np.int64) if recipe.indices else None
    run(recipe, source, values if writing is None else writing, places, request.jobs)
    return values, places


def _metered(source: Source, item: Item, request: Request) -> Source:
    """A source that is measured on the way, where it is one whose boxes cost time to make."""
    is_picture = item.image_mode is not None
    return ReadMeter(source) if is_picture and _measures_on_the_way(source, request) else source


def _written_metered(canvas: Canvas | None, item: Item, request: Request) -> WriteMeter | None:
    if canvas is None or item.one_bit or not _measures_on_the_way(canvas, request):
        return None
    return WriteMeter(canvas)


def _measures_on_the_way(source: Source | Canvas, request: Request) -> bool:
    """Whether values add up to the same in any order, and all of them count."""
    exact = source.dtype.kind == "u" and source.dtype.itemsize <= 2
    return exact and request.report != "none" and request.ignore is None


def _mode_like(item: Item, array: npt.NDArray[Any]) -> str:
    """A mode for an array; with channels of 8 bits, the mode that the picture had."""
    if item.image_mode is not None and array.ndim == 3 and array.dtype == np.uint8:
        return item.image_mode
    return mode_of_array(array)


def _side(source: Source, item: Item, request: Request, stats: Stats | None = None) -> Side:
    if isinstance(source, ReadMeter):
        stats = source.stats()
    elif stats is None:
        stats = Stats()
        if request.report != "none":
            pixels = _channels(item) != "none" and find(request.mode).whole_pixels
            stats = measure(source, request.ignore, alpha=item.has_alpha, pixels=pixels)
    shown = SHOWN_AT_MOST if request.values else SHOWN_ELEMENTS
    wanted = request.report == "table" and request.values is not False
    values = None
    if wanted and int(np.prod(source.shape, dtype=np.float64)) <= shown:
        values = np.array(source[tuple(slice(0, size) for size in source.shape)])
    return Side(tuple(source.shape), source.dtype.name, stats, values)
