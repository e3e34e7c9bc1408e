"""Files that receive large results while they are computed.

The members of an npz are written one after the other, when all of them are known to fit. Until then
large ones, and all beyond a certain sum, wait in a file without a name.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from poolcli.batch.array_statistics import LARGE_BYTES, bytes_of
from poolcli.batch.due import Due
from poolcli.batch.output_format import destination, wanted_format
from poolcli.batch.tasks import Target
from poolcli.core.recipe import Recipe
from poolcli.io.arrays.npy import npy_in, unnamed
from poolcli.io.arrays.npy_blocks import Header, NpyFile, NpyOut
from poolcli.io.document import Document
from poolcli.io.file_kind import FileKind
from poolcli.request import STDIN_OR_STDOUT, Request


class Sinks:
    """The files of one input's results, for those that are not to be held in memory.

    They appear under their names when `stack` is closed, all of them or none.
    """

    def __init__(
        self, document: Document, target: Target, request: Request, due: Due, stack: ExitStack
    ) -> None:
        self.target = target
        self.request = request
        self.due = due
        self.stack = stack
        self.written: set[int | None] = set()
        self.has_indices = False
        arrays = document.kind in (FileKind.NPY, FileKind.NPZ) and not request.normalize
        wanted = wanted_format(document, target)
        self._plain = arrays and wanted == "NPY"
        self._archived = arrays and wanted == "NPZ"
        self._held = 0
        self._waiting: NpyOut | None = None

    def result(self, level: int | None, source: object, recipe: Recipe, *, fortran: bool) -> Any:
        """What one level's result is put into: an array in memory, or in its file."""
        if self._archived:
            return self._member(recipe.out_shape, recipe.out_dtype, fortran)
        path = destination(self.target, "NPY", level)
        if not self._takes(source, recipe.out_shape, recipe.out_dtype):
            return np.empty(recipe.out_shape, recipe.out_dtype)
        if self.request.dry_run or not self.due.wants(path):
            return self._unnamed(recipe.out_shape, recipe.out_dtype, fortran)
        self.due.claim([path])
        self.written.add(level)
        return self._opened(path, recipe.out_shape, recipe.out_dtype, fortran)

    def indices(self, source: object, recipe: Recipe, *, fortran: bool) -> Any:
        """What the places of values are put into."""
        path = self.request.indices
        if not self._takes(source, recipe.out_shape, np.int64):
            return np.empty(recipe.out_shape, np.int64)
        if path is None or self.request.dry_run or not self.due.wants(path):
            return self._unnamed(recipe.out_shape, np.int64, fortran)
        self.has_indices = True
        return self._opened(path, recipe.out_shape, np.int64, fortran)

    def between(self, source: object, recipe: Recipe, *, fortran: bool) -> Any:
        """What a result is put into that only the next level needs."""
        if not self._takes(source, recipe.out_shape, recipe.out_dtype):
            return np.empty(recipe.out_shape, recipe.out_dtype)
        return self._unnamed(recipe.out_shape, recipe.out_dtype, fortran)

    def _takes(self, source: object, shape: tuple[int, ...], dtype: Any) -> bool:
        large = bytes_of(shape, dtype) > LARGE_BYTES
        return (self._plain or self._archived) and large and isinstance(source, NpyFile)

    def _member(self, shape: tuple[int, ...], dtype: Any, fortran: bool) -> Any:
        """The array or file that receives a member of an npz; members on disk share one file."""
        size = bytes_of(shape, dtype)
        if self._held + size <= LARGE_BYTES:
            self._held += size
            return np.empty(shape, dtype)
        if self._waiting is None:
            self._waiting = self._unnamed((0,), np.uint8, False)
        fd = self._waiting.fd
        offset = os.fstat(fd).st_size
        os.truncate(fd, offset + size)
        return NpyOut(fd, Header(shape, fortran, np.dtype(dtype), offset))

    def _unnamed(self, shape: tuple[int, ...], dtype: Any, fortran: bool) -> NpyOut:
        """An array in a file without a name, beside the outputs: there should be room."""
        folder = Path(self.target.path).parent
        there = str(folder) if self.target.path != STDIN_OR_STDOUT and folder.is_dir() else None
        return self.stack.enter_context(unnamed(shape, dtype, fortran=fortran, folder=there))

    def _opened(self, path: str, shape: tuple[int, ...], dtype: Any, fortran: bool) -> Any:
        file = self.stack.enter_context(self.due.opened(path))
        return self.stack.enter_context(npy_in(file, shape, dtype, fortran=fortran))
