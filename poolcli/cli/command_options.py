"""Which command has which flags, and those that a single command has."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from poolcli.cli import completion
from poolcli.cli.options import (
    FLAGS,
    INPUT,
    OUTPUT,
    REPORT,
    VALUES,
    WINDOW,
    Flag,
    Text,
    annotated,
    owns,
)
from poolcli.core.modes import MODES, Mode

SCHEMA = Flag(
    "schema",
    annotated(
        bool,
        "--schema",
        panel=REPORT,
        text="Print the JSON Schema of the lines of --json, of info and of all modes.",
    ),
    default=False,
)


class Theme(StrEnum):
    """The colours of a sheet."""

    light = "light"
    dark = "dark"


COMPARE = (
    Flag("modes", annotated(Text, "--modes", panel=WINDOW, metavar="MODE,…",
         text=f"What to compare: {', '.join(MODES)}.", shown="all of them",
         autocompletion=completion.more_modes)),
    Flag("noise", annotated(float, "--noise", panel=VALUES, metavar="SHARE", min=0,
         text="Noise to try, as a share of the input's standard deviation.", shown=True),
         default=0.1),
    Flag("theme", annotated(Theme, "--theme", panel=OUTPUT,
         text="Colours of the sheet.", shown="light",
         autocompletion=completion.among(Theme)), default=Theme.light),
)  # fmt: skip
"""The flags that only `compare` has."""

COMPARED = (
    "kernel_size", "stride", "padding", "dilation", "ceil", "floor", "whole", "adaptive", "layout",
    "ignore", "count_include_pad", "exclude_pad", "divisor", "norm", "q", "method",
    "straight_alpha", "max_pixels", "output", "overwrite", "quality", "compress_level", "jobs",
    "report", "json", "quiet", "debug",
)  # fmt: skip
"""The flags that it shares with the modes."""

ONE_INPUT = Flag(
    "input",
    Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="An image, an .npy or .npz file; - for standard input.",
            show_default=False,
        ),
    ],
    default=...,
)

EXPLAIN = (
    Flag("mode", Annotated[str, typer.Argument(
         metavar="MODE", help=f"What is made of each window: {', '.join(MODES)}.",
         autocompletion=completion.among(MODES), show_default=False)], default=...),
    ONE_INPUT,
    Flag("at", annotated(Text, "--at", panel=INPUT, metavar="ROW,COL",
         text="Show the windows of this element, counted from 0.", shown="the first")),
    Flag("svg", annotated(Text, "--svg", panel=OUTPUT, metavar="FILE",
         text="Write the explanation as a drawing too.")),
    Flag("html", annotated(Text, "--html", panel=OUTPUT, metavar="FILE",
         text="Write the explanation as a page too.")),
)  # fmt: skip
"""The parameters that only `explain` has."""

UNEXPLAINED = ("levels", "indices", "dtype")
"""The flags of windows and values that it does not have."""

LOOKED_AT = (
    "layout", "ignore", "recursive", "include", "exclude", "files_from", "null", "max_pixels",
    "report", "json", "quiet", "verbose", "no_progress", "debug",
)  # fmt: skip
"""The flags of `info`."""


def flags_of(mode: Mode | None) -> list[Flag]:
    """The flags of a mode's command; all of them for the command that takes any mode."""
    return [flag for flag in FLAGS if mode is None or owns(mode, flag)]


def flags_to_look() -> list[Flag]:
    """The flags of the command that pools nothing."""
    return [*(flag for flag in FLAGS if flag.name in LOOKED_AT), SCHEMA]


def flags_to_compare() -> list[Flag]:
    """The flags of the command that compares modes."""
    return [*(flag for flag in FLAGS if flag.name in COMPARED), *COMPARE]


def flags_to_explain() -> list[Flag]:
    """The parameters of the command that explains: its own, and those of windows and values."""
    others = ("max_pixels", "overwrite", "debug")
    shared = [
        flag
        for flag in FLAGS
        if flag.name in others
        or (_panel(flag) in (WINDOW, VALUES) and flag.name not in UNEXPLAINED)
    ]
    return [*EXPLAIN[:2], *shared, *EXPLAIN[2:]]


def _panel(flag: Flag) -> str | None:
    panel: str | None = flag.type.__metadata__[0].rich_help_panel
    return panel
