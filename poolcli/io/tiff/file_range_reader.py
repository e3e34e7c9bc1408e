"""Bytes of a file at given positions, read by several threads at a time."""

from __future__ import annotations

import os
import threading
from typing import BinaryIO

from poolcli.errors import ReadError


class FileBytes:
    """A file from which threads read at positions that they name.

    Parameters
    ----------
    file : binary file
        On disk or in memory.

    Attributes
    ----------
    descriptor : int or None
        The descriptor of a file on disk.
    size : int
        The size of the file in bytes.

    Examples
    --------
    >>> import io
    >>> FileBytes(io.BytesIO(b"abcdef")).read(2, 3)
    b'cde'
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._lock = threading.Lock()
        self.size = file.seek(0, os.SEEK_END)
        try:
            self.descriptor: int | None = file.fileno()
        except OSError:
            self.descriptor = None

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes at a position.

        Raises
        ------
        ReadError
            If the file ends before.
        """
        if offset + size > self.size:
            raise ReadError(
                f"it ends after {self.size:,} bytes, its directories name {offset + size:,}; "
                "get a complete copy"
            )
        if self.descriptor is None:
            with self._lock:
                self._file.seek(offset)
                return self._file.read(size)
        parts = []
        while size:
            part = os.pread(self.descriptor, size, offset)
            if not part:
                raise ReadError(
                    "it became shorter while it was read; try again when it is complete"
                )
            parts.append(part)
            offset, size = offset + len(part), size - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)
