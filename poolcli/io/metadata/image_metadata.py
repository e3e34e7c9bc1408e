"""The metadata of an image: of one frame, and of what Pillow does not read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from poolcli.io.metadata.exif_and_page_tags import ImageTags

TextChunk = tuple[bytes, bytes]
"""The type of a PNG's text chunk and its content: keyword, NUL byte, text."""

Rectangle = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels."""

SRGB_PRIMARIES, SRGB_TRANSFER_FUNCTIONS = (1, 2, 0), (13, 2, 0)
"""Code points of sRGB; 2 is unspecified and 0 reserved (ITU-T H.273)."""


@dataclass(slots=True)
class ImageMetadata:
    """The metadata of one image or frame.

    Attributes
    ----------
    tags : ImageTags
        EXIF, or the tags of a TIFF page.
    icc_profile : bytes, optional
        The ICC profile.
    dpi : pair of float, optional
        Horizontal and vertical resolution in pixels per inch.
    xmp : bytes, optional
        The XMP packet, UTF-8.
    extended_xmp : bytes, optional
        The extended packet that the XMP packet announces (JPEG).
    iptc : bytes, optional
        The IPTC record.
    photoshop : dict
        Photoshop's image resources, without IPTC, by their IDs, as they are stored.
    comments : list of bytes
        In UTF-8, or in an unknown encoding.
    texts : list of (bytes, bytes)
        Types and contents of the text chunks of a PNG.
    colour : dict
        The entries of Pillow's `info` for the colour chunks of a PNG.
    cicp : bytes, optional
        Colour primaries, transfer function, matrix coefficients and full-range flag, one byte each
        (ITU-T H.273).
    duration : float
        How long the frame is shown, in milliseconds.
    disposal : int
        What happens to the frame before the next one is drawn: 0 it stays, 1 it is cleared, 2 the
        frame before it is restored.
    white_is_zero : bool
        Whether grey is stored inverted, as the values are pooled: 0 is white (a TIFF).
    input_encoding : dict
        The options of Pillow's encoder that encode the image as the input was encoded, by format.
    """

    tags: ImageTags = field(default_factory=ImageTags)
    icc_profile: bytes | None = None
    dpi: tuple[float, float] | None = None
    xmp: bytes | None = None
    extended_xmp: bytes | None = None
    iptc: bytes | None = None
    photoshop: dict[int, bytes] = field(default_factory=dict)
    comments: list[bytes] = field(default_factory=list)
    texts: list[TextChunk] = field(default_factory=list)
    colour: dict[str, Any] = field(default_factory=dict)
    cicp: bytes | None = None
    duration: float = 0
    disposal: int = 0
    white_is_zero: bool = False
    input_encoding: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def cicp_besides_srgb(self) -> bytes | None:
        """CICP; None if it states sRGB only, which is the default."""
        primaries, transfer = (self.cicp or bytes(2))[:2]
        is_srgb = primaries in SRGB_PRIMARIES and transfer in SRGB_TRANSFER_FUNCTIONS
        return None if is_srgb else self.cicp


@dataclass(slots=True)
class ContainerMetadata:
    """The metadata of a file that Pillow does not read. They apply to all frames.

    Attributes
    ----------
    icc_profile : bytes, optional
        The ICC profile of a JPEG 2000.
    xmp : bytes, optional
        The XMP packet of a JPEG 2000, or of a PNG written by ImageMagick.
    comment : bytes, optional
        The comments of a PNM file, one per line.
    texts : list of (bytes, bytes)
        Types and contents of the text chunks of a PNG, in file order, without EXIF and XMP.
    cicp : bytes, optional
        Colour primaries, transfer function, matrix coefficients and full-range flag, one byte each
        (ITU-T H.273).
    clean_aperture : tuple of int, optional
        The part of an AVIF to show: left, top, right, bottom, in pixels.
    """

    icc_profile: bytes | None = None
    xmp: bytes | None = None
    comment: bytes | None = None
    texts: list[TextChunk] = field(default_factory=list)
    cicp: bytes | None = None
    clean_aperture: Rectangle | None = None
