"""Corrections of AVIF files: matrix coefficients, and creation times.

Pillow always encodes with the matrix coefficients of BT.601. The codec stores the time of encoding,
so that equal inputs would give different files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from poolcli.io.file_position import read_at
from poolcli.io.metadata.iso_boxes import iter_boxes
from poolcli.io.note_callback_type import AddNote
from poolcli.io.pillow_private import has_avif_codec

LUMA_WEIGHTS: dict[int, tuple[float, float]] = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}
"""The weights of red and blue in luma, by matrix coefficients (ITU-T H.273, table 4)."""

PILLOW_COEFFICIENTS = 6
"""The matrix coefficients that Pillow's encoder uses."""

IDENTITY, UNSPECIFIED = 0, 2
"""Matrix coefficients of RGB, and of images whose coefficients are unknown."""

BAND_PIXELS = 1 << 18
"""The number of pixels that are converted at a time."""

CONTAINER_BOXES = (b"moov", b"trak", b"mdia")
"""Boxes that contain boxes with times (ISO 14496-12, section 8)."""

TIMED_BOXES = (b"mvhd", b"tkhd", b"mdhd")
"""Boxes that begin with a version, flags, and the times of creation and modification."""


def choose_cicp(frames: Sequence[Image.Image], cicp: bytes, add_note: AddNote) -> bytes | None:
    """Return the code points to write images with; None to leave them to Pillow.

    Parameters
    ----------
    frames : sequence of Image
        All images of the file.
    cicp : bytes
        The code points of the input: colour primaries, transfer characteristics, matrix
        coefficients, and whether the range is full (ITU-T H.273).
    add_note : callable
        Called with a note for the report.

    Examples
    --------
    >>> choose_cicp([Image.new("RGB", (1, 1))], bytes([9, 16, 9, 0]), print)
    b'\\t\\x10\\t\\x01'
    """
    primaries, transfer, coefficients, full_range = cicp
    if coefficients == IDENTITY and not full_range:
        add_note("AVIF is written with a full range here: the code points of colours were dropped")
        return None
    if coefficients in (IDENTITY, UNSPECIFIED):
        coefficients = PILLOW_COEFFICIENTS
    elif not all(can_recode(frame, coefficients) for frame in frames):
        add_note(
            f"matrix coefficients became {PILLOW_COEFFICIENTS} (BT.601), not {coefficients}: they "
            "tell how colours are stored, which stay the same"
        )
        coefficients = PILLOW_COEFFICIENTS
    return bytes([primaries, transfer, coefficients, 1])


def cicp_save_options(cicp: bytes) -> dict[str, Any]:
    """Return Pillow's options that write code points into the bitstream, if its codec can."""
    if not has_avif_codec("aom"):
        return {}
    names = ("color-primaries", "transfer-characteristics", "matrix-coefficients")
    # The prefix "color:" excludes alpha, which is encoded by itself.
    codes = {f"color:{name}": str(code) for name, code in zip(names, cicp, strict=False)}
    return {"codec": "aom", "advanced": codes}


def can_recode(frame: Image.Image, coefficients: int) -> bool:
    """Return whether `recode` can convert an image for other matrix coefficients.

    The conversion changes the colours. Some saturated ones would leave the range of 8 bits.

    Parameters
    ----------
    frame : Image
        The image.
    coefficients : int
        Matrix coefficients of ITU-T H.273.

    Examples
    --------
    >>> green = Image.new("RGB", (1, 1), (0, 255, 0))
    >>> can_recode(green, PILLOW_COEFFICIENTS), can_recode(green, 9)
    (True, False)
    """
    if coefficients not in LUMA_WEIGHTS:
        return False
    if frame.mode in ("L", "LA", "1") or _equals_pillow(coefficients):
        return True
    return all(
        band.min() >= -0.5 and band.max() < 255.5 for _, band in _recoded_bands(frame, coefficients)
    )


def recode(frame: Image.Image, coefficients: int) -> Image.Image:
    """Return an image from which Pillow's encoder makes the YCbCr values of other coefficients.

    Parameters
    ----------
    frame : Image
        RGB or RGBA; an image of another mode is returned as it is.
    coefficients : int
        The matrix coefficients with which decoders will decode the file.

    Examples
    --------
    >>> recode(Image.new("RGB", (1, 1), (100, 150, 120)), 9).getpixel((0, 0))
    (102, 155, 121)
    """
    if frame.mode not in ("RGB", "RGBA") or _equals_pillow(coefficients):
        return frame
    recoded = np.array(frame)
    for top, band in _recoded_bands(frame, coefficients):
        recoded[top : top + len(band), :, :3] = np.floor(np.clip(band + 0.5, 0, 255))
    return Image.fromarray(recoded)


def _equals_pillow(coefficients: int) -> bool:
    """Return whether coefficients are those of Pillow's encoder."""
    return LUMA_WEIGHTS[coefficients] == LUMA_WEIGHTS[PILLOW_COEFFICIENTS]


def _recoded_bands(frame: Image.Image, coefficients: int) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the first row of each band of rows, and its colours, H W 3, not rounded."""
    matrix = np.linalg.inv(_ycbcr_matrix(PILLOW_COEFFICIENTS)) @ _ycbcr_matrix(coefficients)
    step = max(1, BAND_PIXELS // max(frame.width, 1))
    for top in range(0, frame.height, step):
        band = frame.crop((0, top, frame.width, min(top + step, frame.height))).convert("RGB")
        yield top, np.asarray(band, np.float32) @ matrix.T.astype(np.float32)


def _ycbcr_matrix(coefficients: int) -> NDArray[np.float64]:
    """Return the matrix, 3 by 3, that converts red, green and blue to luma and chroma."""
    red, blue = LUMA_WEIGHTS[coefficients]
    luma = np.array([red, 1 - red - blue, blue])
    blue_chroma = (np.array([0, 0, 1]) - luma) / (2 * (1 - blue))
    red_chroma = (np.array([1, 0, 0]) - luma) / (2 * (1 - red))
    return np.stack([luma, blue_chroma, red_chroma])


def clear_creation_times(file: BinaryIO) -> None:
    """Set the times of a written AVIF file to zero, which means unknown.

    Parameters
    ----------
    file : binary file
        The file; it can be read, written and sought in.
    """
    _clear_boxes(file, 0, file.seek(0, os.SEEK_END))
    file.seek(0, os.SEEK_END)


def _clear_boxes(file: BinaryIO, start: int, end: int) -> None:
    for kind, at, stop in iter_boxes(file, start, end):
        if kind in CONTAINER_BOXES:
            _clear_boxes(file, at, stop)
        elif kind in TIMED_BOXES:
            is_64_bit = read_at(file, at, 1) == b"\1"
            file.seek(at + 4)
            file.write(bytes(16 if is_64_bit else 8))
