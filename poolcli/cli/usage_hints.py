"""Hints for wrong command lines: what the person most likely meant."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Sequence
from difflib import get_close_matches

from poolcli.core.modes import MODES
from poolcli.request import STDIN_OR_STDOUT

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
    "identify": "info",
    "help": "--help",
    "version": "--version",
}
"""Common names of commands that are called something else here."""

POOL = re.compile(r"(?<=.)[-_]?pool(ing)?([-_]?[123]d)?$")
"""The end of the names that frameworks give to poolings: MaxPool2d, avg_pool."""

SHOWN_WORDS = 8
"""Longer command lines are not repeated in a hint."""


def meant(word: str, names: Collection[str]) -> list[str]:
    """The names that a person most likely meant, the best first.

    Examples
    --------
    >>> meant("mean", MODES), meant("Max", MODES), meant("mod", MODES), meant("AvgPool2d", MODES)
    (['avg'], ['max'], ['mode'], ['avg'])
    """
    plain = word.lower()
    for name in (plain, SYNONYMS.get(plain), POOL.sub("", plain)):
        if name in names:
            return [str(name)]
    return get_close_matches(plain, names)


def did_you_mean(word: str, names: Collection[str] = MODES) -> str:
    """The question at the end of an error; empty where nothing comes close.

    Examples
    --------
    >>> did_you_mean("mean"), did_you_mean("zoom")
    (". Did you mean 'avg'?", '')
    """
    found = meant(word, names)
    return f". Did you mean {', '.join(map(repr, found))}?" if found else ""


def unknown_command(words: Sequence[str], names: Collection[str]) -> str:
    """The message for a command line whose first word is no command.

    Parameters
    ----------
    words : sequence of str
        The command line without the program's name.
    names : collection of str
        The commands and options that may be meant.
    """
    word, *others = words
    if _is_input(word) and word.lower() not in SYNONYMS:
        mode = next((other for other in others if other in MODES), None)
        rest = list(words)
        if mode is not None:
            rest.remove(mode)
        return f"{word!r} is an input; the mode comes before it{_example([mode or 'max', *rest])}"
    return f"No such command {word!r}" + (did_you_mean(word, names) or "; poolcli --help lists all")


def option_before_mode(words: Sequence[str], options: Collection[str]) -> str | None:
    """The message for a command line that begins with an option of the modes; None otherwise."""
    word = words[0].partition("=")[0]
    if not word.startswith("--"):
        word = word[:2]
    if word not in options:
        return None
    mode = next((other for other in words if other in MODES), None)
    rest = list(words)
    if mode is not None:
        rest.remove(mode)
    return f"{word} comes after the mode{_example([mode or 'max', *rest])}"


def input_before_mode(source: str, mode: str | None) -> str:
    """The message for `explain` of an input that stands where the mode belongs."""
    wrong = "Missing argument 'MODE'" if mode is None else "The arguments are 'MODE' and 'INPUT'"
    example = _example(["explain", mode or "max", source])
    return f"{wrong}; the mode comes before the input{example}"


def _is_input(word: str) -> bool:
    """True if a word looks like an input: an existing file, or a word written like a path."""
    written = word == STDIN_OR_STDOUT or "/" in word or os.path.splitext(word)[1]  # noqa: PTH122
    return bool(written) or os.path.lexists(word)


def _example(words: Sequence[str]) -> str:
    return f": {shlex.join(['poolcli', *words])}" if len(words) <= SHOWN_WORDS else ""
