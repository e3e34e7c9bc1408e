"""Before and after, drawn in the terminal."""

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

from poolcli.report.record import Thumb, Thumbs

ARROW = " → "

WIDEST, HIGHEST = 48, 24
"""The most columns and lines that each of the two takes."""

HALF = "▀"
"""Its upper half has the colour of the letter, its lower that of the ground."""

RAMP = " .:-=+*#%@"
"""From dark to light, where there are no colours."""

Pixels = npt.NDArray[np.uint8]


def drawn(thumbs: Thumbs, console: Console, width: int) -> Iterator[Text]:
    """Draw two small pictures side by side, as large as each other.

    Parameters
    ----------
    thumbs : Thumbs
        The pictures.
    console : Console
        Whose colours are to do; rich finds the nearest of 256 or 16.
    width : int
        The columns that there are.

    Yields
    ------
    Text
        A line. A character is two pixels, one over the other; without colours it is as dark as
        both are together.
    """
    wide, high = thumbs.before.size
    columns = max(1, min(WIDEST, (width - len(ARROW)) // 2))
    lines = max(1, round(columns * high / wide / 2))
    if lines > HIGHEST:
        columns, lines = max(1, round(columns * HIGHEST / lines)), HIGHEST
    size = columns, 2 * lines
    sides = [_sized(each, size) for each in (thumbs.before, thumbs.after)]
    coloured = console.color_system is not None and not console.no_color and _can(console, HALF)
    line = _coloured if coloured else _plain
    arrow = ARROW if _can(console, ARROW) else " > "
    for number in range(lines):
        pairs = [side[2 * number : 2 * number + 2] for side in sides]
        middle = arrow if number == (lines - 1) // 2 else " " * len(arrow)
        yield Text.assemble(line(pairs[0]), middle, line(pairs[1]))


def _sized(thumb: Thumb, size: tuple[int, int]) -> Pixels:
    """Means where it gets smaller, squares where it gets larger."""
    with Image.open(io.BytesIO(thumb.data)) as image:
        return np.asarray(image.convert("RGB").resize(size, Image.Resampling.BOX))


def _coloured(pair: Pixels) -> Text:
    text = Text()
    for upper, lower in zip(*pair.tolist(), strict=True):
        text.append(HALF, Style(color=Color.from_rgb(*upper), bgcolor=Color.from_rgb(*lower)))
    return text


def _plain(pair: Pixels) -> Text:
    # ITU-R BT.601's weights, as Pillow has them.
    grey = pair.mean(axis=0) @ np.array([0.299, 0.587, 0.114])
    steps = np.minimum(grey * len(RAMP) / 256, len(RAMP) - 1).astype(int)
    return Text("".join(RAMP[step] for step in steps))


def _can(console: Console, text: str) -> bool:
    try:
        text.encode(console.encoding)
    except UnicodeEncodeError:
        return False
    return True
