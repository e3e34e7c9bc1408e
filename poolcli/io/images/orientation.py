"""The orientation of an image, as EXIF gives it: how it is rotated and mirrored for display."""

from __future__ import annotations

from typing import NamedTuple

from PIL import ExifTags, Image

from poolcli.io.metadata.exif_and_page_tags import exif_of_frame


class Orientation(NamedTuple):
    """The rotation and mirroring that make a stored image upright.

    Attributes
    ----------
    method : Transpose, optional
        Pillow's name of the transposition.
    swaps_axes, reverses_rows, reverses_columns : bool
        Whether the axes are swapped, and which of them run backwards after that.
    """

    method: Image.Transpose | None = None
    swaps_axes: bool = False
    reverses_rows: bool = False
    reverses_columns: bool = False


UPRIGHT = Orientation()

ORIENTATIONS = {
    2: Orientation(Image.Transpose.FLIP_LEFT_RIGHT, reverses_columns=True),
    3: Orientation(Image.Transpose.ROTATE_180, reverses_rows=True, reverses_columns=True),
    4: Orientation(Image.Transpose.FLIP_TOP_BOTTOM, reverses_rows=True),
    5: Orientation(Image.Transpose.TRANSPOSE, swaps_axes=True),
    6: Orientation(Image.Transpose.ROTATE_270, swaps_axes=True, reverses_columns=True),
    7: Orientation(
        Image.Transpose.TRANSVERSE, swaps_axes=True, reverses_rows=True, reverses_columns=True
    ),
    8: Orientation(Image.Transpose.ROTATE_90, swaps_axes=True, reverses_rows=True),
}
"""Orientations by the value of EXIF's tag (Exif 2.32, 4.6.4); 1 is upright."""


def orientation_of(image: Image.Image) -> Orientation:
    """Return the orientation of a loaded image; Pillow's TIFF reader has applied it already.

    Examples
    --------
    >>> orientation_of(Image.new("L", (1, 1))) == UPRIGHT
    True
    """
    if image.format == "TIFF":
        return UPRIGHT
    try:
        value = exif_of_frame(image).get(ExifTags.Base.Orientation, 1)
    except Exception:
        return UPRIGHT  # the reader of damaged EXIF can raise anything
    return ORIENTATIONS.get(value, UPRIGHT)
