"""An explanation as an animation: the window moves over the input while the output fills."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from poolcli.explain.animation_steps import animation_steps
from poolcli.explain.explanation import Explanation
from poolcli.explain.figure_changes import figure_changes
from poolcli.explain.figure_layout import arrange
from poolcli.explain.figure_style import FigureStyle
from poolcli.io.images.animation.animated_gif import encode_gif
from poolcli.io.images.animation.animated_png import encode_apng
from poolcli.io.images.animation.animated_webp import encode_webp
from poolcli.io.images.animation.frame_changes import FrameChange

LONGEST_RUN = 30
"""The number of seconds that the windows take at most, unless the user chooses a speed."""

FIRST_FRAME, LAST_FRAME = Fraction(1), Fraction(2)
"""The shortest durations of the first and of the last frame, in seconds."""

MakeChanges = Callable[[], Iterator[FrameChange]]
"""Returns the frames of an animation, each time anew."""


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
