"""Detection of npy, npz and image files from their first bytes."""

from __future__ import annotations

import re
from enum import Enum

SIGNATURE_BYTES = 256
"""The number of bytes to read: enough for a PNM header with comments and for the first local
header of an npz."""


class FileKind(Enum):
    """The kinds of input files."""

    NPY = "npy"
    NPZ = "npz"
    IMAGE = "image"


def detect_kind(head: bytes) -> FileKind:
    """Return the kind of a file that starts with `head`; any file but npy and npz is an image.

    Examples
    --------
    >>> detect_kind(b"\\x93NUMPY\\x01\\x00")
    <FileKind.NPY: 'npy'>
    """
    if head.startswith(b"\x93NUMPY"):
        return FileKind.NPY
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return FileKind.NPZ
    return FileKind.IMAGE


FIXED_SIGNATURES = (
    b"\x93NUMPY", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a",
    b"II*\0", b"MM\0*", b"II+\0", b"MM\0+",
    b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51", b"qoif\0", b"8BPS\0", b"DDS |\0\0\0",
)  # fmt: skip
"""The first bytes of common formats; signatures that text could contain by chance are missing."""

SIGNATURE_PATTERN = re.compile(
    rb"RIFF.{4}WEBP"
    rb"|.{4}ftypavi[fs]"
    rb"|BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0"
    rb"|P[1-6](\s|#[^\n]*\n)+[0-9]+\s+[0-9]+\s"
    rb"|PK\x03\x04.{26}[^\0]*\.npy",
    re.DOTALL,
)
"""The first bytes of WebP, AVIF, BMP, PNM and npz files."""


def has_poolable_signature(head: bytes) -> bool:
    """Return True if a file starts like a common image or array format.

    Files in a folder whose extension is unknown are tested with this function.

    Examples
    --------
    >>> has_poolable_signature(b"P5 4 4 255 "), has_poolable_signature(b"P5 is a text")
    (True, False)
    """
    return head.startswith(FIXED_SIGNATURES) or SIGNATURE_PATTERN.match(head) is not None
