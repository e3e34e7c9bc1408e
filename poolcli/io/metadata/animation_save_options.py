"""Frame durations, number of plays and background of an animation as options of `save`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from poolcli.io.metadata.animation_metadata import AnimationMetadata
from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.note_callback_type import AddNote

MAX_UINT16 = 65_535
"""The largest number of plays of GIF and WebP, and the largest term of a PNG's delay fraction."""

MAX_DURATION_MS = {"WEBP": (1 << 24) - 1, "PNG": 1000 * MAX_UINT16}
"""The longest duration of a frame (RFC 9649, 2.7.1.1; PNG 3rd edition, 11.3.6.2). In a GIF, frames
that last longer are repeated."""


def animation_save_options(
    name: str, frames: Sequence[ImageMetadata], animation: AnimationMetadata, add_note: AddNote
) -> dict[str, Any]:
    """Return the options of Pillow's `save` that write the timing of an animation.

    Parameters
    ----------
    name : str
        Pillow's name of the format.
    frames : sequence of ImageMetadata
        The metadata of all frames.
    animation : AnimationMetadata
        The metadata that all frames share.
    add_note : callable
        Called with a note if durations were shortened.

    Examples
    --------
    >>> frames = [ImageMetadata(duration=40), ImageMetadata(duration=66.7)]
    >>> animation_save_options("WEBP", frames, AnimationMetadata(plays=2), print)
    {'duration': [40, 67], 'loop': 2, 'background': (0, 0, 0, 0)}
    """
    longest = MAX_DURATION_MS.get(name)
    durations = [each.duration for each in frames]
    if longest is not None and max(durations) > longest:
        add_note(
            f"{name} stores durations up to {longest / 1000:,.0f} s: longer frames were shortened"
        )
    if name == "GIF":
        return _gif_options(durations, animation)
    if name == "WEBP":
        return {
            "duration": [min(round(each), MAX_DURATION_MS[name]) for each in durations],
            "loop": min(animation.plays, MAX_UINT16),
            "background": animation.background or (0, 0, 0, 0),
        }
    if name == "AVIF":
        return {"duration": [round(each) for each in durations]}
    if name == "PNG":
        animated = durations[1:] if animation.has_default_image else durations
        return {
            "duration": [_png_duration(each) for each in animated],
            "loop": animation.plays,
            "default_image": animation.has_default_image,
        }
    return {}


def _gif_options(durations: list[float], animation: AnimationMetadata) -> dict[str, Any]:
    """Return the options for a GIF, which stores hundredths of a second and repetitions."""
    options: dict[str, Any] = {"duration": [int(each / 10 + 0.5) * 10 for each in durations]}
    if animation.plays != 1:
        options["loop"] = min(max(animation.plays - 1, 0), MAX_UINT16)
    if animation.background is not None:
        options["background"] = animation.background[:3]
    return options


def _png_duration(duration: float) -> float:
    """Return a duration that a PNG can store as a fraction of seconds with 16-bit terms."""
    if Fraction(duration / 1000).limit_denominator(MAX_UINT16).numerator <= MAX_UINT16:
        return duration
    return float(min(round(duration / 1000), MAX_UINT16) * 1000)
