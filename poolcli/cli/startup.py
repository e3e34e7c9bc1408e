"""What is begun before the command line is parsed, which takes a while."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from itertools import pairwise

OTHERS = ("-h", "--help", "--dask")
"""Flags with which no worker processes are needed."""


PICTURES = (".png", ".jpg", ".jpeg")

LARGE_BYTES = 1 << 20
"""A file from which on decoding takes long enough to be begun early."""

HINDRANCES = ("-h", "--help", "--max-pixels", "--skip-existing", "--dask")
"""Flags with which a picture may not be decoded at all, or not here."""


def get_ready(words: list[str]) -> None:
    """Begin what a command line is likely to need while Typer, NumPy and Pillow load.

    For what looks like a batch, the server of worker processes; for one large picture, its
    decoding. A wrong guess costs a process or a thread that ends unused.
    """
    if looks_like_batch(words):
        from poolcli.batch.workers import fork_server_client

        fork_server_client.start_in_advance()
    elif (picture := one_large_picture(words)) and not is_short_of_memory():
        from poolcli.io.images import prefetch

        prefetch.start_decoding(picture)


def one_large_picture(words: list[str]) -> str | None:
    """The picture that follows the command, where it is the only file and a large one.

    Examples
    --------
    >>> one_large_picture(["max", "no-such-file.png"])
    """
    found = [word for word in _values(words) if word.lower().endswith(PICTURES) and _size(word)]
    hindered = words[:1] == ["info"] or any(word.startswith(HINDRANCES) for word in words)
    return found[0] if len(found) == 1 and _size(found[0]) >= LARGE_BYTES and not hindered else None


def is_short_of_memory() -> bool:
    """Whether memory is limited, and what is loaded should have it before a picture does."""
    try:
        import resource
    except ImportError:  # Windows
        return False
    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


def _values(words: list[str]) -> Iterator[str]:
    """What follows neither a flag nor is one."""
    for before, word in pairwise(words):
        if not (before.startswith("-") or word.startswith("-")):
            yield word


def _size(path: str) -> int:
    try:
        found = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def looks_like_batch(words: list[str]) -> bool:
    """Whether a folder or several files follow the command; what flags may belong to is not seen.

    Examples
    --------
    >>> looks_like_batch(["max", ".", "--k", "2"]), looks_like_batch(["max", "img.png"])
    (True, False)
    >>> looks_like_batch(["max", "img.png", "-o", "."])
    False
    """
    if words[:1] == ["info"] or any(word.startswith(OTHERS) for word in words):
        return False
    files = 0
    for word in _values(words):
        if os.path.isdir(word):  # noqa: PTH112
            return True
        files += os.path.isfile(word)  # noqa: PTH113
    return files > 1
