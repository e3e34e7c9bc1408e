"""Pooling one item, an array or a frame, through all its levels."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from poolcli.batch.array_statistics import Side, metered, side_of, written_metered
from poolcli.core.axis import Axis
from poolcli.core.engine.run_blocks import run_recipe
from poolcli.core.errors import WindowError
from poolcli.core.prepare_recipe import prepare_recipe
from poolcli.core.recipe import Options, Recipe
from poolcli.io.document import Item
from poolcli.io.images.image_modes import mode_of_array
from poolcli.io.images.normalize import normalize_to_uint8
from poolcli.io.images.output_image import OutputImage
from poolcli.request import Request

if TYPE_CHECKING:
    from poolcli.batch.large_outputs import Sinks


class Level(NamedTuple):
    """One level's result.

    Attributes
    ----------
    key : str, optional
        The name of the npz member.
    result : ndarray, OutputImage or Sink
        As it is written: a canvas where that is as a picture; in its file where it is large.
    places : ndarray or Sink of int64, optional
        Where each value stood.
    fortran : bool
        Whether it came from an npy file in Fortran order.
    seconds : float
        The time that pooling it took.
    """

    key: str | None
    result: Any
    places: Any
    axes: dict[int, Axis]
    before: Side
    after: Side
    fortran: bool = False
    seconds: float = 0.0

    @property
    def kind(self) -> str:
        """The image mode, as `poolcli.io.formats` has them; empty for what is no picture."""
        if not isinstance(self.result, OutputImage):
            return ""
        palette = self.result.palette
        return self.result.mode if palette is None else palette.mode

    @property
    def is_opaque(self) -> bool:
        """Whether nothing shows through it."""
        return not isinstance(self.result, OutputImage) or self.result.is_opaque


def pool_item(item: Item, request: Request, sinks: Sinks, *, as_image: bool) -> list[Level]:
    """Pool an item, level by level; each level pools the unrounded one before.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the window does not fit, at any level, before anything is computed.
    """
    axes = spatial_axes(item, request)
    recipes = _recipes(item, request, axes, as_image=as_image)
    levels = []
    source: Any = item.source
    fortran = bool(getattr(getattr(source, "header", None), "fortran", False))
    for number, recipe in enumerate(recipes, 1):
        start = perf_counter()
        dtype = _written_dtype(item, recipe, request, as_image=as_image)
        options = options_of(item, request, dtype, indices=request.indices is not None)
        final = prepare_recipe(
            source.shape, source.dtype, request.mode, request.window, axes, options
        )
        reading = metered(source, item, request)
        result: Any = _canvas(item, final, request, as_image)
        if result is None:
            level = None if request.levels is None else number
            result = sinks.result(level, source, final, fortran=fortran)
        places = sinks.indices(source, final, fortran=fortran) if final.return_indices else None
        writing = written_metered(result, item, request)
        run_recipe(final, reading, result if writing is None else writing, places, request.jobs)
        unrounded = result
        if number < len(recipes) and final.out_dtype != recipe.out_dtype:
            unrounded = sinks.between(source, recipe, fortran=fortran)
            run_recipe(recipe, reading, unrounded, None, request.jobs)
        spatial = tuple(recipe.axes)
        before = side_of(reading, item, request, spatial)
        if request.normalize:
            result = normalize_to_uint8(result)
        after = side_of(
            result, item, request, spatial,
            None if writing is None else writing.statistics, before.stats,
        )  # fmt: skip
        if isinstance(result, np.ndarray) and as_image:
            result = OutputImage.from_array(result, _mode_like(item, result))
        spent = perf_counter() - start
        levels.append(Level(item.key, result, places, recipe.axes, before, after, fortran, spent))
        source = unrounded
    return levels


def spatial_axes(item: Item, request: Request) -> tuple[int, ...] | None:
    """The spatial axes: a picture's first two, else what the layout says, else the default.

    Raises
    ------
    WindowError
        If the layout is not that of the picture, or has not as many axes as the array.
    """
    if item.image_mode is not None:
        _check_picture_layout(item, request.layout)
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


def _check_picture_layout(item: Item, layout: str | None) -> None:
    shape = item.source.shape
    own = "HWC" if len(shape) == 3 else "HW"
    able = (None, own) if item.palette is None else (None, own, "HWC")  # its colours are HWC
    if layout not in able:
        raise WindowError(
            f"the layout {layout} is not that of the picture, which is {own} "
            f"({'x'.join(map(str, shape))}); leave --layout out, it is for arrays"
        )


def options_of(item: Item, request: Request, dtype: Any, *, indices: bool) -> Options:
    """The core's options for an item; `dtype` is what it is to round to, None for nothing."""
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
        options = options_of(item, request, None, indices=False)
        try:
            recipe = prepare_recipe(shape, dtype, request.mode, request.window, axes, options)
        except WindowError as error:
            raise WindowError(f"level {number + 1}: {error}" if number else str(error)) from None
        if exact and recipe.out_dtype == np.float32:
            options = options._replace(dtype=np.float64)
            recipe = prepare_recipe(shape, dtype, request.mode, request.window, axes, options)
        recipes.append(recipe)
        shape, dtype = recipe.out_shape, recipe.out_dtype
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


def _canvas(item: Item, recipe: Recipe, request: Request, as_image: bool) -> OutputImage | None:
    """What a picture's result is put into; None for arrays, and for other dtypes than its own."""
    own = recipe.out_dtype == item.source.dtype.newbyteorder("=")
    if item.image_mode is None or not as_image or request.normalize or not own:
        return None
    mode = "1" if item.one_bit and recipe.mode.keeps_one_bit else item.image_mode
    return OutputImage(mode, recipe.out_shape, item.palette)


def _mode_like(item: Item, array: npt.NDArray[Any]) -> str:
    """A mode for an array; with channels of 8 bits, the mode that the picture had."""
    if item.image_mode is not None and array.ndim == 3 and array.dtype == np.uint8:
        return item.image_mode
    return mode_of_array(array)
