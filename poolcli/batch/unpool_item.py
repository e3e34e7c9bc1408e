"""Unpooling one item, an array or a frame, and the indices that it needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter
from typing import Any

from poolcli.batch.array_summary import measured_while_read, measured_while_written, summarize
from poolcli.batch.image_of_array import output_image_of_result, page_rank
from poolcli.batch.large_outputs import LargeOutputs
from poolcli.batch.output_geometry import OutputGeometry
from poolcli.batch.pooled_axes import drawn_axes, pooled_axes
from poolcli.batch.pooled_level import PooledLevel
from poolcli.core.engine.run_unpool import run_unpool
from poolcli.core.shape_text import shape_text
from poolcli.core.unpool_recipe import make_unpool_recipe
from poolcli.errors import LimitError, ReadError
from poolcli.io.document import Document, Item, Source
from poolcli.io.formats import ARCHIVE_EXTENSIONS
from poolcli.io.images.pixel_array import OutputImage, PageOfStack
from poolcli.io.images.pixel_limits import check_pixels
from poolcli.io.open_document import open_document
from poolcli.request import Request


def unpool_item(
    item: Item, indices: Source, request: Request, outputs: LargeOutputs, *, as_image: bool
) -> PooledLevel:
    """Unpool an item.

    Parameters
    ----------
    item : Item
        The array or frame of values.
    indices : Source
        The indices of its values.
    request : Request
        The request, for the output size, the axes and the fill value.
    outputs : LargeOutputs
        Gives the array or file that the result is written into.
    as_image : bool
        Whether the result is written as an image, not as an array.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If the values and the indices do not fit, or an index is outside of the output size.
    """
    start = perf_counter()
    source = item.source
    recipe = make_unpool_recipe(
        source, indices, request.window, pooled_axes(item, request), request.fill
    )
    fortran_order = bool(getattr(getattr(source, "header", None), "fortran_order", False))
    out: Any
    if as_image or item.image_mode is not None:
        _check_picture_size(item, recipe.out_shape, request)
    if as_image and item.image_mode is not None:
        mode = "1" if item.one_bit else item.image_mode
        out = outputs.image(item, mode, recipe.out_shape)
    else:
        out = outputs.result(None, source, recipe, fortran_order=fortran_order)
    reading = measured_while_read(source, item, request)
    writing = measured_while_written(out, item, request)
    run_unpool(recipe, reading, indices, out if writing is None else writing, request.jobs)
    axes = drawn_axes(item, request, recipe.axes)
    before = summarize(reading, item, request, axes)
    stats = None if writing is None else writing.statistics
    after = summarize(out, item, request, axes, stats, before.stats)
    if as_image and not isinstance(out, OutputImage):
        out = output_image_of_result(item, out, request.layout)
    return PooledLevel(
        item.key, out, None, {}, before, after, axes, fortran_order,
        geometry=OutputGeometry(recipe.shape, dict.fromkeys(recipe.axes)),
        seconds=perf_counter() - start,
    )  # fmt: skip


def _check_picture_size(item: Item, shape: tuple[int, ...], request: Request) -> None:
    """Raise `LimitError` if the result is a picture with more pixels than memory may hold."""
    rank = page_rank(shape, request.layout) if item.image_mode is None else item.page_rank
    height, width = shape[-rank:][:2]
    check_pixels(width, height, request.max_pixels)


@contextmanager
def open_indices(path: str, values: Document, request: Request) -> Iterator[IndicesOfItems]:
    """Open a file of indices.

    Parameters
    ----------
    path : str
        The path of an npy, npz or safetensors file, or `STDIN_OR_STDOUT` for standard input.
    values : Document
        The values that the indices belong to.
    request : Request
        The request, for the limit of pixels.

    Raises
    ------
    ReadError, LimitError
        If the file cannot be read or is an image. The message names it.
    """
    with ExitStack() as stack:
        with _errors_name(path):
            document = stack.enter_context(open_document(path, request.max_pixels, indexed=True))
            if document.is_image:
                raise ReadError(f"it is {document.format}, but indices are in an .npy or .npz")
        indices = IndicesOfItems(path, document, values)
        yield indices
        indices.check_unchanged()


@contextmanager
def _errors_name(path: str) -> Iterator[None]:
    """Let errors of reading say that they are about the indices."""
    try:
        yield
    except (ReadError, LimitError) as error:
        raise type(error)(f"--indices {path}: {error}") from error


class IndicesOfItems:
    """The indices in a file, item by item of the values that they belong to.

    Parameters
    ----------
    path : str
        The file, for messages.
    document : Document
        The indices, of which those of an item are valid until the next item.
    values : Document
        The values.
    """

    def __init__(self, path: str, document: Document, values: Document) -> None:
        self.path = path
        self.document = document
        self.values = values
        self._items = document.items()
        self._number = -1
        self._stack: Any = None

    def of_item(self, item: Item) -> Source:
        """Return the indices of the next item of the values.

        Raises
        ------
        ReadError, LimitError
            If the file cannot be read, or has none for it.
        """
        self._number += 1
        with _errors_name(self.path):
            return self._find(item)

    def check_unchanged(self) -> None:
        """Raise `ReadError` if a file with one array has changed while it was read."""
        if self.document.count == 1:
            with _errors_name(self.path):
                next(self._items, None)

    def _find(self, item: Item) -> Source:
        count, wanted = self.document.count, self.values.count
        has_keys = self.document.format in ARCHIVE_EXTENSIONS and item.key is not None
        if has_keys and (count, wanted) != (1, 1):
            return self._member(item.key)
        if count == wanted:
            return next(self._items).source
        if count > 1:
            raise ReadError(f"it holds {count} arrays of indices for {wanted} arrays of values")
        if not self.values.is_image:
            raise ReadError(
                f"it holds one array of indices for {wanted} arrays of values; name an .npz"
            )
        return self._frame()

    def _member(self, key: str | None) -> Source:
        """Return the array with a key; usually it is the next one."""
        for items in (self._items, self.document.items()):
            self._items = items
            for item in items:
                if item.key == key:
                    return item.source
        raise ReadError(f"it has no array {key!r}, which the values have")

    def _frame(self) -> Source:
        """Return the indices of the next frame, along the first axis of the only array."""
        if self._stack is None:
            self._stack = next(self._items).source
        shape, count = self._stack.shape, self.values.count
        if shape[:1] != (count,):
            raise ReadError(
                f"its shape is {shape_text(shape)}, but the values are {count} frames, which are "
                "counted along the first axis"
            )
        return PageOfStack(self._stack, (self._number,))
