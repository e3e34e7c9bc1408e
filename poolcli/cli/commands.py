"""The table of commands: what each is called, what its help says, and which options it has."""

from __future__ import annotations

from typing import NamedTuple

from poolcli.cli.options import (
    COMPARE_OPTIONS,
    EXPLAIN_OPTIONS,
    INFO_OPTIONS,
    INPUTS,
    MODE_ARGUMENT,
    MODE_OPTION,
    ONE_INPUT,
    OPTIONS,
    UNPOOL_OPTIONS,
    VALUES,
    WINDOW,
    Option,
)
from poolcli.core.modes import MODES

OTHER_COMMANDS = ("pool", "unpool", "compare", "explain", "info")
"""The commands that are not modes."""

NOT_OF_UNPOOL = ("normalize", "in_place")
"""The options that concern neither windows nor values and that `unpool` lacks."""

ONE_RESULT_ONLY = ("levels", "pyramid", "indices", "dtype")
"""Window and value options that `compare` and `explain` do not have."""

SHARED_WITH_COMPARE = (
    "member", "recursive", "include", "exclude", "files_from", "null", "max_pixels", "output",
    "overwrite", "skip_existing", "quality", "compress_level", "dry_run", "fail_fast", "jobs",
    "report", "json", "quiet", "html", "verbose", "no_progress", "debug",
)  # fmt: skip
"""The options of `compare` beside those of windows and values."""

SHARED_WITH_EXPLAIN = ("member", "max_pixels", "overwrite", "debug")
"""The options of `explain` beside those of windows and values."""

SHARED_WITH_INFO = (
    "layout", "axes", "ignore", "member", "recursive", "include", "exclude", "files_from", "null",
    "max_pixels", "report", "json", "quiet", "verbose", "no_progress", "debug",
)  # fmt: skip
"""The options of modes that `info` has."""


class Command(NamedTuple):
    """A command.

    Attributes
    ----------
    summary : str
        The first line of its help.
    example : str
        A command line that works, without ``poolcli``.
    panel : str
        The panel of ``poolcli --help`` that lists it.
    options : tuple of Option
        Its options and positional arguments, in the order of the help.
    """

    name: str
    summary: str
    example: str
    panel: str
    options: tuple[Option, ...]


def command_names() -> tuple[str, ...]:
    """Return the names of all commands, in the order of the help."""
    return (*MODES, *OTHER_COMMANDS)


def find_command(name: str) -> Command:
    """Return the command with a name.

    Raises
    ------
    KeyError
        If there is none.

    Examples
    --------
    >>> find_command("max").summary
    'The largest value of each window (NaN if any element is NaN).'
    """
    if name == "pool":
        return Command(
            "pool",
            "Pool with the mode given by --mode.",
            "pool --mode max img.png --k 2",
            "Other commands",
            (INPUTS, MODE_OPTION, *OPTIONS),
        )
    if name == "unpool":
        return Command(
            "unpool",
            "Put the values of max pooling back at their indices (MaxUnpool).",
            "unpool values.npy --indices at.npy --output-size 112x112",
            "Other commands",
            (INPUTS, *UNPOOL_OPTIONS, *_options_of_unpool()),
        )
    if name == "compare":
        return Command(
            "compare",
            "Show the results of all modes side by side, and measure their properties.",
            "compare img.png --k 4 -o sheet.png",
            "Analysis",
            (INPUTS, *_shared(SHARED_WITH_COMPARE), *COMPARE_OPTIONS),
        )
    if name == "explain":
        return Command(
            "explain",
            "Show how each output value is computed, window by window.",
            "explain max features.npy --k 3 --s 2 --p 1",
            "Analysis",
            (MODE_ARGUMENT, ONE_INPUT, *_shared(SHARED_WITH_EXPLAIN), *EXPLAIN_OPTIONS),
        )
    if name == "info":
        return Command(
            "info",
            "Show shape, dtype, range, format, nodata and pixel size of inputs, without pooling.",
            "info img.png features.npz",
            "Analysis",
            (INPUTS, *(each for each in OPTIONS if each.name in SHARED_WITH_INFO), *INFO_OPTIONS),
        )
    mode = MODES[name]
    return Command(
        name,
        f"{mode.summary[0].upper()}{mode.summary[1:]}.",
        f"{name} img.png --k 2 --s 2",
        "Modes",
        (INPUTS, *(each for each in OPTIONS if each.belongs_to(mode))),
    )


def _options_of_unpool() -> tuple[Option, ...]:
    """The options of modes that `unpool` has."""
    return tuple(
        each
        for each in OPTIONS
        if each.name in ("layout", "axes")
        or (each.panel not in (WINDOW, VALUES) and each.name not in NOT_OF_UNPOOL)
    )


def _shared(names: tuple[str, ...]) -> tuple[Option, ...]:
    """The options of windows and values that concern a single result, and those named."""
    return tuple(
        each
        for each in OPTIONS
        if each.name in names
        or (each.panel in (WINDOW, VALUES) and each.name not in ONE_RESULT_ONLY)
    )
