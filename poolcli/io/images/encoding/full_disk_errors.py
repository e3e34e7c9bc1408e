"""A file as Pillow's encoders get it, so that a full disk raises an error."""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO


class EncoderFile:
    """A file without its descriptor and its name.

    If there is a descriptor, Pillow's encoders write to it, and ignore that a full disk takes only
    some of the bytes. Python's `write` takes all bytes or raises an error.

    Parameters
    ----------
    file : binary file
        The file to write to.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        if name == "name":
            raise AttributeError(name)
        return getattr(self._file, name)

    def fileno(self) -> int:
        """Raise an error, as files in memory do."""
        raise io.UnsupportedOperation("fileno")

    def write(self, data: bytes) -> int:
        """Write and flush all bytes: an error of a later flush could escape Pillow's handlers."""
        size = self._file.write(data)
        self._file.flush()
        return size

    def close(self) -> None:
        """Detach the file, which stays open: an encoder that has failed may use it later.

        Pillow's writer of several TIFF pages seeks when it is garbage-collected, which raises the
        error of a full disk once more; Python 3.13 prints such errors.
        """
        self._file = io.BytesIO()


def raise_if_disk_full(file: BinaryIO) -> None:
    """Write and flush a megabyte, after an encoder that gives no reason for its failure.

    libtiff, which writes to the descriptor itself, only reports that it failed.
    """
    file.seek(0, os.SEEK_END)
    file.write(bytes(1 << 20))
    file.flush()
