"""Hints for wrong command lines: what the user most likely meant."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from itertools import pairwise

from poolcli.cli.commands import command_names
from poolcli.cli.names_in_other_tools import MEANINGS, PREFIXES, Meaning
from poolcli.cli.options_of_other_tools import meant_option, names_mode, with_own_names
from poolcli.core.modes import MODES
from poolcli.io.output_paths import STDIN_OR_STDOUT

POOL_SUFFIX = re.compile(r"(?<=.)[-_]?pool(ing)?([-_]?[123]d)?$")
"""The end of the names that frameworks give to pooling layers: MaxPool2d, avg_pool."""

MODULE = re.compile(r"^((torch|nn|f|functional|tf|keras|layers|np|numpy|jax|scipy|ndimage)\.)+")
"""The modules before such names: nn.MaxPool2d, np.max."""

COMMANDS = frozenset(command_names())

WINDOW_SIZES = ("--adaptive", "--output-size", "--fit", "--global")
"""The options that `Meaning.options` may have, or that exclude them."""

PROGRAM_OPTIONS = {"-help": "--help", "-version": "--version", "-V": "--version"}
"""Other spellings of the options without a mode."""

MAX_EXAMPLE_WORDS = 8
"""Longer command lines are not repeated in a hint."""


def find_meanings(
    word: str, names: Collection[str] = MODES, *, exact: bool = False
) -> list[Meaning]:
    """Return what the user most likely meant, the best first.

    Parameters
    ----------
    word : str
        The word on the command line.
    names : collection of str
        The known names; by default those of the modes.
    exact : bool
        Whether the word must be another name, not merely similar to one.

    Examples
    --------
    >>> [find_meanings(word)[0].name for word in ("mean", "Max", "AvgPool2d", "medain")]
    ['avg', 'max', 'avg', 'median']
    >>> find_meanings("GlobalAveragePooling2D")[0].text
    "'avg --global'"
    """
    lower = MODULE.sub("", word.lower()).replace("_", "-")
    stem = POOL_SUFFIX.sub("", lower)
    for each in (lower, stem):
        if (meaning := _exact_meaning(each, names)) is not None:
            return [meaning]
    for prefix, options in PREFIXES.items():
        rest = stem.removeprefix(prefix).lstrip("-")
        if rest != stem and (meaning := _exact_meaning(rest, names)) is not None:
            return [meaning._replace(options=options + meaning.options)]
    if exact:
        return []
    commands = COMMANDS.intersection(names)
    known = [*names, *(each for each, meaning in MEANINGS.items() if meaning.name in commands)]
    close = get_close_matches(lower, known, n=1, cutoff=0.8) or get_close_matches(lower, names)
    return [MEANINGS.get(each, Meaning(each)) for each in close]


def _exact_meaning(word: str, names: Collection[str]) -> Meaning | None:
    if word in names:
        return Meaning(word)
    meaning = MEANINGS.get(word)
    return meaning if meaning is not None and meaning.name in names else None


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
    found = find_meanings(word, names)
    return f". Did you mean {', '.join(each.text for each in found)}?" if found else ""


def did_you_mean_line(word: str, names: Collection[str], line: Sequence[str]) -> str:
    """Return `did_you_mean` with a command line for the best name, if there is more than a name.

    Parameters
    ----------
    word, names
        As in `did_you_mean`.
    line : sequence of str
        The command line without the program's name, in which the word is.
    """
    question = did_you_mean(word, names)
    if not question or len(line) == 1:
        return question
    meaning = find_meanings(word, names)[0]
    words = [meaning.name if each == word else each for each in line]
    words = [
        f"--mode={meaning.name}" if each == f"--mode={word}" else each for each in words
    ]  # fmt: skip
    given = {each.partition("=")[0] for each in line}
    if given.isdisjoint(WINDOW_SIZES) or not set(WINDOW_SIZES).intersection(meaning.options):
        words += meaning.options
    return question.removesuffix("?") + (example(words) or "?")


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
    meanings = find_meanings(word, names, exact=True)
    if not meanings and looks_like_input(word):
        return f"{word!r} is an input; the mode comes before it{mode_first_example(args)}"
    problem = f"No such command {word!r}"
    if meanings and meanings[0].name not in COMMANDS:
        topics = [each for arg in args[1:] for each in find_meanings(arg, names)]
        words = [each.name for each in topics[:1] if each.name in COMMANDS]
        return f"{problem}. Did you mean {meanings[0].text}{example([*words, meanings[0].name])}"
    return problem + (did_you_mean_line(word, names, args) or "; poolcli --help lists all")


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
    if option in PROGRAM_OPTIONS:
        meant = PROGRAM_OPTIONS[option]
        return f"No such option: {option}. Did you mean {meant}{example([meant])}"
    if not option.startswith("--"):
        option = option[:2]
    if names_mode(option):
        return f"No such option: {option}; the mode needs no option{mode_option_example(args)}"
    if option not in options and (not option.startswith("--") or meant_option(option) is None):
        return None
    return f"{option} comes after the mode{mode_first_example(args)}"


def looks_like_input(word: str) -> bool:
    """Return whether a word is an existing file, or is written like a path.

    Examples
    --------
    >>> looks_like_input("a.png"), looks_like_input("-"), looks_like_input("zoom")
    (True, True, False)
    """
    is_path = word == STDIN_OR_STDOUT or "/" in word or os.path.splitext(word)[1]  # noqa: PTH122
    return bool(is_path) or os.path.lexists(word)


def mode_first_example(args: Sequence[str]) -> str:
    """Return the command line with its mode, or else `max`, at the beginning, as `example` does.

    Parameters
    ----------
    args : sequence of str
        The command line, without the program's name.
    """
    if any(names_mode(arg.partition("=")[0]) for arg in args):
        return mode_option_example(args)
    rest = list(args)
    mode = next((arg for arg in args if arg in MODES), None)
    if mode is None:
        # A word after an option may be its value.
        named = (
            arg
            for before, arg in pairwise(args)
            if not before.startswith("-") and not looks_like_input(arg)
        )
        mode = next((arg for arg in named if find_meanings(arg, exact=True)), None)
    if mode is not None:
        rest.remove(mode)
    meaning = find_meanings(mode or "max", exact=True)[0]
    return example([meaning.name, *rest, *meaning.options])


def mode_option_example(args: Sequence[str]) -> str:
    """Return the command line with the mode that an option such as `--mode` names as its command.

    Parameters
    ----------
    args : sequence of str
        The command line, without the program's name; it may begin with a command.
    """
    command = [arg for arg in args[:1] if arg == "explain"]
    rest = list(args[1:] if args[0] in (*MODES, "pool", "explain") else args)
    index = next(i for i, arg in enumerate(rest) if names_mode(arg.partition("=")[0]))
    _, equals, value = rest.pop(index).partition("=")
    if not equals and index < len(rest):
        value = rest.pop(index)
    meanings = find_meanings(value)
    if not meanings:
        return ""
    return example([*command, meanings[0].name, *rest, *meanings[0].options])


def example(words: Sequence[str]) -> str:
    """Return a command line as the end of a message, quoted for a shell; empty if it is long.

    Parameters
    ----------
    words : sequence of str
        The words after the program's name. Options of other names get those that they have here.

    Examples
    --------
    >>> example(["max", "my map.npy", "--pool_size", "2"])
    ": poolcli max 'my map.npy' --kernel-size 2"
    """
    line = with_own_names(words)
    return f": {shlex.join(['poolcli', *line])}" if len(line) <= MAX_EXAMPLE_WORDS else ""
