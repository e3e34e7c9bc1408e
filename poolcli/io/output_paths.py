"""Path tests and the composition of output names.

The tests use `os.path` instead of `pathlib`: a path that cannot be examined (name too long, folder
without permission) counts as missing, and the call that opens it raises the error.
"""

# ruff: noqa: PTH112, PTH113, PTH110, PTH121, PTH122
from __future__ import annotations

import os

from poolcli.io.formats import format_of_extension

STDIN_OR_STDOUT = "-"
"""The path that stands for standard input, or for standard output."""


def is_folder(path: str) -> bool:
    """Return whether a path is a folder or a link to one."""
    return os.path.isdir(path)


def is_file_or_folder(path: str) -> bool:
    """Return whether a path is a regular file, a folder, or a link to one of these."""
    return os.path.isfile(path) or os.path.isdir(path)


def is_special_file(path: str) -> bool:
    """Return whether a path is a device, a FIFO or a socket."""
    return os.path.exists(path) and not is_file_or_folder(path)


def is_same_file(path: str, other: str) -> bool:
    """Return whether two paths lead to the same file or folder, which exists."""
    return os.path.exists(path) and os.path.exists(other) and os.path.samefile(path, other)


OME, EXTENSIONS_AFTER_OME = ".ome", (".tif", ".tiff", ".zarr")
"""The first part of the extensions ``.ome.tif`` (OME-TIFF specification, "File extension") and
``.ome.zarr``, and those that may follow it."""


def split_extension(path: str) -> tuple[str, str]:
    """Return a path without its extension, and the extension.

    An extension that belongs to no format is part of the name.

    Examples
    --------
    >>> split_extension("a/img.png"), split_extension("scan.0001"), split_extension(".png")
    (('a/img', '.png'), ('scan.0001', ''), ('.png', ''))
    """
    root, extension = os.path.splitext(path)
    return (path, "") if format_of_extension(extension) is None else (root, extension)


def insert_tag(path: str, tag: str) -> str:
    """Return a path with a tag before its extension.

    Parameters
    ----------
    path : str
        The path of a file.
    tag : str
        What was done, or the level of a pyramid.

    Examples
    --------
    >>> insert_tag("img.png", "max-k2-s2"), insert_tag("plain", "L1")
    ('img.max-k2-s2.png', 'plain.L1')
    >>> insert_tag("cells.ome.tif", "max-k2-s2")
    'cells.max-k2-s2.ome.tif'
    """
    root, extension = split_extension(path)
    if root.endswith(OME) and extension in EXTENSIONS_AFTER_OME:
        root, extension = root.removesuffix(OME), OME + extension
    return f"{root}.{tag}{extension}"


def level_paths(path: str, levels: int | None) -> list[str]:
    """Return the paths of the levels of a pyramid; the path itself if `levels` is None.

    Parameters
    ----------
    path : str
        The path of the output without a level.
    levels : int, optional
        The number of levels.

    Examples
    --------
    >>> level_paths("img.max-k2-s2.png", 2), level_paths("img.png", None)
    (['img.max-k2-s2.L1.png', 'img.max-k2-s2.L2.png'], ['img.png'])
    """
    if levels is None:
        return [path]
    return [insert_tag(path, f"L{number}") for number in range(1, levels + 1)]
