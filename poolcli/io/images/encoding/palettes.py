"""Palettes for formats whose colours are few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PIL import Image

CLEAR_BELOW = 128
"""An alpha below this is transparent where there is nothing between that and opaque."""

COLOURS = 256


def has_clear(frame: Image.Image) -> bool:
    """Whether a picture of colours has pixels that are transparent where there is no between."""
    if frame.mode != "RGBA":
        return False
    least: Any = frame.getchannel("A").getextrema()[0]
    return bool(least < CLEAR_BELOW)


def as_palette(
    frame: Image.Image, say: Callable[[str], None], *, clear: bool = False
) -> Image.Image:
    """A picture of colours as indices into a palette; exact where its colours are few enough.

    Parameters
    ----------
    frame : Image
        RGB or RGBA.
    say : callable
        Takes what the person should know.
    clear : bool
        Whether the last index is transparent.

    Examples
    --------
    >>> made = as_palette(Image.new("RGBA", (2, 1), (9, 8, 7, 0)), print, clear=True)
    >>> made.mode, made.info["transparency"]
    ('P', 1)
    """
    if frame.mode == "RGBA" and any(frame.getchannel("A").histogram()[1:255]):
        say("pixels that were partly transparent became opaque or transparent")
    if not clear:
        colours = frame if frame.mode == "RGB" else frame.convert("RGB")
        return _indexed(colours, COLOURS, say)
    frame = frame.convert("RGBA")
    seen = frame.getchannel("A").point(lambda alpha: 255 if alpha >= CLEAR_BELOW else 0)
    colours = frame.convert("RGB")
    # Hidden colours must not take the place of seen ones.
    box = seen.getbbox()
    shown = (0, 0, 0)
    if box is not None:
        row = seen.crop((0, box[1], seen.width, box[1] + 1)).getbbox()
        shown = colours.getpixel((row[0] if row else 0, box[1]))  # type: ignore[assignment]
    colours.paste(shown, mask=seen.point(lambda alpha: 255 - alpha))
    made = _indexed(colours, COLOURS - 1, say)
    palette = (made.getpalette("RGB") or [])[: 3 * (COLOURS - 1)]
    index = len(palette) // 3
    made.putpalette([*palette, 0, 0, 0])
    made.paste(index, mask=seen.point(lambda alpha: 255 - alpha))
    made.info["transparency"] = index
    return made


def _indexed(colours: Image.Image, most: int, say: Callable[[str], None]) -> Image.Image:
    if colours.getcolors(most) is None:
        say(f"colours became the nearest of {most}")
    return colours.quantize(most, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
