"""Hints for wrong command lines: what the user most likely meant."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Sequence
from difflib import get_close_matches

from poolcli.core.modes import MODES
from poolcli.io.output_paths import STDIN_OR_STDOUT

SYNONYMS = {
    "average": "avg",
    "mean": "avg",
    "maximum": "max",
    "largest": "max",
    "minimum": "min",
    "smallest": "min",
    "total": "sum",
    "norm": "lp",
    "l1": "lp",
    "l2": "lp",
    "percentile": "quantile",
    "majority": "mode",
    "stdev": "std",
    "stddev": "std",
    "deviation": "std",
    "gaussian": "blur",
    "ptp": "range",
    "identify": "info",
    "help": "--help",
    "version": "--version",
}
"""Common names of commands that have other names here."""

POOL_SUFFIX = re.compile(r"(?<=.)[-_]?pool(ing)?([-_]?[123]d)?$")
"""The end of the names that frameworks give to pooling layers: MaxPool2d, avg_pool."""

MAX_EXAMPLE_WORDS = 8
"""Longer command lines are not repeated in a hint."""


def meant_names(word: str, names: Collection[str]) -> list[str]:
    """Return the names that the user most likely meant, the best first.

    Parameters
    ----------
    word : str
        The word on the command line.
    names : collection of str
        The known names.

    Examples
    --------
    >>> meant_names("mean", MODES), meant_names("Max", MODES), meant_names("AvgPool2d", MODES)
    (['avg'], ['max'], ['avg'])
    """
    lower = word.lower()
    for name in (lower, SYNONYMS.get(lower), POOL_SUFFIX.sub("", lower)):
        if name in names:
            return [str(name)]
    return get_close_matches(lower, names)


def did_you_mean(word: str, names: Collection[str] = MODES) -> str:
    """Return the question at the end of an error; empty if no name is close to the word.

    Parameters
    ----------
    word : str
        The word on the command line.
    names : collection of str
        The known names; by default those of the modes.

    Examples
    --------
    >>> did_you_mean("mean"), did_you_mean("zoom")
    (". Did you mean 'avg'?", '')
    """
    found = meant_names(word, names)
    return f". Did you mean {', '.join(map(repr, found))}?" if found else ""


def unknown_command(args: Sequence[str], names: Collection[str]) -> str:
    """Return the message for a command line whose first word is not a command.

    Parameters
    ----------
    args : sequence of str
        The command line, without the program's name.
    names : collection of str
        The commands and options that may be meant.
    """
    word = args[0]
    if _looks_like_input(word) and word.lower() not in SYNONYMS:
        return f"{word!r} is an input; the mode comes before it{_mode_first_example(args)}"
    return f"No such command {word!r}" + (did_you_mean(word, names) or "; poolcli --help lists all")


def option_before_mode(args: Sequence[str], options: Collection[str]) -> str | None:
    """Return the message for a command line that begins with an option of the modes, else None.

    Parameters
    ----------
    args : sequence of str
        The command line, without the program's name.
    options : collection of str
        The spellings of the options of the modes.
    """
    option = args[0].partition("=")[0]
    if not option.startswith("--"):
        option = option[:2]
    if option not in options:
        return None
    return f"{option} comes after the mode{_mode_first_example(args)}"


def input_before_mode(path: str, mode: str | None) -> str:
    """Return the message for `explain` with an input in place of the mode.

    Parameters
    ----------
    path : str
        The input.
    mode : str, optional
        The mode, if it follows the input.
    """
    problem = "Missing argument 'MODE'" if mode is None else "The arguments are 'MODE' and 'INPUT'"
    example = _example(["explain", mode or "max", path])
    return f"{problem}; the mode comes before the input{example}"


def _looks_like_input(word: str) -> bool:
    """True for an existing file, and for a word written like a path."""
    is_path = word == STDIN_OR_STDOUT or "/" in word or os.path.splitext(word)[1]  # noqa: PTH122
    return bool(is_path) or os.path.lexists(word)


def _mode_first_example(args: Sequence[str]) -> str:
    """The command line with its mode, or else `max`, at the beginning."""
    mode = next((arg for arg in args if arg in MODES), None)
    rest = list(args)
    if mode is not None:
        rest.remove(mode)
    return _example([mode or "max", *rest])


def _example(args: Sequence[str]) -> str:
    return f": {shlex.join(['poolcli', *args])}" if len(args) <= MAX_EXAMPLE_WORDS else ""
