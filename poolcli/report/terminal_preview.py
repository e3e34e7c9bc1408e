"""Thumbnails of an input and its output, drawn side by side in the terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image
from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.text import Text

from poolcli.report.record import Thumbnail, ThumbnailPair

ARROW = " → "

MAX_COLUMNS, MAX_LINES = 48, 24
"""The largest size of each drawing, in characters."""

UPPER_HALF_BLOCK = "▀"
"""Its upper half shows the foreground colour, its lower half the background colour."""

GREY_RAMP = " .:-=+*#%@"
"""Characters from dark to light, for terminals without colours."""

LUMA_WEIGHTS = np.array([0.299, 0.587, 0.114])
"""The weights of red, green and blue in ITU-R BT.601, which Pillow uses too."""

PixelRows = npt.NDArray[np.uint8]


def preview_lines(thumbnails: ThumbnailPair, console: Console, width: int) -> Iterator[Text]:
    """Draw an input and its output side by side, both at the same size.

    Parameters
    ----------
    thumbnails : ThumbnailPair
        The images.
    console : Console
        The console whose colours are used; rich finds the nearest of 256 or 16.
    width : int
        The number of columns of the terminal.

    Yields
    ------
    Text
        A line. Each character shows two pixels, one above the other. Without colours, it shows
        their mean brightness.
    """
    image_width, image_height = thumbnails.before.size
    columns = max(1, min(MAX_COLUMNS, (width - len(ARROW)) // 2))
    line_count = max(1, round(columns * image_height / image_width / 2))
    if line_count > MAX_LINES:
        columns, line_count = max(1, round(columns * MAX_LINES / line_count)), MAX_LINES
    images = [_resized(each, (columns, 2 * line_count)) for each in thumbnails]
    has_colours = console.color_system is not None and not console.no_color
    use_colours = has_colours and _can_encode(console, UPPER_HALF_BLOCK)
    draw_line = _colour_line if use_colours else _grey_line
    arrow = ARROW if _can_encode(console, ARROW) else " > "
    for number in range(line_count):
        before, after = (draw_line(image[2 * number : 2 * number + 2]) for image in images)
        is_middle = number == (line_count - 1) // 2
        yield Text.assemble(before, arrow if is_middle else " " * len(arrow), after)


def _resized(thumbnail: Thumbnail, size: tuple[int, int]) -> PixelRows:
    """Return a thumbnail at a size (width, height): block means or repeated pixels."""
    with Image.open(io.BytesIO(thumbnail.data)) as image:
        return np.asarray(image.convert("RGB").resize(size, Image.Resampling.BOX))


def _colour_line(rows: PixelRows) -> Text:
    """Return two rows of pixels as coloured half blocks."""
    text = Text()
    for upper, lower in zip(*rows.tolist(), strict=True):
        style = Style(color=Color.from_rgb(*upper), bgcolor=Color.from_rgb(*lower))
        text.append(UPPER_HALF_BLOCK, style)
    return text


def _grey_line(rows: PixelRows) -> Text:
    """Return two rows of pixels as characters of the grey ramp."""
    grey = rows.mean(axis=0) @ LUMA_WEIGHTS
    steps = np.minimum(grey * len(GREY_RAMP) / 256, len(GREY_RAMP) - 1).astype(int)
    return Text("".join(GREY_RAMP[step] for step in steps))


def _can_encode(console: Console, text: str) -> bool:
    """Return whether the console's encoding holds a text."""
    return text.encode(console.encoding, "replace").decode(console.encoding) == text
