"""The report of a comparison: a table of the measurements, or JSON lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, TextIO

from poolcli.compare.comparison import Comparison, Row
from poolcli.core.shape_text import shape_text
from poolcli.io.output_paths import STDIN_OR_STDOUT
from poolcli.report.format_values import input_name, printable
from poolcli.report.record import Record, json_number
from poolcli.report.reporters import print_failure
from poolcli.report.terminal_printer import TerminalPrinter

COLUMN_LEGEND = {
    "kept": "number of elements, relative to the original",
    "peaks": "mean of the largest 1 % of the elements (relative to the original)",
    "mean": "mean of all elements (relative to the original)",
    "shift": "relative change of the result when the original moves by one element",
    "noise": "relative change of the result when noise is added to the original, with "
    "{noise:g} times its standard deviation",
}

CHANGE_DEFINITION = "A relative change is the norm of the difference over the norm of the result."

MAX_RATIO = 1e4
"""The largest ratio to the original that is printed. The original is almost 0 beyond it."""

JSON_KEYS = (
    "input", "output", "status", "mode", "argument", "shape", "dtype", "kept", "peak", "mean",
    "shift", "noise_strength", "noise", "notes", "error",
)  # fmt: skip
"""The keys of every JSON line, as in comparison.schema.json."""

NUMBERS = ("argument", "kept", "peak", "mean", "shift", "noise")
"""The keys whose values are numbers of a `Row`."""


def report_comparison(
    result: Comparison | Record, output: str | None, noise: float, report: str, stream: TextIO
) -> None:
    """Print the measurements, or on standard error why there are none.

    Parameters
    ----------
    result : Comparison or Record
        The comparison, or the record of a failure.
    output : str, optional
        The path of the contact sheet.
    noise : float
        The strength of the noise, in standard deviations of the input.
    report : {"table", "json", "none"}
        The kind of report.
    stream : text file
        The stream for the table or the JSON lines.
    """
    if isinstance(result, Record):
        print_failure(result, with_picture=report == "table")
    if report == "json":
        from json import dumps  # slow to import

        common = {**dict.fromkeys(JSON_KEYS), "output": output, "noise_strength": noise}
        for line in _json_lines(result):
            stream.write(dumps(common | line, allow_nan=False) + "\n")
    elif report == "table" and not isinstance(result, Record):
        _print_table(result, noise, output, stream)
    stream.flush()


def _json_lines(result: Comparison | Record) -> Iterator[dict[str, Any]]:
    """Yield the JSON object of the input, whose mode is None, and of each mode; or of a failure."""
    if isinstance(result, Record):
        error = None if result.error is None else asdict(result.error)
        yield {"input": result.input, "status": result.status, "notes": [], "error": error}
        return
    for row in result.rows:
        yield {
            "input": result.input,
            "status": "ok",
            "mode": row.mode,
            "shape": row.shape,
            "dtype": row.dtype,
            **{name: json_number(getattr(row, name)) for name in NUMBERS},
            "notes": result.notes,
        }


def _print_table(comparison: Comparison, noise: float, output: str | None, stream: TextIO) -> None:
    """Print a row for each mode, and the meaning of the columns."""
    printer = TerminalPrinter(stream)
    original = comparison.rows[0]
    rows = [_cells(row, original) for row in comparison.rows]
    printer.print_rows(rows, droppable=("shape", "mean", "peaks", "kept"))
    printer.print_lines(
        *(f"{column}: {text.format(noise=noise)}" for column, text in COLUMN_LEGEND.items()),
        CHANGE_DEFINITION,
    )
    if output is not None and output != STDIN_OR_STDOUT:
        printer.print_lines(f"Contact sheet: {printable(output)}")
    name = input_name(comparison.input)
    printer.print_lines(*(f"note: {name}: {printable(note)}" for note in comparison.notes))


def _cells(row: Row, original: Row) -> dict[str, str]:
    """Return the cells of a row by column heading."""
    return {
        "mode": row.name,
        "shape": shape_text(row.shape),
        "kept": _percent(row.kept),
        "peaks": _with_ratio(row.peak, original.peak),
        "mean": _with_ratio(row.mean, original.mean),
        "shift": _percent(row.shift),
        "noise": _percent(row.noise),
    }


def _with_ratio(value: float | None, original: float | None) -> str:
    """Return a number with its ratio to the original's, unless that is negative or extreme.

    Examples
    --------
    >>> _with_ratio(120.0, 100.0), _with_ratio(1600.0, 100.0), _with_ratio(1.0, -2.0)
    ('120 (120 %)', '1600 (16x)', '1')
    >>> _with_ratio(None, 1.0)
    '-'
    """
    if value is None:
        return "-"
    ratio = value / original if original else -1.0
    if not 0 <= ratio < MAX_RATIO:
        return f"{value:.4g}"
    return f"{value:.4g} ({_percent(ratio) if ratio < 10 else f'{ratio:.3g}x'})"


def _percent(share: float | None) -> str:
    """Return a share in per cent, with three digits below 100 %.

    Examples
    --------
    >>> _percent(0.25), _percent(0.0094345), _percent(15.996), _percent(None)
    ('25 %', '0.943 %', '1600 %', '-')
    """
    if share is None:
        return "-"
    return f"{100 * share:.0f} %" if share >= 1 else f"{100 * share:.3g} %"
