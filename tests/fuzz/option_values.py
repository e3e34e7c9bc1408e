"""Odd values for each option of each command, and checks of such command lines."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import typer
from typer.testing import CliRunner, Result

from poolcli.cli.app import app

ODD_VALUES = (
    "",
    " ",
    "-",
    "--",
    "-1",
    "0",
    "00",
    "1e400",
    "-1e400",
    "1e-400",
    "nan",
    "inf",
    "-0.0",
    "0x2",
    "1_0",
    "２",  # noqa: RUF001 - a full-width digit
    "²",
    "99999999999999999999",
    "2x",
    "x",
    "2x2x2x2x2x2x2x2x2",
    "1:",
    ":",
    "1:2:3",
    "same ",
    "\n",
    "\x1b[31m",
    "\x7f",
    "é" * 300,
    "9" * 5000,
    "\udcff",
    "[bold]",
    "{}",
    "%s",
    ",",
    "/",
    "..",
    "x.npy",
)

SLOW_OPTIONS = ("--dask",)
"""Options whose values are network addresses, which take long to fail."""

REQUIRED_ARGUMENTS = {"compare": ["x.npy"], "explain": ["max", "x.npy"], "info": ["x.npy"]}
REQUIRED_ARGUMENTS |= {
    "pool": ["x.npy", "--mode", "max"],
}
"""Arguments that a command needs besides options; modes take ``x.npy``."""


@cache
def command_names() -> list[str]:
    """Return the names of all commands."""
    return list(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@cache
def command_lines(command: str) -> list[list[str]]:
    """Return a command line for each odd value of each option that takes a value."""
    found = typer.main.get_command(app).commands[command]  # type: ignore[attr-defined]
    options = [
        max(each.opts, key=len)
        for each in found.params
        if each.param_type_name == "option"
        and not each.is_flag
        and each.opts[0] not in SLOW_OPTIONS
    ]
    needed = [command, *REQUIRED_ARGUMENTS.get(command, ["x.npy"])]
    return [
        [*needed, option, value]
        for option in options
        for value in ODD_VALUES
        if (option, value) != ("--output", "-")  # it writes data to standard output
    ]


def write_inputs() -> None:
    """Write the inputs to the current folder."""
    np.save("x.npy", np.arange(64, dtype=np.float32).reshape(8, 8))


def run_command_line(line: list[str]) -> tuple[float, list[str]]:
    """Run a command line; return its time in seconds and descriptions of what was wrong."""
    start = time.perf_counter()
    result = CliRunner().invoke(app, line, prog_name="poolcli")
    seconds = time.perf_counter() - start
    found = list(_faults(result))
    _remove_outputs()
    return seconds, found


def _faults(result: Result) -> Iterator[str]:
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        yield f"an exception: {result.exception!r}"
        return
    error = result.stderr
    if result.exit_code not in (0, 1, 2):
        yield f"exit code {result.exit_code}"
    if "a bug in poolcli" in error or "Traceback" in error:
        yield error[:500]
    if result.exit_code == 1 and not (error.startswith("poolcli: ") and error.count("\n") <= 2):
        yield f"an odd message: {error[:500]!r}"
    if result.exit_code == 2 and not error.startswith("Usage: poolcli"):
        yield f"an odd usage error: {error[:500]!r}"
    if any(character in error for character in "\x1b\x7f"):
        yield f"control characters: {error[:500]!r}"
    if any(Path().rglob(".poolcli-*")):
        yield "temporary files"


def _remove_outputs() -> None:
    for path in Path().iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != "x.npy":
            path.unlink()
