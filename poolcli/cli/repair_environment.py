"""Repair of environment variables that would break the start."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

COMPLETION_VARIABLE = "_POOLCLI_COMPLETE"
"""The variable with which a shell asks for completions."""

TERMINAL_COLUMNS = range(20, 10001)
"""Widths that are plausible for a terminal."""

NUMERIC_VARIABLES = ("TERMINAL_WIDTH", "NUMPY_MADVISE_HUGEPAGE")
"""Variables that Typer and NumPy convert to numbers at import, without a check."""


def repair_environment(environment: MutableMapping[str, str]) -> None:
    """Remove invalid variables, and set those that NumPy reads at import.

    Examples
    --------
    >>> variables = {"COLUMNS": "-5", "_POOLCLI_COMPLETE": "", "TERMINAL_WIDTH": "wide"}
    >>> repair_environment(variables)
    >>> variables
    {'OPENBLAS_NUM_THREADS': '1'}
    """
    columns = _number(environment.get("COLUMNS", "80"))
    if columns not in TERMINAL_COLUMNS:
        del environment["COLUMNS"]
    for name in NUMERIC_VARIABLES:
        if _number(environment.get(name, "")) is None:
            environment.pop(name, None)
    if environment.get(COMPLETION_VARIABLE) == "":
        del environment[COMPLETION_VARIABLE]
    # Kernels run on threads of their own. Those of OpenBLAS take 48 ms to start on two processors
    # (median of 15 runs) and cost memory, and where the system has no room for them OpenBLAS prints
    # messages of its own and interrupts the process.
    environment.setdefault("OPENBLAS_NUM_THREADS", "1")


def is_completing() -> bool:
    """Whether a shell asks for completions."""
    return COMPLETION_VARIABLE in os.environ


def _number(text: str) -> int | None:
    """The number in a text of up to 8 digits; Python refuses to convert thousands of digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
