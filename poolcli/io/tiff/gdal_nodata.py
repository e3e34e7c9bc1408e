"""The nodata value of a TIFF: the text in GDAL's tag 42113.

Source: GDAL's GTiff driver, "Nodata value", and `CPLStrtod`, whose spellings of NaN and infinities
are those of printf on several systems.
"""

from __future__ import annotations

import sys
from typing import Any

from poolcli.core.exact_numbers import Number, read_exact_number
from poolcli.io.metadata.tiff_tags import GDAL_NODATA
from poolcli.io.note_callback_type import AddNote

SPELLINGS = {
    "1.#qnan": "nan", "-1.#qnan": "nan", "1.#snan": "nan", "-1.#ind": "nan", "-nan(ind)": "nan",
    "1.#inf": "inf", "-1.#inf": "-inf",
}  # fmt: skip
"""Numbers that are not finite, as the C library of Windows writes them."""

LARGEST_FLOAT = int(sys.float_info.max)
TOLERANCE = LARGEST_FLOAT // 10**10

MAX_SHOWN_CHARACTERS = 30


def parse_nodata(value: object, add_note: AddNote) -> Number | None:
    """Return the nodata value that GDAL's tag has, exactly.

    Parameters
    ----------
    value : str or bytes
        The value of the tag; any other type is damaged. None for a file without the tag.
    add_note : callable
        Called with a note if the text is not a number.

    Returns
    -------
    int, float, Fraction or None
        A float is NaN or an infinity. None if there is no number.

    Examples
    --------
    >>> parse_nodata("-9999 ", print), parse_nodata(" nan", print), parse_nodata("0.1", print)
    (-9999, nan, Fraction(1, 10))
    >>> parse_nodata("n/a", print)
    GDAL's nodata 'n/a' is not a number and was not used
    """
    if value is None:
        return None
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if not isinstance(text, str):
        text = str(text)
    else:
        text = text.partition("\0")[0].strip()
        word = text.lower()
        try:
            return _as_finite_float(read_exact_number(SPELLINGS.get(word, word)))
        except (ValueError, OverflowError):
            pass
    shown = text if len(text) <= MAX_SHOWN_CHARACTERS else f"{text[:MAX_SHOWN_CHARACTERS]}…"
    add_note(f"GDAL's nodata {shown!r} is not a number and was not used")
    return None


def nodata_of_image(image: Any, add_note: AddNote) -> Number | None:
    """Return GDAL's nodata of the first page of a TIFF that Pillow has opened.

    Parameters
    ----------
    image : PIL.TiffImagePlugin.TiffImageFile
        The image at its first page.
    add_note : callable
        As in `parse_nodata`.
    """
    return parse_nodata(image.tag_v2.get(GDAL_NODATA), add_note)


def _as_finite_float(number: Number) -> Number:
    """Return the largest float for a number that exceeds it because it was written in few digits.

    ``-1.79769313486232e+308``, 15 digits of the lowest float, is beyond the range of floats.
    """
    if isinstance(number, int) and 0 < abs(number) - LARGEST_FLOAT < TOLERANCE:
        return LARGEST_FLOAT if number > 0 else -LARGEST_FLOAT
    return number
