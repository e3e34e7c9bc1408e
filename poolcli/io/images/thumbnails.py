"""Small pictures of what goes in and what comes out, for looking at."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from poolcli.io.document import Source
from poolcli.io.images.canvas import Canvas
from poolcli.io.images.pixels import UPRIGHT, Palette, Pixels, Turn, normalized

JPEG_QUALITY = 80

FEW_COLOURS = 256
"""With more PNG is larger than JPEG, and takes its time."""

SHORT = 1 << 16
"""Rows of so many elements are read as a whole; of longer ones, and of what does not lie in rows,
each element is."""

SIDE = 96
"""The longest side of a small picture, in pixels."""

Small = npt.NDArray[np.uint8]
"""H W 3."""


Span = tuple[Any, Any]
"""The values that are drawn black and white."""


def thumb_of(
    source: Source,
    axes: tuple[int, ...],
    palette: Palette | None = None,
    span: Span | None = None,
) -> Small:
    """A small picture: of a picture all of it, of an array its first plane.

    Parameters
    ----------
    source : array_like
        A picture that is loaded, or anything else that is read by tuples of slices.
    axes : tuple of int
        The spatial axes of an array; the last two of them are drawn.
    palette : Palette, optional
        What a picture's pixels are indices into.
    span : tuple of float, optional
        How values other than 8 bits are drawn, if it holds them; else their own range is.

    Returns
    -------
    ndarray of uint8, H W 3
        At most `SIDE` a side, not enlarged; a white pixel where there is nothing.

    Examples
    --------
    >>> thumb_of(np.array([[0.0, 5.0], [10.0, 2.5]]), (0, 1))[..., 0].tolist()
    [[0, 128], [255, 64]]
    >>> thumb_of(np.array([[4.0]]), (0, 1), span=(0.0, 8.0))[..., 0].tolist()
    [[128]]
    """
    if 0 in source.shape:
        return np.full((1, 1, 3), 255, np.uint8)
    if isinstance(source, Pixels | Canvas) and source.dtype == np.uint8:
        turn = source.turn if isinstance(source, Pixels) else UPRIGHT
        return _picture(source.image, source.mode, palette, turn)
    return _plane(source, axes, span)


def _picture(image: Image.Image, mode: str, palette: Palette | None, turn: Turn) -> Small:
    size = _fitting(*image.size)
    if palette is not None or image.mode in ("1", "P", "PA"):
        small = image.resize(size, Image.Resampling.NEAREST)  # colours, not indices, may blend
    else:
        # Pillow reduces by whole numbers in one step, and the rest by means.
        small = image.resize(size, Image.Resampling.BOX, reducing_gap=1.0)
    if turn.method is not None:
        small = small.transpose(turn.method)
    if palette is not None:
        small = Image.frombytes("P", small.size, small.tobytes())
        small.putpalette(palette.colours)
        small.info["transparency"] = palette.transparency
        if palette.transparency is None:
            del small.info["transparency"]
    if mode in ("LA", "RGBA") or small.mode in ("P", "PA"):
        small = Image.alpha_composite(Image.new("RGBA", small.size, "white"), small.convert("RGBA"))
    return np.array(small.convert("RGB"))


def _fitting(width: int, height: int) -> tuple[int, int]:
    share = min(1.0, SIDE / max(width, height))
    return max(1, round(width * share)), max(1, round(height * share))


def _plane(source: Source, axes: tuple[int, ...], span: Span | None) -> Small:
    """Elements of the first plane, as far apart as they must be."""
    shape = source.shape
    rows, columns = axes[-2:] if len(axes) > 1 else (None, axes[-1])
    height = 1 if rows is None else shape[rows]
    wide, high = _fitting(shape[columns], height)
    picks = np.arange(high) * height // high, np.arange(wide) * shape[columns] // wide
    strides = getattr(source, "strides", None)
    in_rows = strides is None or strides[columns] == source.dtype.itemsize
    held = isinstance(source, np.ndarray)
    by_row = held or (in_rows and shape[columns] <= SHORT)

    def read(row: int, start: int, stop: int) -> npt.NDArray[Any]:
        box = [slice(0, 1)] * len(shape)
        box[columns] = slice(start, stop)
        if rows is not None:
            box[rows] = slice(row, row + 1)
        return np.asarray(source[tuple(box)]).reshape(-1)

    lines = []
    for row in picks[0].tolist():
        if by_row:
            lines.append(read(row, 0, shape[columns])[picks[1]])
        else:
            lines.append(np.concatenate([read(row, at, at + 1) for at in picks[1].tolist()]))
    plane = np.stack(lines)
    if plane.dtype.kind == "c":
        with np.errstate(over="ignore"):
            plane = np.abs(plane)
    grey = plane if plane.dtype == np.uint8 else _grey(plane, span)
    return np.repeat(grey[..., None], 3, axis=2)


def _grey(plane: npt.NDArray[Any], span: Span | None) -> Small:
    finite = plane[np.isfinite(plane)]
    if span is None or not finite.size or not span[0] <= finite.min() <= finite.max() <= span[1]:
        return normalized(plane)
    if span[0] == span[1]:
        return np.full(plane.shape, 128, np.uint8)
    return normalized(np.append(plane.astype(np.result_type(plane, np.float64)), span))[
        :-2
    ].reshape(plane.shape)


def coded(small: Small) -> tuple[str, bytes]:
    """A small picture as JPEG; as PNG where it has few colours and that is smaller.

    Examples
    --------
    >>> kind, data = coded(np.zeros((8, 8, 3), np.uint8))
    >>> kind, data[1:4]
    ('png', b'PNG')
    """
    image = Image.fromarray(small)
    kinds: dict[str, dict[str, Any]] = {"jpeg": {"quality": JPEG_QUALITY, "optimize": True}}
    if image.getcolors(FEW_COLOURS) is not None:
        kinds["png"] = {}
    files = {kind: io.BytesIO() for kind in kinds}
    for kind, more in kinds.items():
        image.save(files[kind], kind, **more)
    kind = min(files, key=lambda each: files[each].tell())
    return kind, files[kind].getvalue()
