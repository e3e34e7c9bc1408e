"""Files that receive large results while they are computed, so that memory stays bounded.

The members of an npz or safetensors file are written one after the other, once all are known to
fit. Until then large members, and all members beyond a total size, are kept in a temporary file
without a name.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from poolcli.batch.array_summary import MAX_BYTES_IN_MEMORY
from poolcli.batch.choose_format import indices_format, wanted_format
from poolcli.batch.choose_output_path import output_path
from poolcli.batch.output_targets import STORE, Target
from poolcli.batch.overwrite_or_skip import TaskOutputs
from poolcli.batch.storable_arrays import check_dtype
from poolcli.core.recipe import Recipe
from poolcli.core.unpool_recipe import UnpoolRecipe
from poolcli.io.arrays.npy import create_npy, temporary_array
from poolcli.io.arrays.npy_blocks import NpyWriter
from poolcli.io.arrays.npy_header import NpyHeader
from poolcli.io.document import Document, Item, Source
from poolcli.io.formats import ARCHIVE_EXTENSIONS
from poolcli.io.images.image_modes import dtype_of_mode
from poolcli.io.images.pixel_array import OutputImage, PixelArray, empty_output_image
from poolcli.io.output_paths import STDIN_OR_STDOUT
from poolcli.io.tiff.tifffile_installed import has_tiff_extra
from poolcli.request import Request


class LargeOutputs:
    """The arrays and files that the results of one input are written into.

    Files appear under their names when `stack` is closed: all of them, or none.

    Attributes
    ----------
    written : set of int or None
        The levels whose results are in their files already; None is the only level.
    has_indices : bool
        Whether the indices are in their file already.
    holds_stacks : bool
        Whether the format of the outputs can hold stacks of pages.
    contains_input : bool
        Whether all levels go into one output with the input as level 0, and thus of its dtype.
    """

    def __init__(
        self,
        document: Document,
        target: Target,
        request: Request,
        outputs: TaskOutputs,
        stack: ExitStack,
    ) -> None:
        self.target = target
        self.request = request
        self.outputs = outputs
        self.stack = stack
        self.written: set[int | None] = set()
        self.has_indices = False
        arrays = not document.is_image and not request.normalize
        wanted = wanted_format(document, target)
        self._is_image, self._is_single = document.is_image, document.count == 1
        self._to_npy = wanted == "NPY" and not request.normalize
        self._to_archive = arrays and wanted in ARCHIVE_EXTENSIONS
        self._wanted = wanted
        self._to_store = wanted == STORE and not request.normalize
        self.contains_input = request.pyramid or (
            wanted == STORE and request.levels is not None and not request.unpools
        )
        self._indices_format = indices_format(target.indices or "", document)
        self._indices_to_archive = self._indices_format in ARCHIVE_EXTENSIONS
        self.holds_stacks = wanted == "TIFF"
        self._to_tiff = wanted == "TIFF" and not request.normalize
        self._bytes_in_memory = 0
        self._member_file: NpyWriter | None = None

    def result(
        self,
        level: int | None,
        source: object,
        recipe: Recipe | UnpoolRecipe,
        *,
        fortran_order: bool,
    ) -> Any:
        """Return the array or file for the result of one level.

        Parameters
        ----------
        level : int, optional
            The level of a pyramid, from 1; None without `--levels`.
        source : Source
            What is pooled. The result of pooling that is not one of several arrays in a file is
            written to a file only if its source is read from a file block by block.
        recipe : Recipe or UnpoolRecipe
            The pooling, which has the shape and the dtype of the result.
        fortran_order : bool
            Whether a file is written in Fortran order.

        Returns
        -------
        ndarray or NpyWriter
            Of the shape and dtype of the result, with undefined elements.

        Raises
        ------
        OutputExistsError, OutputError
            If the file of a large result may not or cannot be written.
        FormatError
            If the format of the output lacks the dtype of the result.
        """
        header = NpyHeader(recipe.out_shape, fortran_order, recipe.out_dtype)
        if not self.request.normalize:
            check_dtype(header.dtype, self._wanted)
        header = _as_stored(header, self._wanted)
        if self._to_archive or self._to_store or (self._to_tiff and self._is_in_file(source)):
            return self._member(header)
        if not self._needs_file(source, header):
            return np.empty(header.shape, header.dtype)
        if not self._is_single:  # pages, which are stacked when all are there
            return self._member(header)
        path = output_path(self.target, "NPY", level)
        if self.request.dry_run or not self.outputs.is_needed(path):
            return self._unnamed_file(header)
        self.outputs.require_permission([path])
        self.written.add(level)
        return self._output_file(path, header)

    def image(self, item: Item, mode: str, shape: tuple[int, ...]) -> OutputImage:
        """Return the image for the result of an item that is an image, or a stack of images.

        Parameters
        ----------
        item : Item
            What is pooled. A result goes to a file only if the pixels of its input are not in
            memory, and tifffile can write it.
        mode : str
            The image mode of the result.
        shape : tuple of int
            Its shape: H W, or H W C, after the axes that count the pages of a stack.
        """
        header = NpyHeader(shape, False, dtype_of_mode(mode))
        if self._to_tiff and self._is_in_file(item.source) and has_tiff_extra():
            return PixelArray(mode, self._member(header), item.palette, item.page_rank)
        if item.layout is not None:
            pixels = np.empty(shape, header.dtype)
            return PixelArray(mode, pixels, item.palette, item.page_rank)
        return empty_output_image(mode, shape, item.palette)

    def indices(self, source: object, recipe: Recipe, *, fortran_order: bool) -> Any:
        """Return the array or file for the argmax or argmin indices.

        Parameters
        ----------
        source : Source
            What is pooled. Indices are written to a file only if the source is in a file too.
        recipe : Recipe
            The pooling, which has the shape of the indices.
        fortran_order : bool
            Whether a file is written in Fortran order.

        Returns
        -------
        ndarray or NpyWriter of int64
            Of the shape of the result, with undefined elements.

        Raises
        ------
        OutputExistsError, OutputError
            If the file of large indices may not or cannot be written.
        """
        path = self.outputs.indices
        header = NpyHeader(recipe.out_shape, fortran_order, np.dtype(np.int64))
        if self._indices_to_archive and not self._is_image:
            return self._member(_as_stored(header, self._indices_format))
        if self._indices_to_archive or not (self._is_single and self._needs_file(source, header)):
            return np.empty(header.shape, header.dtype)
        if path is None or self.request.dry_run or not self.outputs.is_needed(path):
            return self._unnamed_file(header)
        self.has_indices = True
        return self._output_file(path, header)

    def intermediate(self, source: object, recipe: Recipe, *, fortran_order: bool) -> Any:
        """Return the array or file for values that only the next level needs.

        Parameters
        ----------
        source : Source
            What is pooled. Values are written to a file only if their source is in a file too.
        recipe : Recipe
            The pooling, which has the shape and the dtype of the values.
        fortran_order : bool
            Whether a file is written in Fortran order.

        Returns
        -------
        ndarray or NpyWriter
            Of the shape and dtype of the values, with undefined elements. The file has no name.
        """
        header = NpyHeader(recipe.out_shape, fortran_order, recipe.out_dtype)
        if not self._needs_file(source, header):
            return np.empty(header.shape, header.dtype)
        return self._unnamed_file(header)

    def copy_of(self, source: Source) -> Any:
        """Return the elements of a source that is valid only until the next item is requested.

        Parameters
        ----------
        source : Source
            The elements.

        Returns
        -------
        ndarray or NpyWriter
            Of the shape and the dtype of the source; in a file if all copies together are large.
        """
        whole = tuple(slice(0, size) for size in source.shape)
        copy = self._member(NpyHeader(tuple(source.shape), False, source.dtype))
        copy[whole] = source[whole]
        return copy

    def _needs_file(self, source: object, header: NpyHeader) -> bool:
        is_large = header.nbytes > MAX_BYTES_IN_MEMORY
        if self._is_image and self._to_npy and not self._is_single:
            is_large = True  # all pages together may be
        if not (self._to_npy or self._to_archive or self._to_store) or not is_large:
            return False
        # The result of unpooling may be larger than an input in memory.
        return self.request.unpools or self._is_in_file(source)

    def _is_in_file(self, source: object) -> bool:
        """Return whether a source is read block by block."""
        if not self._is_image:
            return not isinstance(source, np.ndarray)
        from poolcli.io.images.image_block_reader import ReadableImage  # arrays need no Pillow

        return not isinstance(source, ReadableImage | np.ndarray)

    def _member(self, header: NpyHeader) -> Any:
        """Return the array or file for one of several arrays or pages; all share one file."""
        size = header.nbytes
        if self._bytes_in_memory + size <= MAX_BYTES_IN_MEMORY:
            self._bytes_in_memory += size
            return np.empty(header.shape, header.dtype)
        if self._member_file is None:
            self._member_file = self._unnamed_file(NpyHeader((0,), False, np.dtype(np.uint8)))
        descriptor = self._member_file.descriptor
        offset = os.fstat(descriptor).st_size
        os.truncate(descriptor, offset + size)
        return NpyWriter(descriptor, header._replace(data_offset=offset))

    def _unnamed_file(self, header: NpyHeader) -> NpyWriter:
        """Return an array in a file without a name, on the disk that the outputs go to."""
        folder = Path(self.target.path).parent
        beside = str(folder) if self.target.path != STDIN_OR_STDOUT and folder.is_dir() else None
        return self.stack.enter_context(temporary_array(header, beside))

    def _output_file(self, path: str, header: NpyHeader) -> Any:
        file = self.stack.enter_context(self.outputs.open(path))
        return self.stack.enter_context(create_npy(file, header))


def _as_stored(header: NpyHeader, name: str) -> NpyHeader:
    """Return the header of an array in a file whose bytes are copied into a file of a format."""
    if name != "SAFETENSORS":
        return header
    from poolcli.io.safetensors.write_safetensors import stored_header  # rarely needed

    return stored_header(header)
