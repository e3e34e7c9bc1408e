"""The report of a comparison: a table of the measurements, or JSON lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, TextIO

from poolcli.compare.comparison import Comparison, Row
from poolcli.compare.measurement_text import change_with_ratio, number_with_ratio, percent
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

RATIO_OF_CHANGES = " (relative to the original's own change)"
"""What the ratios behind shift and noise are; terminals may have no room for them."""

CHANGE_DEFINITION = (
    "A relative change is the norm of the difference over the norm of the result; the row "
    "original has the input's own."
)

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
        print_failure(result)
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
    for with_ratios in (True, False):  # these ratios are the first to go on a narrow terminal
        rows = [_cells(row, original, with_ratios=with_ratios) for row in comparison.rows]
        if printer.table(list(rows[0]), rows, right_aligned=()).width <= printer.width:
            break
    printer.print_rows(rows, droppable=("shape", "mean", "peaks", "kept"))
    legend = {column: text.format(noise=noise) for column, text in COLUMN_LEGEND.items()}
    if with_ratios:
        legend |= {column: legend[column] + RATIO_OF_CHANGES for column in ("shift", "noise")}
    printer.print_lines(
        *(f"{column}: {text}" for column, text in legend.items()),
        CHANGE_DEFINITION,
    )
    if output is not None and output != STDIN_OR_STDOUT:
        printer.print_lines(f"Contact sheet: {printable(output)}")
    name = input_name(comparison.input)
    printer.print_lines(*(f"note: {name}: {printable(note)}" for note in comparison.notes))


def _cells(row: Row, original: Row, *, with_ratios: bool) -> dict[str, str]:
    """Return the cells of a row by column heading, with or without the ratios of changes."""
    cells = {
        "mode": row.name,
        "shape": shape_text(row.shape),
        "kept": percent(row.kept),
        "peaks": number_with_ratio(row.peak, original.peak),
        "mean": number_with_ratio(row.mean, original.mean),
    }
    if with_ratios:
        shift = change_with_ratio(row.shift, original.shift)
        return cells | {"shift": shift, "noise": change_with_ratio(row.noise, original.noise)}
    return cells | {"shift": percent(row.shift), "noise": percent(row.noise)}
