"""An explanation as an animation: the window moves over the input while the output fills."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from poolcli.explain.animation.figure_changes import figure_changes
from poolcli.explain.animation.steps import animation_steps
from poolcli.explain.explanation import Explanation
from poolcli.explain.figure.arrangement import ArrangedFigure
from poolcli.explain.figure.grid_size import MIN_FONT_SIZE
from poolcli.explain.figure.layout import (
    MAX_POSITIONS,
    MAX_POSITIONS_IN_SLICES,
    MAX_SLICES,
    arrange,
)
from poolcli.explain.figure.style import FigureStyle
from poolcli.io.images.animation.animated_gif import encode_gif
from poolcli.io.images.animation.animated_png import encode_apng
from poolcli.io.images.animation.animated_webp import encode_webp
from poolcli.io.images.animation.frame_changes import FrameChange

if TYPE_CHECKING:
    from poolcli.explain.explainer import Explainer

LONGEST_RUN = 30
"""The number of seconds that the windows take at most, unless the user chooses a speed."""

FIRST_FRAME, LAST_FRAME = Fraction(1), Fraction(2)
"""The shortest durations of the first and of the last frame, in seconds."""

POSITIONS = 16, 14, 12, 10, 8, 6, 5, 4, 3, 2, 1
"""The numbers of positions along an axis to try, from the largest one that a figure may have."""

MIN_POSITIONS = 4
"""The number of positions below which to go only if the figure does not fit otherwise."""

MAX_BYTES, DEFAULT_WIDTH = 1_000_000, 1280
"""The largest size of a file of the default width; a wider one may be larger in proportion."""

MIN_FONT_SHARE = 0.0115
"""The smallest font size of numbers in cells, in widths of the animation."""

FONT_SHARE_OF_COLOURS = 0.7
"""The smallest font size of cells that have colours only, in that of cells with numbers."""

MAX_HEIGHT_SHARE, MAX_HEIGHT_OF_NARROW = 0.6, 440
"""The largest height, in widths of the animation, and in pixels for a narrow one.

A slide has 0.5625. A narrow animation cannot have that, because text has a smallest size.
"""


def animation_bytes(
    explanation: Explanation,
    extension: str,
    style: FigureStyle,
    fps: float | None = None,
    max_bytes: float = math.inf,
) -> bytes | None:
    """Return the animation of an explanation as the content of a file.

    Its frames are an empty output, each window with its arithmetic, and the whole output.

    Parameters
    ----------
    explanation : Explanation
        The explanation.
    extension : str
        The format: ``".webp"``, ``".png"`` or ``".apng"``, else GIF.
    style : FigureStyle
        The look.
    fps : float, optional
        The number of windows per second, up to 50. By default 1, or more if all windows would
        take longer than half a minute.
    max_bytes : float
        The size from which on the animation is given up.

    Returns
    -------
    bytes or None
        None if the frames are larger than `max_bytes`.
    """
    steps = animation_steps(explanation)
    arranged = arrange(explanation, style, is_animated=True)
    seconds = frame_durations(len(steps), fps)
    size = style.width, arranged.height

    def make_changes() -> Iterator[FrameChange]:
        return figure_changes(map(arranged.figure, steps))

    if extension == ".webp":
        return encode_webp(size, make_changes(), seconds, max_bytes)
    if extension in (".png", ".apng"):
        return encode_apng(size, make_changes, seconds, max_bytes)
    return encode_gif(size, make_changes(), seconds, max_bytes)


def animate(
    explainer: Explainer,
    at: tuple[int, ...] | None,
    extension: str,
    style: FigureStyle,
    fps: float | None = None,
) -> bytes:
    """Return the animation of an input as the content of a file that can go on a slide.

    Parameters
    ----------
    explainer : Explainer
        The explainer of an input.
    at : tuple of int, optional
        The position of the element to show.
    extension : str
        The format, as in `animation_bytes`.
    style : FigureStyle
        The look.
    fps : float, optional
        The number of windows per second, as in `animation_bytes`.
    """
    max_bytes = MAX_BYTES * max(1, style.width / DEFAULT_WIDTH)
    for explanation in legible_explanations(explainer, at, style):
        data = animation_bytes(explanation, extension, style, fps, max_bytes)
        if data is not None and len(data) <= max_bytes:
            return data
    smallest = animation_bytes(explanation, extension, style, fps)
    assert smallest is not None
    return smallest


def legible_explanations(
    explainer: Explainer, at: tuple[int, ...] | None, style: FigureStyle
) -> Iterator[Explanation]:
    """Yield explanations of as much of an input as can be read on a slide, each of less.

    Parameters
    ----------
    explainer : Explainer
        The explainer of an input.
    at : tuple of int, optional
        The position of the element to show.
    style : FigureStyle
        The look of the animation.

    Yields
    ------
    Explanation
        At most 16 by 16 positions, of several slices 8 by 8; fewer if numbers would be small or
        the frames high. Windows are cut off, and less than 4 positions shown, only if no more fit.
    """
    largest = MAX_POSITIONS_IN_SLICES if len(explainer.recipe.axes) > 2 else MAX_POSITIONS
    found: list[Explanation] = []
    is_any_legible = does_last_fit = False
    for limit in (each for each in POSITIONS if each <= largest):
        explanation = explainer.explain(at, limit, limit, MAX_SLICES)
        if found and explanation.crops == found[-1].crops:
            continue
        is_cut = bool(found) and has_whole_windows(found[0]) and not has_whole_windows(explanation)
        if does_last_fit and (is_cut or limit < MIN_POSITIONS):
            break
        found.append(explanation)
        arranged = arrange(explanation, style, is_animated=True)
        does_last_fit = arranged.fits
        if is_legible(arranged):
            is_any_legible = True
            yield explanation
    if not is_any_legible:
        yield found[-1]


def is_legible(arranged: ArrangedFigure) -> bool:
    """Return whether the numbers of an animation can be read, and its frames are not too high.

    Parameters
    ----------
    arranged : ArrangedFigure
        The figure. In the colours of an image with several channels there are no numbers.
    """
    explanation, width = arranged.content.explanation, arranged.total_width
    has_numbers = explanation.picture is None or len(explanation.planes) == 1
    font_size = max(MIN_FONT_SIZE, width * MIN_FONT_SHARE)
    if not has_numbers:
        font_size *= FONT_SHARE_OF_COLOURS
    is_large = arranged.arrangement.cell_font_size >= font_size
    height = max(width * MAX_HEIGHT_SHARE, MAX_HEIGHT_OF_NARROW)
    return is_large and arranged.height <= height and (arranged.content.has_text or not has_numbers)


def has_whole_windows(explanation: Explanation) -> bool:
    """Return whether all elements of the windows are shown.

    Parameters
    ----------
    explanation : Explanation
        The explanation.
    """
    return all(crop.has_whole_windows for crop in explanation.crops)


def frame_durations(frames: int, fps: float | None) -> list[Fraction]:
    """Return the duration of each frame in seconds; the first and the last one stay longer.

    Parameters
    ----------
    frames : int
        The number of frames.
    fps : float, optional
        The number of frames per second.

    Examples
    --------
    >>> [float(seconds) for seconds in frame_durations(4, 2)]
    [1.0, 0.5, 0.5, 2.0]
    >>> float(frame_durations(62, None)[1])
    0.5
    """
    if fps is None:
        duration = min(Fraction(1), Fraction(LONGEST_RUN, frames - 2))
    else:
        duration = 1 / Fraction(str(fps))
    first, last = max(FIRST_FRAME, duration), max(LAST_FRAME, 2 * duration)
    return [first, *[duration] * (frames - 2), last]
