"""Work that begins before the command line is parsed, because it takes longer than parsing.

For what looks like a batch, the fork server of the worker processes is started; for what looks
like one large image, its decoding. A wrong guess costs a process or a thread that ends unused.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from itertools import pairwise

IMAGE_EXTENSIONS = (".png", ".jpg", ".jpeg")

STORE_EXTENSION = ".zarr"

LARGE_IMAGE_BYTES = 1 << 20
"""The size of a file from which early decoding saves time."""

WITHOUT_WORKERS = ("-h", "--help", "--dask")
"""Options with which no worker processes are needed."""

COMMANDS_WITHOUT_WORKERS = (["info"], ["explain"])
"""The first arguments with which no worker processes are needed."""

WITHOUT_DECODING = ("-h", "--help", "--max-pixels", "--skip-existing", "--dask")
"""Options with which an image may not be decoded, or not by this process."""


def start_likely_work(args: list[str]) -> None:
    """Start the fork server, or the decoding of an image, if the command line looks like it.

    Parameters
    ----------
    args : list of str
        The command line, without the program's name.
    """
    if looks_like_batch(args):
        from poolcli.batch.workers import fork_server_client

        fork_server_client.start_in_advance(for_stores=names_store(args))
    elif (path := find_large_image(args)) and not is_memory_limited():
        from poolcli.io.images import decode_while_starting

        decode_while_starting.start_decoding(path)


def find_large_image(args: list[str]) -> str | None:
    """Return the image that is the only file on a command line, if it is a large one.

    Examples
    --------
    >>> find_large_image(["max", "no-such-file.png"])
    """
    if args[:1] == ["info"] or any(arg.startswith(WITHOUT_DECODING) for arg in args):
        return None
    images = [
        arg
        for arg in _arguments(args)
        if arg.lower().endswith(IMAGE_EXTENSIONS) and _file_bytes(arg)
    ]
    return images[0] if len(images) == 1 and _file_bytes(images[0]) >= LARGE_IMAGE_BYTES else None


def is_memory_limited() -> bool:
    """Whether the address space is limited: then packages are loaded before an image is."""
    try:
        import resource
    except ImportError:  # Windows
        return False
    limit = getattr(resource, "RLIMIT_AS", None)  # not every system has it
    return limit is not None and resource.getrlimit(limit)[0] != resource.RLIM_INFINITY


def looks_like_batch(args: list[str]) -> bool:
    """Return whether a folder, a Zarr store or several files follow the command.

    Examples
    --------
    >>> looks_like_batch(["max", ".", "--k", "2"]), looks_like_batch(["max", "img.png"])
    (True, False)
    >>> looks_like_batch(["max", "img.png", "-o", "."])
    False
    """
    if args[:1] in COMMANDS_WITHOUT_WORKERS or any(arg.startswith(WITHOUT_WORKERS) for arg in args):
        return False
    file_count = 0
    if names_store(args):
        return True
    for arg in _arguments(args):
        if os.path.isdir(arg):  # noqa: PTH112
            return True
        file_count += os.path.isfile(arg)  # noqa: PTH113
    return file_count > 1


def names_store(args: Iterable[str]) -> bool:
    """Return whether any argument has the name of a Zarr store.

    Examples
    --------
    >>> names_store(["max", "x.npy", "-o", "y.zarr/"]), names_store(["max", "x.npy"])
    (True, False)
    >>> names_store(["max", "x.zarr:labels/cells"])
    True
    """
    return any(
        arg.rstrip("/").endswith(STORE_EXTENSION) or f"{STORE_EXTENSION}:" in arg for arg in args
    )


def _arguments(args: list[str]) -> Iterator[str]:
    """The arguments after the command that are neither options nor possible option values."""
    for previous, arg in pairwise(args):
        if not (previous.startswith("-") or arg.startswith("-")):
            yield arg


def _file_bytes(path: str) -> int:
    """The size of a regular file; 0 if there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0
