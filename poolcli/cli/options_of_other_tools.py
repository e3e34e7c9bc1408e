"""Options of other programs and libraries, translated into those of poolcli."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress

from poolcli.cli.names_in_other_tools import MODE_OPTIONS, OPPOSITES, OPTION_MEANINGS, VALUES
from poolcli.cli.options import OPTIONS, Option

BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def meant_option(spelling: str, options: Collection[Option] = OPTIONS) -> Option | None:
    """Return the option that an unknown spelling most likely means.

    Parameters
    ----------
    spelling : str
        The unknown option, with its hyphens.
    options : collection of Option
        The options that may be meant.

    Examples
    --------
    >>> [meant_option(name).long_form for name in ("--pool_size", "--ceil_mode", "--Stride")]
    ['--kernel-size', '--ceil', '--stride']
    >>> print(meant_option("--zoom"))
    None
    """
    word = _plain(spelling)
    for option in options:
        if f"--{word}" in option.spellings or word.replace("-", "_") == option.argument:
            return option
    meant = OPTION_MEANINGS.get(word)
    return next((option for option in options if meant in option.spellings), None)


def names_mode(spelling: str) -> bool:
    """Return whether an option names a mode in other programs.

    Examples
    --------
    >>> names_mode("--pool_mode"), names_mode("--stride")
    (True, False)
    """
    return spelling.startswith("--") and _plain(spelling) in MODE_OPTIONS


def with_own_names(args: Sequence[str], options: Collection[Option] = OPTIONS) -> list[str]:
    """Return a command line with the names that options and some values have here.

    Parameters
    ----------
    args : sequence of str
        The words of the command line.
    options : collection of Option
        The options that the command has.

    Examples
    --------
    >>> with_own_names(["x.npy", "--pool_size", "3", "--ceil_mode=False", "--auto-pad=SAME_UPPER"])
    ['x.npy', '--kernel-size', '3', '--floor', '--padding=same']
    """
    return list(_own_names(list(args), options))


def _own_names(words: list[str], options: Collection[Option]) -> Iterator[str]:
    known = {spelling for option in options for spelling in option.spellings}
    while words:
        word = words.pop(0)
        spelling, equals, value = word.partition("=")
        option = meant_option(spelling, options) if spelling.startswith("--") else None
        if spelling == "--":
            yield from (word, *words)
            return
        if option is None or spelling in known:
            yield word
        elif option.type is bool:
            if not equals and words and words[0].lower() in BOOLEANS:
                value = words.pop(0)
            if BOOLEANS.get(value.lower(), True):
                yield option.long_form
            elif option.long_form in OPPOSITES:
                yield OPPOSITES[option.long_form]
        elif equals:
            yield f"{option.long_form}={_own_value(spelling, value)}"
        else:
            yield option.long_form
            if words:
                yield _own_value(spelling, words.pop(0))


def _own_value(spelling: str, value: str) -> str:
    """Return the value that an option of another name has here."""
    if "percent" in spelling:
        with suppress(ValueError):
            return f"{float(value) / 100:g}"
    return VALUES.get(_plain(value), value)


def _plain(word: str) -> str:
    """Return a word in lower case with hyphens, without those at the beginning."""
    return word.lower().replace("_", "-").lstrip("-")
