"""Thumbnails of inputs and results, for the HTML report and the preview."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.Image import Transpose

from poolcli.core.exact_numbers import Number
from poolcli.core.extension_floats import with_numpy_dtype
from poolcli.io.document import Source
from poolcli.io.images.channels_to_rgb import alpha_to_uint8, channels_to_rgb
from poolcli.io.images.image_block_reader import ReadableImage
from poolcli.io.images.image_block_writer import WritableImage
from poolcli.io.images.image_modes import has_alpha
from poolcli.io.images.normalize_to_uint8 import equals_any, normalize_to_uint8
from poolcli.io.images.palette import Palette

MAX_SIDE = 96
"""The longest side of a thumbnail, in pixels."""

JPEG_QUALITY = 80

MAX_PNG_COLOURS = 256
"""With more colours, PNG is larger than JPEG and takes longer."""

MAX_ROW_ELEMENTS = 1 << 16
"""Rows of at most so many elements are read as a whole, of longer ones single elements."""

ThumbnailPixels = npt.NDArray[np.uint8]
"""An array, H W 3, of red, green and blue."""

ValueRange = tuple[Any, Any]
"""The values that are drawn black and white."""


def make_thumbnail(
    source: Source,
    axes: tuple[int, ...],
    palette: Palette | None = None,
    value_range: ValueRange | None = None,
    image_mode: str | None = None,
    ignore: Sequence[Number] = (),
) -> ThumbnailPixels:
    """Return a thumbnail of an image, or of the first plane of an array.

    Parameters
    ----------
    source : ReadableImage, WritableImage, PixelArray or array_like
        An image, or an array that is read by tuples of slices.
    axes : tuple of int
        The spatial axes of an array; the last two of them are drawn.
    palette : Palette, optional
        The palette, if the pixels are indices.
    value_range : tuple of float, optional
        The values, other than 8-bit ones, that are drawn black and white. It is used if it covers
        those of the plane; otherwise their own range is.
    image_mode : str, optional
        The mode, if the source is an image.
    ignore : sequence of int, float or Fraction
        Values that are drawn black, and do not count for the plane's own range.

    Returns
    -------
    ndarray of uint8, H W 3
        At most `MAX_SIDE` pixels a side, not enlarged; a white pixel if the source is empty.

    Examples
    --------
    >>> make_thumbnail(np.array([[0.0, 5.0], [10.0, 2.5]]), (0, 1))[..., 0].tolist()
    [[0, 128], [255, 64]]
    >>> make_thumbnail(np.array([[4.0]]), (0, 1), value_range=(0.0, 8.0))[..., 0].tolist()
    [[128]]
    """
    if 0 in source.shape:
        return np.full((1, 1, 3), 255, np.uint8)
    if isinstance(source, ReadableImage | WritableImage) and source.dtype == np.uint8:
        transposition = source.transposition if isinstance(source, ReadableImage) else None
        return _thumbnail_of_image(source.image, source.mode, palette, transposition)
    if image_mode is not None and len(source.shape) == 3:
        return _thumbnail_of_colours(source, image_mode, value_range, ignore)
    return _thumbnail_of_plane(source, axes, value_range, ignore)


def _thumbnail_of_image(
    image: Image.Image, mode: str, palette: Palette | None, transposition: Transpose | None
) -> ThumbnailPixels:
    """Return a thumbnail of a whole image; transparent pixels become white."""
    is_indexed = palette is not None or image.mode in ("1", "P", "PA")  # must not be averaged
    resampling = Image.Resampling.NEAREST if is_indexed else Image.Resampling.BOX
    # With `reducing_gap` Pillow first averages by a whole number, which is faster.
    small = image.resize(_thumbnail_size(*image.size), resampling, reducing_gap=1.0)
    if transposition is not None:
        small = small.transpose(transposition)
    if palette is not None:
        small = Image.frombytes("P", small.size, small.tobytes())
        small.putpalette(palette.colours)
        if palette.transparency is not None:
            small.info["transparency"] = palette.transparency
    if mode in ("LA", "RGBA") or small.mode in ("P", "PA"):
        small = Image.alpha_composite(Image.new("RGBA", small.size, "white"), small.convert("RGBA"))
    return np.array(small.convert("RGB"))


def _thumbnail_size(width: int, height: int) -> tuple[int, int]:
    """Return the width and height of the thumbnail of an image, in pixels."""
    scale = min(1.0, MAX_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _thumbnail_of_colours(
    source: Source, mode: str, value_range: ValueRange | None, ignore: Sequence[Number]
) -> ThumbnailPixels:
    """Draw evenly spaced pixels of an image that is not Pillow's; transparent ones become white."""
    height, width = source.shape[:2]
    column_count, row_count = _thumbnail_size(width, height)
    columns = np.arange(column_count) * width // column_count
    rows = [row * height // row_count for row in range(row_count)]
    every, lines = slice(0, width), [slice(row, row + 1) for row in rows]
    channels = slice(0, source.shape[2])
    pixels = np.concatenate([source[line, every, channels][:, columns] for line in lines])
    colours = pixels[..., :-1] if has_alpha(mode) else pixels
    if pixels.dtype == np.uint8:
        shown = colours
    else:
        # A range that includes 0 keeps the hues.
        with_zero = value_range and (min(value_range[0], 0), value_range[1])
        shown = _to_grey(colours, with_zero, ignore)
    if has_alpha(mode):
        shown = np.concatenate([shown, alpha_to_uint8(pixels, source.dtype)[..., -1:]], axis=2)
    image = Image.fromarray(channels_to_rgb(shown, mode))
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.array(image.convert("RGB"))


def _thumbnail_of_plane(
    source: Source, axes: tuple[int, ...], value_range: ValueRange | None, ignore: Sequence[Number]
) -> ThumbnailPixels:
    """Draw evenly spaced elements of the first plane."""
    plane = with_numpy_dtype(_sample_plane(source, axes))
    if plane.dtype.kind == "c":
        with np.errstate(over="ignore"):
            plane = np.abs(plane)
    grey = plane if plane.dtype == np.uint8 else _to_grey(plane, value_range, ignore)
    return np.repeat(grey[..., None], 3, axis=2)


def _sample_plane(source: Source, axes: tuple[int, ...]) -> npt.NDArray[Any]:
    """Return as many elements of the first plane as a thumbnail has pixels."""
    shape = source.shape
    row_axis, column_axis = axes[-2:] if len(axes) > 1 else (None, axes[-1])
    height, width = 1 if row_axis is None else shape[row_axis], shape[column_axis]
    column_count, row_count = _thumbnail_size(width, height)
    rows = np.arange(row_count) * height // row_count
    columns = np.arange(column_count) * width // column_count
    strides = getattr(source, "strides", None)
    rows_are_contiguous = strides is None or strides[column_axis] == source.dtype.itemsize
    is_fast = rows_are_contiguous and width <= MAX_ROW_ELEMENTS
    reads_rows = is_fast or isinstance(source, np.ndarray)

    def read(row: int, start: int, stop: int) -> npt.NDArray[Any]:
        block = [slice(0, 1)] * len(shape)
        block[column_axis] = slice(start, stop)
        if row_axis is not None:
            block[row_axis] = slice(row, row + 1)
        return np.asarray(source[tuple(block)]).reshape(-1)

    lines = []
    for row in rows.tolist():
        if reads_rows:
            lines.append(read(row, 0, width)[columns])
        else:
            elements = [read(row, column, column + 1) for column in columns.tolist()]
            lines.append(np.concatenate(elements))
    return np.stack(lines)


def _to_grey(
    plane: npt.NDArray[Any], value_range: ValueRange | None, ignore: Sequence[Number]
) -> ThumbnailPixels:
    """Return a plane as 8-bit grey, on the value range if that covers all finite values.

    Ignored values become black, as NaN does.
    """
    is_ignored = equals_any(plane, ignore)
    if is_ignored.any():
        plane = np.where(is_ignored, np.nan, plane.astype(np.result_type(plane, np.float64)))
    finite = plane[np.isfinite(plane)]
    if value_range is None or not finite.size:
        return normalize_to_uint8(plane)
    low, high = value_range
    if not low <= finite.min() <= finite.max() <= high:
        return normalize_to_uint8(plane)
    if low == high:
        return np.full(plane.shape, 128, np.uint8)
    with_range = np.append(plane.astype(np.result_type(plane, np.float64)), value_range)
    return normalize_to_uint8(with_range)[:-2].reshape(plane.shape)


def encode_thumbnail(thumbnail: ThumbnailPixels) -> tuple[str, bytes]:
    """Return a thumbnail as a JPEG, or as a PNG if it has few colours and the PNG is smaller.

    Examples
    --------
    >>> kind, data = encode_thumbnail(np.zeros((8, 8, 3), np.uint8))
    >>> kind, data[1:4]
    ('png', b'PNG')
    """
    image = Image.fromarray(thumbnail)
    kinds: dict[str, dict[str, Any]] = {"jpeg": {"quality": JPEG_QUALITY, "optimize": True}}
    if image.getcolors(MAX_PNG_COLOURS) is not None:
        kinds["png"] = {}
    files = {kind: io.BytesIO() for kind in kinds}
    for kind, options in kinds.items():
        image.save(files[kind], kind, **options)
    kind = min(files, key=lambda each: files[each].tell())
    return kind, files[kind].getvalue()
