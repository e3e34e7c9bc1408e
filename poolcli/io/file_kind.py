"""What kind a file is, told from its first bytes."""

from __future__ import annotations

import re
from enum import Enum

HEAD_BYTES = 256
"""As many as tell a PNM with comments, and an npz by its first member."""


class Kind(Enum):
    """The kinds of input."""

    NPY = "npy"
    NPZ = "npz"
    IMAGE = "image"


def kind_of(head: bytes) -> Kind:
    """Tell a file's kind; what is neither npy nor npz is left to Pillow.

    Examples
    --------
    >>> kind_of(b"\\x93NUMPY\\x01\\x00")
    <Kind.NPY: 'npy'>
    """
    if head.startswith(b"\x93NUMPY"):
        return Kind.NPY
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Kind.NPZ
    return Kind.IMAGE


SIGNATURES = (
    b"\x93NUMPY",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
    b"\0\0\0\x0cjP  \r\n\x87\n",
    b"\xff\x4f\xff\x51",
    b"qoif\0",
    b"8BPS\0",
    b"DDS |\0\0\0",
)
"""What files begin with; only such as text does not hit by chance."""

PATTERNS = (
    rb"RIFF.{4}WEBP",
    rb".{4}ftypavi[fs]",
    rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0",
    rb"P[1-6](\s|#[^\n]*\n)+[0-9]+\s+[0-9]+\s",
    rb"PK\x03\x04.{26}[^\0]*\.npy",
)
"""The like for WebP, AVIF, BMP, PNM and npz."""

_BEGINNING = re.compile(b"|".join(PATTERNS), re.DOTALL)


def looks_like_poolable(head: bytes) -> bool:
    """Whether a file of unknown name begins as common images and arrays do.

    Used to pick files out of a folder.

    Examples
    --------
    >>> looks_like_poolable(b"P5 4 4 255 "), looks_like_poolable(b"P5 is a text")
    (True, False)
    """
    return head.startswith(SIGNATURES) or _BEGINNING.match(head) is not None
