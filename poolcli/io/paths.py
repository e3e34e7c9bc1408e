"""Paths: what stands there, and what results are called.

The questions are those of `os.path`, not `pathlib`'s: what cannot be looked at (a name too long, a
folder that may not be read) is not there, and whoever opens it gets to say why.
"""

# ruff: noqa: PTH112, PTH113, PTH110, PTH122
from __future__ import annotations

import os

from poolcli.io.formats import extension_format


def is_folder(path: str) -> bool:
    """Whether a path leads to a folder."""
    return os.path.isdir(path)


def is_there(path: str) -> bool:
    """Whether a path is taken by something that would have to be replaced."""
    return os.path.isfile(path) or os.path.isdir(path)


def is_special(path: str) -> bool:
    """Whether a path leads to a device, a FIFO or the like, which is written straight."""
    return os.path.exists(path) and not is_there(path)


def split(path: str) -> tuple[str, str]:
    """A path without its extension, and the extension.

    What no format is called by is part of the name.

    Examples
    --------
    >>> split("a/img.png"), split("scan.0001"), split(".png")
    (('a/img', '.png'), ('scan.0001', ''), ('.png', ''))
    """
    root, extension = os.path.splitext(path)
    return (path, "") if extension_format(extension) is None else (root, extension)


def tagged(path: str, tag: str) -> str:
    """A path with what was done before the extension.

    Examples
    --------
    >>> tagged("img.png", "max-k2-s2"), tagged("plain", "L1")
    ('img.max-k2-s2.png', 'plain.L1')
    """
    root, extension = split(path)
    return f"{root}.{tag}{extension}"


def level_paths(path: str, levels: int | None) -> list[str]:
    """The paths of a pyramid's levels; the path itself where there are none.

    Examples
    --------
    >>> level_paths("img.max-k2-s2.png", 2), level_paths("img.png", None)
    (['img.max-k2-s2.L1.png', 'img.max-k2-s2.L2.png'], ['img.png'])
    """
    if levels is None:
        return [path]
    return [tagged(path, f"L{number}") for number in range(1, levels + 1)]
