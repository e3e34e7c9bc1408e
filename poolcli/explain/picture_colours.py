"""The colours of an image: of the elements shown, and of its pooled values as they are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from poolcli.core.dtypes import Array
from poolcli.explain.explanation import Colour, Picture, PlaneExplanation
from poolcli.io.document import Item
from poolcli.io.images.channels_to_rgb import alpha_to_uint8, channels_to_rgb
from poolcli.io.images.normalize_to_uint8 import normalize_to_uint8
from poolcli.io.images.palette import Palette

OPAQUE = 255
"""The alpha of opaque colours."""


def make_picture(item: Item, planes: Sequence[PlaneExplanation], written: Array) -> Picture:
    """Return the colours of the part of an image that is shown.

    Channels of 8 bits are kept. Others are mapped linearly to 8 bits, from the range of all values
    shown, input and output together, so that equal values have equal colours. The range of several
    channels includes 0, which keeps their hues.

    Parameters
    ----------
    item : Item
        The image.
    planes : sequence of PlaneExplanation
        One for each channel, or one of grey values, of palette indices or of whole pixels.
    written : ndarray, shape (slices, rows, columns) or (slices, rows, columns, channels)
        The output values, of the dtype of the image.
    """
    pixels = list(_pixels(planes))
    has_value = [pixel is not None for pixel in pixels]
    channel_shape = written.shape[3:]
    elements = np.zeros((len(pixels), *channel_shape), written.dtype)
    if any(has_value):
        elements[has_value] = [pixel for pixel in pixels if pixel is not None]
    results = written.reshape(-1, *channel_shape)
    colours = _colours(np.concatenate([elements, results]), item)
    of_elements = [
        colour if is_shown else None
        for colour, is_shown in zip(colours[: len(pixels)], has_value, strict=True)
    ]
    return Picture(
        elements=_by_slice_and_row(of_elements, planes[0].elements),
        results=_by_slice_and_row(colours[len(pixels) :], planes[0].windows),
    )


def _pixels(planes: Sequence[PlaneExplanation]) -> Iterator[Any]:
    """Yield the pixels shown as numbers or tuples; None for padding that does not count."""
    for slices in zip(*(plane.elements for plane in planes), strict=True):
        for rows in zip(*slices, strict=True):
            for channels in zip(*rows, strict=True):
                values = tuple(element.value for element in channels)
                pixel = values if len(planes) > 1 else values[0]
                yield None if None in values else pixel


def _by_slice_and_row(flat: Sequence[Any], like: Sequence[Sequence[Sequence[Any]]]) -> Any:
    """Return colours as nested lists of the same lengths as other ones."""
    colours = iter(flat)
    return [[[next(colours) for _ in row] for row in slice_] for slice_ in like]


def _colours(values: Array, item: Item) -> list[Colour]:
    """Return the colours of pixels, an array of the shape (pixels,) or (pixels, channels)."""
    assert item.image_mode is not None
    if item.palette is not None:
        shown = _palette_colours(item.palette)[values]
    else:
        shown = channels_to_rgb(_to_uint8(values, item)[None], item.image_mode)[0]
    alpha = np.full((len(shown), 1), OPAQUE, np.uint8)
    return [(r, g, b, a) for r, g, b, a in np.hstack([shown, alpha])[:, :4].tolist()]


def _to_uint8(values: Array, item: Item) -> npt.NDArray[np.uint8]:
    """Return channels reduced to 8 bits."""
    if values.dtype == np.uint8:
        return values
    colours = values[..., :-1] if item.has_alpha else values
    if colours.dtype.kind == "c":
        with np.errstate(over="ignore"):
            colours = np.abs(colours)
    in_range = np.append(colours, colours.dtype.type(0)) if colours.ndim > 1 else colours
    shown = normalize_to_uint8(in_range)[: colours.size].reshape(colours.shape)
    if item.has_alpha:
        alpha = alpha_to_uint8(values[..., -1:], item.source.dtype)
        shown = np.concatenate([shown, alpha], axis=-1)
    return shown


def _palette_colours(palette: Palette) -> npt.NDArray[np.uint8]:
    """Return red, green, blue and alpha of each of 256 indices."""
    table = np.full((256, 4), OPAQUE, np.uint8)
    table[:, :3] = np.frombuffer(palette.colours_of_256, np.uint8).reshape(-1, 3)
    transparency = palette.transparency
    if isinstance(transparency, int):
        table[transparency, 3] = 0
    elif transparency is not None:
        table[: len(transparency), 3] = np.frombuffer(transparency, np.uint8)
    return table


def over_grey(colour: Colour, grey: int) -> tuple[int, int, int]:
    """Return a colour blended with a grey behind it, as red, green and blue.

    Parameters
    ----------
    colour : (int, int, int, int)
        The colour.
    grey : int
        The grey, 0 to 255.

    Examples
    --------
    >>> over_grey((255, 0, 0, 255), 255), over_grey((255, 0, 0, 51), 255)
    ((255, 0, 0), (255, 204, 204))
    """
    *channels, alpha = colour
    red, green, blue = ((each * alpha + grey * (255 - alpha) + 127) // 255 for each in channels)
    return red, green, blue


def hex_colour(colour: tuple[int, int, int]) -> str:
    """Return red, green and blue as ``#rrggbb``."""
    return f"#{bytes(colour).hex()}"
