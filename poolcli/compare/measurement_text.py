"""Measurements as text, for the table, the contact sheet and the page of a comparison."""

from __future__ import annotations

from typing import NamedTuple

from poolcli.compare.comparison import Comparison, Row
from poolcli.core.shape_text import shape_text

MAX_RATIO = 1e4
"""The largest ratio to the original that is printed. The original is almost 0 beyond it."""


UNDEFINED = "-"
"""The text of a measurement that is not defined."""


class Measurement(NamedTuple):
    """A measurement on a contact sheet.

    Attributes
    ----------
    name, value : str
        The name and the value; a minus sign if it is not defined.
    note : str
        The original's value, or what the value is; empty where there is nothing to add.
    """

    name: str
    value: str
    note: str


class TileLabels(NamedTuple):
    """The texts above a tile.

    Attributes
    ----------
    name : str
        The mode with its argument.
    shape_and_dtype : str
        Shape and dtype.
    memory : str
        The size of the elements.
    measurements : list of Measurement
        kept, peaks, mean, shift and noise.
    caption : str
        How values are drawn, with its parts separated by commas; may be empty.
    """

    name: str
    shape_and_dtype: str
    memory: str
    measurements: list[Measurement]
    caption: str


def tile_labels(row: Row, original: Row) -> TileLabels:
    """Return the texts above the tile of a row.

    Parameters
    ----------
    row, original : Row
        The row, and that of the input. They are the same for the input itself.
    """
    values, originals = _values(row), _values(original)
    if row is original:
        notes = dict.fromkeys(("shift", "noise"), "the original itself")
    else:
        notes = {
            name: f"original {value}"
            for name, value in originals.items()
            if name != "kept" and value != UNDEFINED
        }
    return TileLabels(
        row.name,
        f"{shape_text(row.shape)} {row.dtype}",
        memory_text(row.nbytes),
        [Measurement(name, value, notes.get(name, "")) for name, value in values.items()],
        row.tiles[0].caption,
    )


def _values(row: Row) -> dict[str, str]:
    """Return the measurements of a row by name."""
    return {
        "kept": percent(row.kept),
        "peaks": number_text(row.peak),
        "mean": number_text(row.mean),
        "shift": percent(row.shift),
        "noise": percent(row.noise),
    }


def sheet_legend(comparison: Comparison) -> str:
    """Return what the measurements on the contact sheet of a comparison mean.

    Parameters
    ----------
    comparison : Comparison
        The comparison.
    """
    text = (
        "kept: number of elements, relative to the original. peaks: mean of the largest 1 % of "
        "the elements. shift, noise: change of the result when the original moves by one "
        f"element, or when noise of {comparison.noise_strength:g} times its standard deviation "
        "is added; the norm of the difference over the norm of the result."
    )
    is_complete = all(UNDEFINED not in _values(row).values() for row in comparison.rows)
    return text if is_complete else f"{text} {UNDEFINED}: not defined."


def number_text(value: float | None) -> str:
    """Return a number with four digits: more before the point, or if five are exact.

    Examples
    --------
    >>> [number_text(each) for each in (110.3456, 3.3125, 30214.7, 2.5e9, None)]
    ['110.3', '3.3125', '30215', '2.5e+09', '-']
    """
    if value is None:
        return UNDEFINED
    if 1e4 <= abs(value) < 1e7:
        return f"{value:.0f}"
    five_digits = f"{value:.5g}"
    return five_digits if float(five_digits) == value else f"{value:.4g}"


def number_with_ratio(value: float | None, original: float | None) -> str:
    """Return a number with its ratio to the original's, unless that is negative or extreme.

    Examples
    --------
    >>> [number_with_ratio(value, 100.0) for value in (120.0, 1600.0, 171234.0)]
    ['120 (120 %)', '1600 (16x)', '171234 (1712x)']
    >>> number_with_ratio(1.0, -2.0), number_with_ratio(0.0, -2.0), number_with_ratio(None, 1.0)
    ('1', '0 (0 %)', '-')
    """
    return number_text(value) + _ratio(value, original)


def change_with_ratio(value: float | None, original: float | None) -> str:
    """Return a relative change with its ratio to the original's own.

    Examples
    --------
    >>> change_with_ratio(0.00944, 0.0376), change_with_ratio(0.1, 0.0)
    ('0.944 % (25.1 %)', '10 %')
    """
    return percent(value) + _ratio(value, original)


def ratio_to_original(value: float | None, original: float | None) -> float | None:
    """Return the ratio of two measurements; None if it is undefined, negative or extreme.

    Parameters
    ----------
    value, original : float, optional
        The measurement of a result, and that of the input.

    Examples
    --------
    >>> ratio_to_original(120.0, 100.0), ratio_to_original(1.0, -2.0), ratio_to_original(1.0, 0.0)
    (1.2, None, None)
    """
    if value is None or not original:
        return None
    ratio = value / original
    return abs(ratio) if 0 <= ratio < MAX_RATIO else None  # -0.0 is 0


def _ratio(value: float | None, original: float | None) -> str:
    """Return the ratio of two measurements in parentheses; empty without one."""
    ratio = ratio_to_original(value, original)
    if ratio is None:
        return ""
    digits = 3 if ratio < 1000 else 4
    return f" ({percent(ratio) if ratio < 10 else f'{ratio:.{digits}g}x'})"


def percent(share: float | None) -> str:
    """Return a share in per cent, with three digits below 100 % and above a million per cent.

    Examples
    --------
    >>> percent(0.25), percent(0.0094345), percent(15.996), percent(1.5e20), percent(None)
    ('25 %', '0.943 %', '1600 %', '1.5e+22 %', '-')
    """
    if share is None:
        return UNDEFINED
    return f"{100 * share:.0f} %" if 1 <= share < MAX_RATIO else f"{100 * share:.3g} %"


def memory_text(nbytes: int) -> str:
    """Return a number of bytes as text.

    Examples
    --------
    >>> memory_text(64), memory_text(49152), memory_text(1 << 21)
    ('64 bytes', '48 KiB', '2 MiB')
    """
    if nbytes < 1 << 10:
        return f"{nbytes} bytes"
    return f"{nbytes / 1024:.3g} KiB" if nbytes < 1000 << 10 else f"{nbytes / (1 << 20):.3g} MiB"
