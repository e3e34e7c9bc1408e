"""Reading of GDAL's nodata tag."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

import numpy as np
import pytest

from poolcli.core.exact_numbers import Number
from poolcli.core.ignored_values import as_element
from poolcli.io.tiff.gdal_nodata import parse_nodata

FLT_MAX = np.finfo(np.float32).max
DBL_MAX = sys.float_info.max


def parsed(value: object) -> tuple[Number | None, list[str]]:
    """Return the number and the notes."""
    notes: list[str] = []
    return parse_nodata(value, notes.append), notes


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("-9999", -9999),
        ("-9999\0", -9999),
        (b" 255 \0\0", 255),
        ("0\0garbage", 0),
        ("-9999.0", -9999),
        ("0.1", Fraction(1, 10)),
        ("1e3", 1000),
        ("18446744073709551615", 2**64 - 1),
        ("inf", math.inf),
        ("-1.#INF", -math.inf),
        ("-1.79769313486232e+308", -int(DBL_MAX)),
        ("1.7976931348623157e+308", int("17976931348623157" + "0" * 292)),
        (None, None),
    ],
)
def test_numbers(value: object, number: Number | None) -> None:
    assert parsed(value) == (number, [])


@pytest.mark.parametrize("text", ["nan", "NaN", " -nan\0", "1.#QNAN", "-1.#IND"])
def test_nan(text: str) -> None:
    number, notes = parsed(text)
    assert number is not None
    assert number != number
    assert not notes


@pytest.mark.parametrize(
    ("text", "dtype", "element"),
    [
        ("-3.4028234663852886e+38", "f4", -FLT_MAX),
        ("-3.40282346638529e+38", "f4", -FLT_MAX),
        ("-3.4028235e+38", "f4", -FLT_MAX),
        ("-1.79769313486232e+308", "f8", -DBL_MAX),
        ("-1.7976931348623157e+308", "f8", -DBL_MAX),
        ("-9999.9", "f4", np.float32(-9999.9)),
        ("-3.4e+38", "u1", None),
        ("-1", "u2", None),
        ("0.5", "i2", None),
        ("nan", "i4", None),
    ],
)
def test_values_of_a_dtype(text: str, dtype: str, element: object) -> None:
    number, _ = parsed(text)
    assert as_element(number, np.dtype(dtype)) == element


@pytest.mark.parametrize(
    "value", ["", "n/a", "1 2", "1e99999999", "9" * 5000, b"\xff", (1, 2), 7.5]
)
def test_damaged_values_give_a_note(value: object) -> None:
    number, notes = parsed(value)
    assert number is None
    (note,) = notes
    assert note.startswith("GDAL's nodata ")
    assert note.endswith(" is not a number and was not used")
    assert len(note) < 90
