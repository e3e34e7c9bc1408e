"""The header of a FITS file, and the values that its pixels stand for (FITS standard 4.0)."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from poolcli.core.size_text import size_text
from poolcli.errors import ReadError
from poolcli.io.file_position import keep_position

BLOCK_BYTES, CARD_BYTES = 2880, 80
"""Bytes of a block, to which headers and data are padded, and of a header line (3.1, 3.3.1)."""

MOST_BLOCKS = 10_000
"""The largest number of blocks in a header; real files have tens."""

STORED = {8: ">u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}
"""Dtypes by BITPIX (4.4.1.1)."""

INTEGERS = (np.uint8, np.uint16, np.int32)
"""Dtypes of Pillow's modes that hold integers."""

TO_NPY = "astropy converts it: numpy.save('x.npy', astropy.io.fits.getdata('x.fits'))"


class FitsHeader(NamedTuple):
    """The header of the first image in a FITS file.

    Attributes
    ----------
    cards : dict
        Values by keyword, as written.
    start : int
        Where the data begins.
    """

    cards: dict[str, str]
    start: int

    def integer(self, keyword: str, default: int | None = None) -> int:
        """An integer of the header; without a default it must be there."""
        return int(self._number(keyword, default))

    def real(self, keyword: str, default: float) -> float:
        """A number of the header."""
        return self._number(keyword, default)

    def _number(self, keyword: str, default: float | None) -> float:
        word = self.cards.get(keyword)
        if word is None and default is not None:
            return default
        try:
            found = float((word or "").replace("D", "E"))
        except ValueError:
            found = math.nan
        if not math.isfinite(found):
            raise ReadError(f"the FITS header is damaged: {keyword} is {word or 'missing'}")
        return found

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the axes, the first of the header last, as NumPy has them."""
        count = self.integer("NAXIS")
        return tuple(self.integer(f"NAXIS{axis}") for axis in range(count, 0, -1))

    @property
    def stored(self) -> np.dtype[Any]:
        """The dtype of the numbers in the file."""
        return np.dtype(STORED[self.integer("BITPIX")])

    @property
    def scale(self) -> tuple[float, float]:
        """The factor and the offset of stored numbers (4.4.2.5)."""
        return self.real("BSCALE", 1), self.real("BZERO", 0)


def check_fits(file: BinaryIO) -> None:
    """Refuse what Pillow reads wrongly or not at all: tables, compressed images, cubes.

    Raises
    ------
    ReadError
        If the first data of the file is no image of two axes that a mode of Pillow holds.
    """
    with keep_position(file):
        file.seek(0)
        header = _first_with_data(file)
    kind = header.cards.get("XTENSION", "IMAGE").strip()
    if header.cards.get("ZIMAGE") == "T":
        raise ReadError(f"a compressed FITS image, which is not read; {TO_NPY}")
    if kind != "IMAGE":
        raise ReadError(f"the first data of the FITS file is a {kind}, not an image; {TO_NPY}")
    if header.integer("BITPIX") not in STORED:
        raise ReadError(f"the FITS header is damaged: BITPIX is {header.cards['BITPIX']}")
    shape = header.shape
    if len(shape) < 2 or math.prod(shape[:-2]) != 1:
        raise ReadError(f"a FITS array of {size_text(shape)} is no picture of two axes; {TO_NPY}")
    if header.stored.kind in "ui" and _integer_dtype(header) is None and _is_exact(header):
        raise ReadError(f"integers of this FITS image need more than 32 bits; {TO_NPY}")


def fits_pixels(file: BinaryIO, say: Callable[[str], None]) -> Image.Image:
    """The first image of a FITS file, which `check_fits` accepts, with the values it stands for.

    Values are ``BZERO + BSCALE * stored``; rows are in Pillow's order, the last one first.

    Parameters
    ----------
    say : callable
        Takes what the person should know.
    """
    with keep_position(file):
        file.seek(0)
        header = _first_with_data(file)
        height, width = header.shape[-2:]
        file.seek(header.start)
        data = file.read(height * width * header.stored.itemsize)
        padded = -(-len(data) // BLOCK_BYTES) * BLOCK_BYTES
        if header.start + padded < file.seek(0, io.SEEK_END):
            say(f"only the first image of the FITS file was read; for others {TO_NPY}")
    stored = np.frombuffer(data, header.stored).reshape(height, width)[::-1]
    return Image.fromarray(np.ascontiguousarray(_physical(stored, header, say)))


def _physical(
    stored: npt.NDArray[Any], header: FitsHeader, say: Callable[[str], None]
) -> npt.NDArray[Any]:
    scale, zero = header.scale
    undefined = _undefined(stored, header)
    dtype = _integer_dtype(header)
    if dtype is not None:
        if dtype is np.int32 and stored.itemsize < 4:
            bits = 8 * stored.itemsize
            say(f"signed {bits}-bit grey was read as 32-bit, for Pillow has no such mode")
        if undefined is not None and undefined.any():
            blank = int(scale) * header.integer("BLANK") + int(zero)
            way_out = f"--ignore {blank} leaves them out"
            say(f"undefined pixels (BLANK) were pooled as {blank}; {way_out}")
        values: npt.NDArray[Any] = stored.astype(np.int64) * int(scale) + int(zero)
        return values.astype(dtype)
    if (scale, zero) != (1, 0):
        say("values were scaled as the header says (BSCALE, BZERO), to 32-bit floats")
    with np.errstate(over="ignore", invalid="ignore"):
        real = stored if (scale, zero) == (1, 0) else stored.astype(np.float64) * scale + zero
        values = real.astype(np.float32)
    if undefined is not None:
        values[undefined] = np.nan
    return values


def _undefined(stored: npt.NDArray[Any], header: FitsHeader) -> npt.NDArray[np.bool_] | None:
    """A mask of the integers that are BLANK, which stands for no value (4.4.2.5)."""
    if stored.dtype.kind == "f" or "BLANK" not in header.cards:
        return None
    undefined: npt.NDArray[np.bool_] = stored == header.integer("BLANK")
    return undefined


def _is_exact(header: FitsHeader) -> bool:
    return all(number.is_integer() for number in map(float, header.scale))


def _integer_dtype(header: FitsHeader) -> Any:
    """The dtype that holds all values of an image of integers; None where there is none."""
    if header.stored.kind == "f" or not _is_exact(header):
        return None
    scale, zero = map(int, header.scale)
    limits = np.iinfo(header.stored)
    low, high = sorted(int(limit) * scale + zero for limit in (limits.min, limits.max))
    for dtype in INTEGERS:
        if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
            return dtype
    return None


def _first_with_data(file: BinaryIO) -> FitsHeader:
    """The first header that data follows, from the position of the file on."""
    while True:
        header = _read_header(file)
        if header.integer("NAXIS") > 0:
            return header


def _read_header(file: BinaryIO) -> FitsHeader:
    cards: dict[str, str] = {}
    for _ in range(MOST_BLOCKS):
        block = file.read(BLOCK_BYTES)
        for at in range(0, len(block), CARD_BYTES):
            card = block[at : at + CARD_BYTES].decode("latin-1")
            keyword = card[:8].rstrip()
            if keyword == "END":
                return FitsHeader(cards, file.tell())
            if card[8:10] == "= ":
                cards.setdefault(keyword, _value(card[10:]))
    raise ReadError("the FITS file is cut off, or holds no image")


def _value(text: str) -> str:
    """The value in a card, without its comment; of a string what stands between the quotes."""
    text = text.strip()
    return text[1:].partition("'")[0] if text.startswith("'") else text.partition("/")[0].strip()
