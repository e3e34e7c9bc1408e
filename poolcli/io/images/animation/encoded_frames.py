"""The encoded frames of an animation: their total size and their durations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction


def frames_within(frames: Iterable[bytes], max_bytes: float) -> list[bytes] | None:
    """Return encoded frames; None as soon as they are larger than allowed.

    Parameters
    ----------
    frames : iterable of bytes
        The frames, which are encoded one by one.
    max_bytes : float
        The number of bytes allowed for all of them.

    Examples
    --------
    >>> frames_within([b"12", b"345"], 5), frames_within([b"12", b"345"], 4)
    ([b'12', b'345'], None)
    """
    kept, total = [], 0
    for frame in frames:
        kept.append(frame)
        total += len(frame)
        if total > max_bytes:
            return None
    return kept


def whole_durations(seconds: Sequence[Fraction], units_per_second: int) -> list[int]:
    """Return durations in whole units, at least 1, such that rounding errors do not add up.

    Parameters
    ----------
    seconds : sequence of Fraction
        The duration of each frame.
    units_per_second : int
        100 for GIF, 1000 for WebP.

    Examples
    --------
    >>> whole_durations([Fraction(1, 40)] * 4, 100)
    [3, 2, 3, 2]
    """
    units, elapsed, written = [], Fraction(0), 0
    for each in seconds:
        elapsed += each * units_per_second
        units.append(max(int(elapsed + Fraction(1, 2)) - written, 1))
        written += units[-1]
    return units
