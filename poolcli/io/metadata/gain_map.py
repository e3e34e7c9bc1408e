"""Frames of an MPO that are no pictures by themselves: gain maps, depth, mattes."""

from __future__ import annotations

from typing import Any

from poolcli.io.metadata.jpeg_segments import has_gain_map, segments_of
from poolcli.io.metadata.stale_xmp import GAIN_MAP

GAIN_MAP_NAMESPACES = (b"http://ns.adobe.com/hdr-gain-map/1.0/", b"aux:hdrgainmap")
"""Marks of a gain map in XMP: Adobe's namespace, or Apple's type of auxiliary picture."""

APPLE_AUXILIARY = b"http://ns.apple.com/pixeldatainfo/1.0/"
"""The namespace of Apple's auxiliary pictures."""


def picture_frames(image: Any, count: int) -> tuple[list[int], list[str]]:
    """The frames of a file that are pictures by themselves, and notes on its other frames.

    Only an MPO has others; it stands at its first frame then.

    Parameters
    ----------
    image : Image
        Opened, not loaded yet.
    count : int
        How many frames it has.
    """
    if image.format != "MPO":
        return list(range(count)), []
    frames, notes = [0], list[str]()
    for number in range(1, count):
        image.seek(number)
        what = _auxiliary(image)
        if what is None:
            frames.append(number)
        elif (note := f"{what} was left behind") not in notes:
            notes.append(note)
    image.seek(0)
    return frames, notes


def _auxiliary(image: Any) -> str | None:
    """The special kind of a frame, by its XMP or its segment of ISO 21496-1."""
    segments = segments_of(image)
    packets = [data for name, data in segments if name == "APP1"]
    if has_gain_map(segments) or any(
        space in packet for packet in packets for space in GAIN_MAP_NAMESPACES
    ):
        return GAIN_MAP
    if any(APPLE_AUXILIARY in packet for packet in packets):
        return "an auxiliary picture (depth or matte)"
    return None
