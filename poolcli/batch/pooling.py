"""Pooling one item, an array or a frame, through all its levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from poolcli.core.axis import Axis
from poolcli.core.errors import WindowError
from poolcli.core.modes import find
from poolcli.core.recipe import Options, Recipe, prepare
from poolcli.core.slabs import run
from poolcli.core.stats import Stats, measure
from poolcli.media.pixels import Palette, mode_of_array, normalized
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
    array : ndarray
        As it is written.
    image_mode : str, optional
        What it is as a picture, where it is to be one.
    places : ndarray of int64, optional
        Where each value stood.
    palette : Palette, optional
        What the values are indices into, where it is to be a picture.
    fortran : bool
        Whether it came from an npy file in Fortran order.
    """

    key: str | None
    array: npt.NDArray[Any]
    image_mode: str | None
    places: npt.NDArray[np.int64] | None
    axes: dict[int, Axis]
    before: Side
    after: Side
    palette: Palette | None = None
    fortran: bool = False

    @property
    def kind(self) -> str:
        """The image mode, as `poolcli.media.formats` has them; empty for what is no picture."""
        return self.image_mode or "" if self.palette is None else self.palette.mode


def pool_item(item: Item, request: Request, *, as_image: bool) -> list[Level]:
    """Pool an item, level by level; each level pools the unrounded one before.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the window does not fit, at any level, before anything is computed.
    """
    axes = spatial_axes(item, request)
    recipes = _recipes(item, request, axes)
    measured = request.report != "none"
    levels = []
    source: Source = item.source
    before = _side(source, item, request, measured=measured)
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
        array, places = _run(final, source, request)
        unrounded = array
        if not is_last and written is not None:
            unrounded, _ = _run(recipe, source, request)
        array, mode = _as_written(
            item, array, request, as_image=as_image, one_bit=recipe.mode.one_bit
        )
        after = _side(array, item, request, measured=measured)
        fortran = bool(getattr(getattr(item.source, "header", None), "fortran", False))
        palette = item.palette if mode == "P" else None
        levels.append(
            Level(item.key, array, mode, places, recipe.axes, before, after, palette, fortran)
        )
        source = unrounded
        before = _side(unrounded, item, request, measured=measured) if not is_last else before
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


def _recipes(item: Item, request: Request, axes: tuple[int, ...] | None) -> list[Recipe]:
    """The unrounded recipes of all levels; wrong windows show here."""
    shape, dtype = item.source.shape, item.source.dtype
    recipes = []
    for number in range(request.levels or 1):
        try:
            recipe = prepare(
                shape,
                dtype,
                request.mode,
                request.window,
                axes,
                _options(item, request, None, indices=False),
            )
        except WindowError as error:
            raise WindowError(f"level {number + 1}: {error}" if number else str(error)) from None
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


def _run(
    recipe: Recipe, source: Source, request: Request
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64] | None]:
    values = np.empty(recipe.out_shape, recipe.result)
    places = np.empty(recipe.out_shape, np.int64) if recipe.indices else None
    run(recipe, source, values, places, request.jobs)
    return values, places


def _as_written(
    item: Item, array: npt.NDArray[Any], request: Request, *, as_image: bool, one_bit: bool
) -> tuple[npt.NDArray[Any], str | None]:
    """The array as it goes into the file, and its mode where that is a picture."""
    if request.normalize:
        array = normalized(array)
    if not as_image:
        return array, None
    if item.palette is not None and request.normalize:  # no index any more
        return array, mode_of_array(array)
    if item.image_mode is None or array.dtype != item.source.dtype.newbyteorder("="):
        return array, _mode_like(item, array)
    return array, "1" if item.one_bit and one_bit else item.image_mode


def _mode_like(item: Item, array: npt.NDArray[Any]) -> str:
    """A mode for an array; with channels of 8 bits, the mode that the picture had."""
    if item.image_mode is not None and array.ndim == 3 and array.dtype == np.uint8:
        return item.image_mode
    return mode_of_array(array)


def _side(source: Source, item: Item, request: Request, *, measured: bool) -> Side:
    stats = Stats()
    if measured:
        pixels = _channels(item) != "none" and find(request.mode).whole_pixels
        stats = measure(source, request.ignore, alpha=item.has_alpha, pixels=pixels)
    shown = SHOWN_AT_MOST if request.values else SHOWN_ELEMENTS
    wanted = request.report == "table" and request.values is not False
    values = None
    if wanted and int(np.prod(source.shape, dtype=np.float64)) <= shown:
        values = np.array(source[tuple(slice(0, size) for size in source.shape)])
    return Side(tuple(source.shape), source.dtype.name, stats, values)
