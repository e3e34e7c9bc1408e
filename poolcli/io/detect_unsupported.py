"""Detection of well-known formats that are not read, by content or by extension."""

from __future__ import annotations

import re
from pathlib import Path

from poolcli.io.unsupported_formats import COMPRESSED, UNSUPPORTED_FORMATS, UnsupportedFormat

IDENTIFYING_BYTES = 4096
"""The number of bytes at the beginning of a file in which signatures are searched."""

ZARR_METADATA_FILES = ("zarr.json", ".zarray", ".zgroup")
"""Names of files that make a folder a Zarr store."""


def detect_unsupported(head: bytes, name: str = "") -> UnsupportedFormat | None:
    """Return the unsupported format of a file, by its content; None if no signature matches.

    Parameters
    ----------
    head : bytes
        The first `IDENTIFYING_BYTES` of the file, or fewer.
    name : str
        The name of the file. It shows what a compressed file contains.

    Examples
    --------
    >>> detect_unsupported(b"%!PS-Adobe-3.0").name
    'a PostScript program (EPS, PS), which is not run'
    >>> detect_unsupported(bytes([0x1F, 0x8B, 8]), "brain.nii.gz").name
    'a NIfTI volume'
    >>> detect_unsupported(b"GIF89a")
    """
    for unsupported in UNSUPPORTED_FORMATS:
        if unsupported.signature and re.match(unsupported.signature, head, re.DOTALL):
            return (unsupported is COMPRESSED and unsupported_by_name(name)) or unsupported
    return None


def unsupported_by_name(name: str) -> UnsupportedFormat | None:
    """Return the unsupported format of a file, by its extension; None if it is not in the table.

    Examples
    --------
    >>> unsupported_by_name("brain.nii.gz").name, unsupported_by_name("x.png")
    ('a NIfTI volume', None)
    """
    name = name.lower()
    compressions = COMPRESSED.extensions.split()
    uncompressed = name.removesuffix(next(filter(name.endswith, compressions), ""))
    for each in (uncompressed, name):
        for unsupported in UNSUPPORTED_FORMATS:
            if each.endswith(tuple(unsupported.extensions.split())):
                return unsupported
    return None


def is_zarr_store(folder: str) -> bool:
    """Return True if a folder is a Zarr store, of version 2 or 3."""
    return any(Path(folder, name).is_file() for name in ZARR_METADATA_FILES)


def is_text(head: bytes) -> bool:
    """Return True if the beginning of a file is printable UTF-8 text.

    Examples
    --------
    >>> is_text(b"1, 2, 3"), is_text(bytes(2))
    (True, False)
    """
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # not a character that is cut off at the end
            return False
        text = head[: error.start].decode()
    return bool(text) and all(each.isprintable() or each in "\t\n\r\f\ufeff" for each in text)
