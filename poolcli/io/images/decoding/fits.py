"""FITS images: the header, and the physical values of the pixels (FITS standard 4.0)."""

from __future__ import annotations

import io
import math
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from poolcli.core.shape_text import shape_text
from poolcli.errors import ReadError
from poolcli.io.file_position import keep_position
from poolcli.io.note_callback_type import AddNote

BLOCK_BYTES, CARD_BYTES = 2880, 80
"""The sizes of a block, to which headers and data are padded, and of a header card (3.1, 3.3.1)."""

MAX_HEADER_BLOCKS = 10_000
"""The number of blocks after which a header counts as damaged; real headers have tens."""

STORED_DTYPES = {8: ">u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}
"""Dtypes of stored values, by BITPIX (4.4.1.1)."""

INTEGER_DTYPES = (np.uint8, np.uint16, np.int32)
"""Dtypes of Pillow's integer modes."""

ASTROPY_HINT = "astropy converts it: numpy.save('x.npy', astropy.io.fits.getdata('x.fits'))"


class FitsHeader(NamedTuple):
    """The header of the first image in a FITS file.

    Attributes
    ----------
    cards : dict
        The values by keyword, as text.
    start : int
        The offset of the data, in bytes.
    """

    cards: dict[str, str]
    start: int

    def integer(self, keyword: str) -> int:
        """Return an integer of the header; raise `ReadError` if it is missing."""
        return int(self.real(keyword))

    def real(self, keyword: str, default: float | None = None) -> float:
        """Return a number of the header.

        Parameters
        ----------
        keyword : str
            Its keyword.
        default : float, optional
            What to return if the keyword is missing.

        Raises
        ------
        ReadError
            If it is missing without a default, or not a finite number.
        """
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
        """The sizes of the axes, in NumPy's order, which reverses that of the header."""
        count = self.integer("NAXIS")
        return tuple(self.integer(f"NAXIS{axis}") for axis in range(count, 0, -1))

    @property
    def stored_dtype(self) -> np.dtype[Any]:
        """The dtype of the values in the file."""
        return np.dtype(STORED_DTYPES[self.integer("BITPIX")])

    @property
    def scale(self) -> tuple[float, float]:
        """The factor and the offset that turn stored into physical values (4.4.2.5)."""
        return self.real("BSCALE", 1), self.real("BZERO", 0)


def check_fits(file: BinaryIO) -> None:
    """Raise `ReadError` if Pillow would read a file wrongly or not at all.

    The first data of the file must be an image of two axes whose values one of Pillow's modes
    holds. Tables, compressed images and cubes are refused.
    """
    with keep_position(file):
        header = _read_header_with_data(file)
    kind = header.cards.get("XTENSION", "IMAGE").strip()
    if header.cards.get("ZIMAGE") == "T":
        raise _unsupported_error("a compressed FITS image, which is not read")
    if kind != "IMAGE":
        raise _unsupported_error(f"the first data of the FITS file is a {kind}, not an image")
    if header.integer("BITPIX") not in STORED_DTYPES:
        raise ReadError(f"the FITS header is damaged: BITPIX is {header.cards['BITPIX']}")
    shape = header.shape
    if len(shape) < 2 or math.prod(shape[:-2]) != 1:
        raise _unsupported_error(f"a FITS array of {shape_text(shape)} is not an image of two axes")
    _integer_dtype(header)


def read_fits_image(file: BinaryIO, add_note: AddNote) -> Image.Image:
    """Return the first image of a FITS file that `check_fits` accepts, with physical values.

    Physical values are ``BZERO + BSCALE * stored``. Rows are in Pillow's order, the last one first.

    Parameters
    ----------
    file : binary file
        The file; its position is kept.
    add_note : callable
        Called with each note for the report.
    """
    with keep_position(file):
        header = _read_header_with_data(file)
        height, width = header.shape[-2:]
        file.seek(header.start)
        data = file.read(height * width * header.stored_dtype.itemsize)
        padded = -(-len(data) // BLOCK_BYTES) * BLOCK_BYTES
        if header.start + padded < file.seek(0, io.SEEK_END):
            add_note(f"only the first image of the FITS file was read; for others {ASTROPY_HINT}")
    stored = np.frombuffer(data, header.stored_dtype).reshape(height, width)[::-1]
    return Image.fromarray(np.ascontiguousarray(_physical_values(stored, header, add_note)))


def _physical_values(
    stored: npt.NDArray[Any], header: FitsHeader, add_note: AddNote
) -> npt.NDArray[Any]:
    """Return physical values in a dtype of Pillow; undefined real values become NaN."""
    scale, zero = header.scale
    # An integer equal to BLANK is undefined (4.4.2.5).
    has_blank = stored.dtype.kind != "f" and "BLANK" in header.cards
    undefined = stored == header.integer("BLANK") if has_blank else None
    dtype = _integer_dtype(header)
    if dtype is not None:
        if dtype is np.int32 and stored.itemsize < 4:
            bits = 8 * stored.itemsize
            add_note(f"signed {bits}-bit grey was read as 32-bit, for Pillow has no such mode")
        if undefined is not None and undefined.any():
            blank = int(scale) * header.integer("BLANK") + int(zero)
            add_note(
                f"undefined pixels (BLANK) were pooled as {blank}; --ignore {blank} leaves them out"
            )
        values: npt.NDArray[Any] = stored.astype(np.int64) * int(scale) + int(zero)
        return values.astype(dtype)
    if (scale, zero) != (1, 0):
        add_note("values were scaled as the header says (BSCALE, BZERO), to 32-bit floats")
    with np.errstate(over="ignore", invalid="ignore"):
        real = stored if (scale, zero) == (1, 0) else stored.astype(np.float64) * scale + zero
        values = real.astype(np.float32)
    if undefined is not None:
        values[undefined] = np.nan
    return values


def _integer_dtype(header: FitsHeader) -> Any:
    """Return the integer dtype that holds all physical values; None if they are real.

    Raise `ReadError` if they are integers that no dtype of Pillow holds.
    """
    if header.stored_dtype.kind == "f" or any(number % 1 for number in header.scale):
        return None
    scale, zero = map(int, header.scale)
    limits = np.iinfo(header.stored_dtype)
    low, high = sorted(int(limit) * scale + zero for limit in (limits.min, limits.max))
    for dtype in INTEGER_DTYPES:
        if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
            return dtype
    raise _unsupported_error("integers of this FITS image need more than 32 bits")


def _unsupported_error(problem: str) -> ReadError:
    return ReadError(f"{problem}; {ASTROPY_HINT}")


def _read_header_with_data(file: BinaryIO) -> FitsHeader:
    """Return the first header that is followed by data; the position of the file is not kept."""
    file.seek(0)
    while True:
        header = _read_header(file)
        if header.integer("NAXIS") > 0:
            return header


def _read_header(file: BinaryIO) -> FitsHeader:
    cards: dict[str, str] = {}
    for _ in range(MAX_HEADER_BLOCKS):
        block = file.read(BLOCK_BYTES)
        for at in range(0, len(block), CARD_BYTES):
            card = block[at : at + CARD_BYTES].decode("latin-1")
            keyword = card[:8].rstrip()
            if keyword == "END":
                return FitsHeader(cards, file.tell())
            if card[8:10] == "= ":
                cards.setdefault(keyword, _card_value(card[10:]))
    raise ReadError("the FITS file is cut off, or holds no image")


def _card_value(text: str) -> str:
    """Return the value of a card without its comment; of a string, the text between the quotes."""
    text = text.strip()
    return text[1:].partition("'")[0] if text.startswith("'") else text.partition("/")[0].strip()
