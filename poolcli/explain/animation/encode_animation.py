"""An explanation as an animation: the window moves over the input while the output fills."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from poolcli.explain.animation.animation_crop import legible_explanations
from poolcli.explain.animation.draw_frames import draw_frames
from poolcli.explain.animation_steps import animation_steps
from poolcli.explain.explanation import Explanation
from poolcli.explain.figure.choose_arrangement import arrange_figure
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

MAX_BYTES, DEFAULT_WIDTH = 1_000_000, 1280
"""The largest size of a file of the default width."""

SIZE_EXPONENT = 1.5
"""The power of the width that the largest size of wider files grows with.

The same frames grow with the power 1.4, so that a wide animation shows what a narrow one does.
"""


def encode_animation(
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
        The style.
    fps : float, optional
        The number of windows per second, up to 50. By default 1, or more if all windows would
        take longer than half a minute.
    max_bytes : float
        The largest size in bytes; encoding stops when the frames exceed it.

    Returns
    -------
    bytes or None
        None if the frames are larger than `max_bytes`.
    """
    steps = animation_steps(explanation)
    arranged = arrange_figure(explanation, style, is_animated=True)
    seconds = frame_durations(len(steps), fps)
    size = style.width, arranged.height

    def make_changes() -> Iterator[FrameChange]:
        return draw_frames(map(arranged.figure, steps))

    if extension == ".webp":
        return encode_webp(size, make_changes(), seconds, max_bytes)
    if extension in (".png", ".apng"):
        return encode_apng(size, make_changes, seconds, max_bytes)
    return encode_gif(size, make_changes(), seconds, max_bytes)


def encode_largest_animation(
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
        The format, as in `encode_animation`.
    style : FigureStyle
        The style.
    fps : float, optional
        The number of windows per second, as in `encode_animation`.
    """
    max_bytes = MAX_BYTES * max(1, style.width / DEFAULT_WIDTH) ** SIZE_EXPONENT
    for explanation in legible_explanations(explainer, at, style):
        data = encode_animation(explanation, extension, style, fps, max_bytes)
        if data is not None and len(data) <= max_bytes:
            return data
    smallest = encode_animation(explanation, extension, style, fps)
    assert smallest is not None
    return smallest


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
