"""An explanation as an animation: the window moves over the input while the output fills."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from poolcli.explain.animation_steps import animation_steps
from poolcli.explain.explanation import Explanation
from poolcli.explain.figure_changes import figure_changes
from poolcli.explain.figure_grid_size import MIN_FONT_SIZE
from poolcli.explain.figure_layout import (
    MAX_POSITIONS,
    MAX_POSITIONS_IN_SLICES,
    MAX_SLICES,
    arrange,
)
from poolcli.explain.figure_style import FigureStyle
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

POSITIONS = 16, 14, 12, 10, 8, 6, 5, 4
"""The numbers of positions along an axis to try, from the largest one that a figure may have."""

MAX_BYTES, DEFAULT_WIDTH = 1_000_000, 1280
"""The largest size of a file of the default width; a wider one may be larger in proportion."""

MIN_FONT_SHARE = 0.0115
"""The smallest font size of numbers in cells, in widths of the animation."""

MAX_HEIGHT_SHARE, MAX_HEIGHT_OF_NARROW = 0.6, 440
"""The largest height, in widths of the animation, and in pixels for a narrow one.

A slide has 0.5625. A narrow animation cannot have that, because text has a smallest size.
"""


def animation_bytes(
    explanation: Explanation, extension: str, style: FigureStyle, fps: float | None = None
) -> bytes:
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
    """
    steps = animation_steps(explanation)
    arranged = arrange(explanation, style, is_animated=True)
    seconds = frame_durations(len(steps), fps)
    size = style.width, arranged.height

    def make_changes() -> Iterator[FrameChange]:
        return figure_changes(map(arranged.figure, steps))

    if extension == ".webp":
        return encode_webp(size, make_changes(), seconds)
    if extension in (".png", ".apng"):
        return encode_apng(size, make_changes, seconds)
    return encode_gif(size, make_changes(), seconds)


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
    limit = MAX_BYTES * max(1, style.width / DEFAULT_WIDTH)
    for explanation in legible_explanations(explainer, at, style):
        data = animation_bytes(explanation, extension, style, fps)
        if len(data) <= limit:
            break
    return data


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
        the frames high, but not so few that windows are cut off.
    """
    largest = MAX_POSITIONS_IN_SLICES if len(explainer.recipe.axes) > 2 else MAX_POSITIONS
    smallest: Explanation | None = None
    is_any_legible = False
    for limit in (each for each in POSITIONS if each <= largest):
        explanation = explainer.explain(at, limit, limit, MAX_SLICES)
        if smallest is not None and explanation.crops == smallest.crops:
            continue
        if smallest is not None and not _has_whole_windows(explanation):
            break
        smallest = explanation
        if is_legible(explanation, style):
            is_any_legible = True
            yield explanation
    if smallest is not None and not is_any_legible:
        yield smallest


def is_legible(explanation: Explanation, style: FigureStyle) -> bool:
    """Return whether the numbers of an animation can be read, and its frames are not too high.

    Parameters
    ----------
    explanation : Explanation
        The explanation.
    style : FigureStyle
        The look.
    """
    arranged = arrange(explanation, style, is_animated=True)
    has_numbers = explanation.picture is None or len(explanation.planes) == 1
    font_size = max(MIN_FONT_SIZE, style.width * MIN_FONT_SHARE)
    are_legible = arranged.content.has_text and arranged.arrangement.cell_font_size >= font_size
    height = max(style.width * MAX_HEIGHT_SHARE, MAX_HEIGHT_OF_NARROW)
    return (are_legible or not has_numbers) and arranged.height <= height


def _has_whole_windows(explanation: Explanation) -> bool:
    """Return whether all elements of the windows are shown."""
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
