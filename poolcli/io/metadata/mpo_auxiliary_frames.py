"""Frames of an MPO file that are not images by themselves: gain maps, depth maps, mattes."""

from __future__ import annotations

from typing import Any

from poolcli.io.metadata.jpeg_segments import has_gain_map
from poolcli.io.metadata.stale_and_extended_xmp import GAIN_MAP
from poolcli.io.pillow_private import jpeg_application_segments

GAIN_MAP_NAMESPACES = (b"http://ns.adobe.com/hdr-gain-map/1.0/", b"aux:hdrgainmap")
"""Texts in the XMP of a gain map: Adobe's namespace, and Apple's type of auxiliary image."""

APPLE_AUXILIARY_NAMESPACE = b"http://ns.apple.com/pixeldatainfo/1.0/"
"""The namespace in the XMP of Apple's auxiliary images."""


def find_image_frames(image: Any, count: int) -> tuple[list[int], list[str]]:
    """Return the frames of a file that are images, and notes on the others.

    Only an MPO file has other frames. It is left at its first frame.

    Parameters
    ----------
    image : Image
        Opened, but not loaded.
    count : int
        The number of frames.

    Returns
    -------
    frames : list of int
        The numbers of the frames that are images; 0 is always one of them.
    notes : list of str
        What was dropped.
    """
    if image.format != "MPO":
        return list(range(count)), []
    frames, notes = [0], list[str]()
    for number in range(1, count):
        image.seek(number)
        auxiliary = _auxiliary_kind(image)
        if auxiliary is None:
            frames.append(number)
        elif (note := f"{auxiliary} was dropped") not in notes:
            notes.append(note)
    image.seek(0)
    return frames, notes


def _auxiliary_kind(image: Any) -> str | None:
    """Return what a frame is, by its XMP or ISO 21496-1 segment; None if it is an image."""
    segments = jpeg_application_segments(image)
    packets = [data for name, data in segments if name == "APP1"]
    if has_gain_map(segments) or any(
        namespace in packet for packet in packets for namespace in GAIN_MAP_NAMESPACES
    ):
        return GAIN_MAP
    if any(APPLE_AUXILIARY_NAMESPACE in packet for packet in packets):
        return "an auxiliary image (depth map or matte)"
    return None
