"""What a comparison measured: a table, or JSON lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TextIO

from poolcli.report.compared import Comparison, Row
from poolcli.report.record import finite
from poolcli.report.text import cross, number, put, safe
from poolcli.request import STREAM

LEGEND = (
    "kept: elements left, and so the work left for what follows",
    "peaks, mean: the mean of the largest 1 %, and of all, beside the input's",
    "shift: how much the result changes when the input moves by one element",
    "noise: how much it changes when the input gets noise of {noise:g} of its standard deviation",
    "Both changes are relative: the norm of the difference over the norm of the result.",
)


def tell(compared: Comparison, output: str, noise: float, report: str, stream: TextIO) -> None:
    """Print what was measured.

    Parameters
    ----------
    output : str
        Where the sheet was written.
    noise : float
        The strength of the noise.
    report : {"table", "json", "none"}
        How.
    """
    if report == "json":
        from json import dumps  # takes its time to load

        for line in _json_lines(compared, noise, output):
            stream.write(dumps(line, allow_nan=False) + "\n")
    elif report == "table":
        _print(compared, noise, output, stream)


def _json_lines(compared: Comparison, noise: float, output: str) -> Iterator[dict[str, Any]]:
    """One object for the input, its mode null, and one for each mode; keys never go missing."""
    for row in compared.rows:
        yield {
            "input": compared.input,
            "output": output,
            "mode": row.mode,
            "argument": finite(row.argument),
            "shape": list(row.shape),
            "dtype": row.dtype,
            "kept": row.kept,
            "peak": finite(row.peak),
            "mean": finite(row.mean),
            "shift": row.shift,
            "noise_strength": noise,
            "noise": row.noise,
            "notes": compared.notes,
        }


def _print(compared: Comparison, noise: float, output: str, stream: TextIO) -> None:
    """A row a mode, and what the columns mean."""
    from poolcli.report.table import put_cells

    first = compared.rows[0]
    cells = [_cells(row, first) for row in compared.rows]
    put_cells(stream, cells, dropped=("shape", "mean", "peaks"))
    for line in LEGEND:
        put(stream, line.format(noise=noise) + "\n")
    if output != STREAM:
        put(stream, f"The sheet is {safe(output)}.\n")
    for note in compared.notes:
        put(stream, f"note: {safe(compared.input)}: {safe(note)}\n")


def _cells(row: Row, first: Row) -> dict[str, str]:
    return {
        "mode": row.name,
        "shape": cross(list(row.shape)),
        "kept": _percent(row.kept),
        "peaks": _beside(row.peak, first.peak),
        "mean": _beside(row.mean, first.mean),
        "shift": _percent(row.shift),
        "noise": _percent(row.noise),
    }


def _beside(value: float | None, of: float | None) -> str:
    """A number, and its share of the input's where that says something.

    Examples
    --------
    >>> _beside(120.0, 100.0), _beside(1.0, -2.0), _beside(None, 1.0)
    ('120 (120 %)', '1', '-')
    """
    if value is None or of is None or of <= 0:
        return number(value)
    return f"{value:.4g} ({_percent(value / of)})"


def _percent(share: float | None) -> str:
    """A share in per cent, with three digits where it is small.

    Examples
    --------
    >>> _percent(0.25), _percent(0.0094345), _percent(15.996), _percent(None)
    ('25 %', '0.943 %', '1600 %', '-')
    """
    if share is None:
        return "-"
    return f"{100 * share:.0f} %" if share >= 1 else f"{100 * share:.3g} %"
