"""The table of a comparison: the measurements of each mode."""

from __future__ import annotations

from typing import TextIO

from poolcli.compare.comparison import Comparison, Row
from poolcli.compare.measurement_text import change_with_ratio, number_with_ratio, percent
from poolcli.core.shape_text import shape_text
from poolcli.io.output_paths import STDIN_OR_STDOUT
from poolcli.report.format_values import input_name, printable
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
"""The meaning of the ratios behind shift and noise, which narrow terminals do not show."""

CHANGE_DEFINITION = (
    "A relative change is the norm of the difference over the norm of the result; the row "
    "original has the input's own."
)


def print_comparison(
    comparison: Comparison, noise: float, output: str | None, stream: TextIO
) -> None:
    """Print a row for each mode, and the meaning of the columns.

    Parameters
    ----------
    comparison : Comparison
        The comparison.
    noise : float
        The strength of the noise, in standard deviations of the input.
    output : str, optional
        The path of the contact sheet.
    stream : text file
        The stream for the table.
    """
    printer = TerminalPrinter(stream)
    with_ratios = print_measurements(comparison, printer)
    printer.print_lines(*legend_lines(noise, with_ratios=with_ratios))
    if output is not None and output != STDIN_OR_STDOUT:
        printer.print_lines(f"Contact sheet: {printable(output)}")
    name = input_name(comparison.input)
    printer.print_lines(*(f"note: {name}: {printable(note)}" for note in comparison.notes))


def legend_lines(noise: float, *, with_ratios: bool) -> list[str]:
    """Return what each column means, line by line.

    Parameters
    ----------
    noise : float
        The strength of the noise, in standard deviations of the input.
    with_ratios : bool
        Whether shift and noise have their ratios to the original's.
    """
    legend = {column: text.format(noise=noise) for column, text in COLUMN_LEGEND.items()}
    if with_ratios:
        legend |= {column: legend[column] + RATIO_OF_CHANGES for column in ("shift", "noise")}
    return [*(f"{column}: {text}" for column, text in legend.items()), CHANGE_DEFINITION]


def print_measurements(comparison: Comparison, printer: TerminalPrinter) -> bool:
    """Print a row for each mode; return whether shift and noise have ratios.

    A narrow terminal shows none of these ratios.

    Parameters
    ----------
    comparison : Comparison
        The comparison.
    printer : TerminalPrinter
        The printer.
    """
    for with_ratios in (True, False):
        rows = table_rows(comparison, with_ratios=with_ratios)
        if printer.table(list(rows[0]), rows, right_aligned=()).width <= printer.width:
            break
    printer.print_rows(rows, droppable=("shape", "mean", "peaks", "kept"))
    return with_ratios


def table_rows(comparison: Comparison, *, with_ratios: bool) -> list[dict[str, str]]:
    """Return the cells of each row by column heading.

    Parameters
    ----------
    comparison : Comparison
        The comparison.
    with_ratios : bool
        Whether shift and noise have their ratios to the original's.
    """
    original = comparison.rows[0]
    return [_cells(row, original, with_ratios=with_ratios) for row in comparison.rows]


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
