"""What kind a file is, told from its first bytes."""

from __future__ import annotations

from enum import Enum

HEAD_BYTES = 32


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


def looks_like_image(head: bytes) -> bool:
    """Whether a file of unknown name begins as common images and arrays do.

    Only signatures that text does not hit by chance; used to pick files out of a folder.
    """
    return (
        head.startswith(
            (
                b"\x93NUMPY",
                b"\x89PNG\r\n\x1a\n",
                b"\xff\xd8\xff",
                b"GIF87a",
                b"GIF89a",
                b"II*\0",
                b"MM\0*",
                b"\0\0\0\x0cjP  \r\n\x87\n",
            )
        )
        or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
        or (head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis"))
    )
