"""What is begun before the command line is parsed, which takes a while."""

from __future__ import annotations

import os
from itertools import pairwise

OTHERS = ("-h", "--help", "--dask")
"""Flags with which no worker processes are needed."""


def get_ready(words: list[str]) -> None:
    """Start the server of worker processes where a command line looks like a batch.

    It loads what workers need while Typer loads. A wrong guess costs a process that ends unused.
    """
    if looks_like_batch(words):
        from poolcli.batch import server

        server.start()


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
    for before, word in pairwise(words):
        if before.startswith("-") or word.startswith("-"):
            continue
        if os.path.isdir(word):  # noqa: PTH112
            return True
        files += os.path.isfile(word)  # noqa: PTH113
    return files > 1
