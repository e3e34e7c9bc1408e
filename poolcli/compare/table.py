"""What a comparison measured: a table, or JSON lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TextIO

from poolcli.compare.comparison import Comparison, Row
from poolcli.core.size_text import size_text
from poolcli.report.formatting import printable
from poolcli.report.record import Record, json_number
from poolcli.report.reporters import print_failure
from poolcli.request import STDIN_OR_STDOUT

LEGEND = {
    "kept": "elements left, and so the work left for what follows",
    "peaks": "the mean of the largest 1 %, beside the original's",
    "mean": "the mean of all, beside the original's",
    "shift": "how much the result changes when the original moves by one element",
    "noise": "how much it changes with noise of {noise:g} of the original's standard deviation",
}

RELATIVE = "Both changes are the norm of the difference over the norm of the result."

MOST_TIMES = 1e4
"""A mean that is so many times the input's, which is all but 0, is no share of it."""


def tell(
    made: Comparison | Record, output: str | None, noise: float, report: str, stream: TextIO
) -> None:
    """Print what was measured, or that there is nothing.

    Parameters
    ----------
    made : Comparison or Record
        What was measured; or the record of what went wrong.
    output : str, optional
        Where the sheet was written.
    noise : float
        The strength of the noise.
    report : {"table", "json", "none"}
        How.
    """
    if isinstance(made, Record):
        print_failure(made)
    if report == "json":
        from json import dumps  # takes its time to load

        lines = [_failure(made)] if isinstance(made, Record) else _measured(made)
        for line in lines:
            told = {"output": output, "noise_strength": noise}
            whole = {key: (told | line).get(key) for key in KEYS}
            stream.write(dumps(whole, allow_nan=False) + "\n")
    elif report == "table" and not isinstance(made, Record):
        _print(made, noise, output or STDIN_OR_STDOUT, stream)
    stream.flush()


KEYS = (
    "input", "output", "status", "mode", "argument", "shape", "dtype", "kept", "peak", "mean",
    "shift", "noise_strength", "noise", "notes", "error",
)  # fmt: skip
"""Of every line, as comparison.schema.json says."""


def _failure(record: Record) -> dict[str, Any]:
    error = record.error
    told = None if error is None else {"type": error.type, "message": error.message}
    return {"input": record.input, "status": record.status, "notes": [], "error": told}


def _measured(compared: Comparison) -> Iterator[dict[str, Any]]:
    """A line for the input, its mode null, and one for each mode."""
    for row in compared.rows:
        yield {
            "input": compared.input,
            "status": "ok",
            "mode": row.mode,
            "argument": json_number(row.argument),
            "shape": list(row.shape),
            "dtype": row.dtype,
            "kept": row.kept,
            "peak": json_number(row.peak),
            "mean": json_number(row.mean),
            "shift": json_number(row.shift),
            "noise": json_number(row.noise),
            "notes": compared.notes,
        }


def _print(compared: Comparison, noise: float, output: str, stream: TextIO) -> None:
    """A row a mode, and what the columns mean."""
    from poolcli.report.terminal_table import print_lines, print_rows

    first = compared.rows[0]
    cells = [_cells(row, first) for row in compared.rows]
    print_rows(stream, cells, droppable=("shape", "mean", "peaks", "kept"))
    words = [f"{name}: {text.format(noise=noise)}" for name, text in LEGEND.items()]
    print_lines(stream, *words, RELATIVE)
    if output != STDIN_OR_STDOUT:
        print_lines(stream, f"The sheet is {printable(output)}.")
    print_lines(
        stream,
        *(f"note: {printable(compared.input)}: {printable(note)}" for note in compared.notes),
    )


def _cells(row: Row, first: Row) -> dict[str, str]:
    return {
        "mode": row.name,
        "shape": size_text(row.shape),
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
    >>> _beside(120.0, 100.0), _beside(1600.0, 100.0), _beside(1.0, -2.0), _beside(None, 1.0)
    ('120 (120 %)', '1600 (16x)', '1', '-')
    """
    if value is None:
        return "-"
    share = value / of if of else -1.0
    if not 0 <= share < MOST_TIMES:
        return f"{value:.4g}"
    return f"{value:.4g} ({_percent(share) if share < 10 else f'{share:.3g}x'})"


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
