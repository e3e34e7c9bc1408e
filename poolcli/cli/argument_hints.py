"""Hints for arguments that are missing or in the place of others, and for unknown options."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from poolcli.cli.commands import find_command
from poolcli.cli.options_of_other_tools import meant_option, names_mode, with_own_names
from poolcli.cli.usage_hints import (
    did_you_mean_line,
    example,
    find_meanings,
    looks_like_input,
    mode_option_example,
)
from poolcli.core.modes import MODES, join_mode_names

FILE = "FILE"
"""Stands for an input that the user has to name."""


def argument_hint(
    command: str, args: Sequence[str], values: dict[str, Any], rest: Sequence[str]
) -> str | None:
    """Return what is wrong with the arguments of a command, and what to type; None if unknown.

    Parameters
    ----------
    command : str
        The name of the command.
    args : sequence of str
        The words after it.
    values : dict
        The texts of its arguments and options by name. They may be missing or None.
    rest : sequence of str
        The words that are no arguments of it.

    Examples
    --------
    >>> argument_hint("explain", ["max", "--k", "3"], {"mode": "max"}, [])
    "Missing argument 'INPUT'; name an image or array: poolcli explain max FILE --k 3"
    """
    if command == "explain":
        return _explain_hint(args, values)
    if command == "compare":
        return _compare_hint(args, [*_inputs(values), *rest])
    if not (_inputs(values) or values.get("files_from")):
        problem = "there is no input: name files or folders, or - for standard input"
        return problem + example([command, FILE, *args])
    if command == "unpool":
        return _unpool_hint(args, values)
    if command == "pool":
        return _pool_hint(args, values)
    return None


def unknown_option(spelling: str, command: str, args: Sequence[str]) -> str | None:
    """Return the message for an option that a command lacks; None if it has no other name here.

    Parameters
    ----------
    spelling : str
        The unknown option.
    command : str
        The name of the command.
    args : sequence of str
        The words after it.
    """
    problem = f"No such option: {spelling}"
    if "-help" in args:
        return f"No such option: -help. Did you mean --help{example([command, '--help'])}"
    if command == "explain" and spelling in ("-o", "--output"):
        return f"{problem}; --svg, --png, --gif and --html name the files to write"
    own = find_command(command).options
    option = meant_option(spelling, own)
    if option is None and names_mode(spelling):
        return f"{problem}; the mode needs no option{mode_option_example([command, *args])}"
    if option is not None:
        words = [command, *with_own_names(args, own)]
        return f"{problem}. Did you mean {option.long_form}{example(words) or '?'}"
    other = meant_option(spelling)
    if other is None or command not in MODES:
        return None
    owners = join_mode_names(mode for mode in MODES.values() if other.belongs_to(mode))
    return f"{problem}; {other.long_form} belongs to {owners}"


def _explain_hint(args: Sequence[str], values: dict[str, Any]) -> str | None:
    mode, path = values.get("mode"), values.get("input")
    if mode is None:
        line = ["explain", "max", FILE, *args]
        return f"Missing argument 'MODE'; name a mode and an input{example(line)}"
    if mode in MODES:
        line = ["explain", mode, FILE, *_without(args, [mode])]
        return f"Missing argument 'INPUT'; name an image or array{example(line)}"
    others = _without(args, [mode, path])
    meanings = [] if path is None else find_meanings(path, exact=True)
    if meanings:
        line = ["explain", meanings[0].name, mode, *others, *meanings[0].options]
        problem = "The arguments are 'MODE' and 'INPUT'"
        return f"{problem}; the mode comes before the input{example(line)}"
    is_input = looks_like_input(mode) and not find_meanings(mode, exact=True)
    if path is None and (is_input or not find_meanings(mode)):
        line = ["explain", "max", mode, *others]
        return f"Missing argument 'MODE'; the mode comes before the input{example(line)}"
    line = ["explain", mode, path or FILE, *others]
    return _unknown_mode(mode, line)


def _compare_hint(args: Sequence[str], words: Sequence[str]) -> str | None:
    modes = [word for word in words if names_mode_only(word)]
    if not words:
        line = ["compare", FILE, *args]
        return f"Missing argument 'INPUT'; name an image or array{example(line)}"
    if not modes:
        return None
    listed, others = _take_option(_without(args, words), "--modes")
    commas = ", with commas between" if listed else ""
    named = (find_meanings(mode, exact=True)[0].name for mode in modes)
    names = dict.fromkeys([*(each for each in listed.split(",") if each), *named])
    inputs = [word for word in words if word not in modes] or [FILE]
    line = ["compare", *inputs, "--modes", ",".join(names), *others]
    problem = f"'{modes[0]}' is a mode; --modes names the modes to compare"
    return f"{problem}{commas}{example(line)}"


def _unpool_hint(args: Sequence[str], values: dict[str, Any]) -> str | None:
    line = ["unpool", *args]
    if values.get("indices") is None:
        line += ["--indices", "at.npy"]
        if values.get("adaptive") is None:
            line += ["--output-size", "112x112"]
        return f"Missing option '--indices'; max --indices writes them{example(line)}"
    if values.get("adaptive") is None:
        line += ["--output-size", "112x112"]
        return f"Missing option '--output-size'; name the size of the result{example(line)}"
    return None


def _pool_hint(args: Sequence[str], values: dict[str, Any]) -> str | None:
    mode = values.get("mode")
    if mode is not None:
        return _unknown_mode(mode, ["pool", *args])
    named = next((word for word in _inputs(values) if names_mode_only(word)), None)
    if named is None:
        return f"Missing option '--mode'; name a mode{example(['pool', *args, '--mode', 'max'])}"
    line = [find_meanings(named, exact=True)[0].name, *_without(args, [named])]
    return f"Missing option '--mode'; the mode can be the command{example(line)}"


def _unknown_mode(mode: str, line: Sequence[str]) -> str | None:
    question = did_you_mean_line(mode, MODES, line)
    return f"No such mode {mode!r}{question}" if question else None


def names_mode_only(word: str) -> bool:
    """Return whether a word names a mode and no file.

    Examples
    --------
    >>> names_mode_only("mean"), names_mode_only("mean.png")
    (True, False)
    """
    return bool(find_meanings(word, exact=True)) and not os.path.lexists(word)


def _inputs(values: dict[str, Any]) -> list[str]:
    one = values.get("input")
    return [*(values.get("inputs") or ()), *([] if one is None else [one])]


def _take_option(args: Sequence[str], option: str) -> tuple[str, list[str]]:
    """Return the value of an option, empty without it, and the other words."""
    rest = list(args)
    for index, word in enumerate(rest):
        spelling, equals, value = word.partition("=")
        if spelling == option:
            del rest[index]
            return value if equals or index == len(rest) else rest.pop(index), rest
    return "", rest


def _without(args: Sequence[str], words: Sequence[str | None]) -> list[str]:
    """Return the words of a command line but for the first of each of the words named."""
    rest = list(args)
    for word in words:
        if word in rest:
            rest.remove(word)
    return rest
