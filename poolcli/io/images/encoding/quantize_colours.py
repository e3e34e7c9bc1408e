"""Quantization of colours, for formats that store indices into a palette."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from poolcli.io.note_callback_type import AddNote

MIN_VISIBLE_ALPHA = 128
"""The alpha below which a pixel is transparent in a format without partial transparency."""

MAX_COLOURS = 256


def has_transparent_pixels(frame: Image.Image) -> bool:
    """Return whether some pixels are transparent in a format without partial transparency.

    Examples
    --------
    >>> has_transparent_pixels(Image.new("RGBA", (1, 1), (0, 0, 0, 127)))
    True
    """
    if frame.mode != "RGBA":
        return False
    lowest: Any = frame.getchannel("A").getextrema()[0]
    return bool(lowest < MIN_VISIBLE_ALPHA)


def quantize_colours(
    frame: Image.Image, add_note: AddNote, *, transparent: bool = False
) -> Image.Image:
    """Return an image as indices into a palette; it is exact if it has few enough colours.

    Parameters
    ----------
    frame : Image
        RGB or RGBA.
    add_note : callable
        Called with each note for the report.
    transparent : bool
        Whether the last index of the palette is transparent.

    Returns
    -------
    Image
        An image of mode P.

    Examples
    --------
    >>> image = Image.new("RGBA", (2, 1), (9, 8, 7, 0))
    >>> indexed = quantize_colours(image, print, transparent=True)
    >>> indexed.mode, indexed.info["transparency"]
    ('P', 1)
    """
    if frame.mode == "RGBA" and any(frame.getchannel("A").histogram()[1:255]):
        add_note("pixels that were partly transparent became opaque or transparent")
    if not transparent:
        colours = frame if frame.mode == "RGB" else frame.convert("RGB")
        return _quantize(colours, MAX_COLOURS, add_note)
    frame = frame.convert("RGBA")
    visible = frame.getchannel("A").point(lambda alpha: 255 if alpha >= MIN_VISIBLE_ALPHA else 0)
    hidden = visible.point(lambda value: 255 - value)
    colours = frame.convert("RGB")
    # Colours of hidden pixels must not take up places in the palette.
    colours.paste(_first_visible_colour(colours, visible), mask=hidden)
    indexed = _quantize(colours, MAX_COLOURS - 1, add_note)
    palette = (indexed.getpalette("RGB") or [])[: 3 * (MAX_COLOURS - 1)]
    transparent_index = len(palette) // 3
    indexed.putpalette([*palette, 0, 0, 0])
    indexed.paste(transparent_index, mask=hidden)
    indexed.info["transparency"] = transparent_index
    return indexed


def _first_visible_colour(colours: Image.Image, visible: Image.Image) -> Any:
    """Return the colour of the first visible pixel, row by row; black if there is none."""
    if visible.getbbox() is None:
        return 0, 0, 0
    top, left = divmod(int(np.asarray(visible).argmax()), visible.width)
    return colours.getpixel((left, top))


def _quantize(colours: Image.Image, max_colours: int, add_note: AddNote) -> Image.Image:
    if colours.getcolors(max_colours) is None:
        add_note(f"colours became the nearest of {max_colours}")
    return colours.quantize(max_colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
