"""The flags, each declared once. Which command has which follows from the table of modes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, NamedTuple

import typer

from poolcli.cli import completion
from poolcli.core.modes import MODES, QUANTILE_METHODS, Mode


class Report(StrEnum):
    """The kinds of report."""

    table = "table"
    json = "json"
    none = "none"


class Flag(NamedTuple):
    """A parameter of the commands.

    Attributes
    ----------
    name : str
        Its name in the function that the command calls.
    type : Any
        Its annotation, with everything that Typer shows of it.
    owner : str, optional
        The entry in a mode's `flags` without which the mode does not have it.
    """

    name: str
    type: Any
    default: Any = None
    owner: str | None = None


Method = StrEnum("Method", {name: name for name in QUANTILE_METHODS})  # type: ignore[misc]
"""The methods of quantiles."""


def _norms() -> str:
    """The modes' own exponents, in words."""
    norms = [
        f"{mode.default_norm_type:g} for {mode.name}"
        for mode in MODES.values()
        if mode.default_norm_type
    ]
    return ", ".join(norms)


def annotated(
    kind: Any, *names: str, panel: str, text: str, shown: str | bool = False, **more: Any
) -> Any:
    """A flag's annotation; `shown` is its default in words, where that needs any."""
    return Annotated[
        kind,
        typer.Option(*names, help=text, rich_help_panel=panel, show_default=shown, **more),
    ]


WINDOW, VALUES, INPUT, OUTPUT, REPORT = "Window", "Values", "Input", "Output", "Report"
Text = str | None

INPUTS = Flag(
    "inputs",
    Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUT",
            help="Images, .npy and .npz files, folders of them; - for standard input.",
            show_default=False,
        ),
    ],
    default=(),
)

MODE = Flag(
    "mode",
    Annotated[
        str,
        typer.Option(
            "--mode",
            help=f"What to make of each window: {', '.join(MODES)}.",
            autocompletion=completion.among(MODES),
            show_default=False,
        ),
    ],
    default=...,
)

FLAGS: tuple[Flag, ...] = (
    Flag("kernel_size", annotated(Text, "--kernel-size", "--k", "-k", panel=WINDOW, metavar="SIZE",
         text="Window size: 2, or one number for each axis: 3x2.", shown="2")),
    Flag("stride", annotated(Text, "--stride", "--s", "-s", panel=WINDOW, metavar="SIZE",
         text="Step between windows.", shown="the window size")),
    Flag("padding", annotated(Text, "--padding", "--p", "-p", panel=WINDOW, metavar="PAD",
         text="Elements around the data: 1, 1x0, before:after for each axis (1:2x0:1), valid, "
              "same, same-lower.", shown="0",
         autocompletion=completion.among(completion.PADDINGS))),
    Flag("dilation", annotated(Text, "--dilation", "--d", "-d", panel=WINDOW, metavar="SIZE",
         text="Spacing of a window's elements.", shown="1")),
    Flag("ceil", annotated(bool, "--ceil", panel=WINDOW,
         text="Round the output size up."), default=False),
    Flag("floor", annotated(bool, "--floor", panel=WINDOW,
         text="Round the output size down (the default)."), default=False),
    Flag("whole", annotated(bool, "--global", panel=WINDOW,
         text="One window over the whole plane."), default=False),
    Flag("adaptive", annotated(Text, "--adaptive", "--output-size", panel=WINDOW, metavar="SIZE",
         text="Give the output size instead: 7x7; _ keeps an axis.")),
    Flag("levels", annotated(int | None, "--levels", panel=WINDOW, metavar="N", min=1,
         max=1000, text="A pyramid: pool N times, writing every level.")),
    Flag("layout", annotated(Text, "--layout", panel=WINDOW, metavar="LETTERS",
         text="The axes of an array: D H W are spatial, others not: HW, HWC, NCHW, NCDHW. "
              "As it stands, the last axes are spatial.", autocompletion=completion.layouts)),
    Flag("ignore", annotated(list[str] | None, "--ignore", panel=VALUES, metavar="V",
         text="Leave elements equal to V (nan, 0, -9999) out of every window; may be repeated.")),
    Flag("count_include_pad", annotated(bool, "--count-include-pad", panel=VALUES,
         text="Count padding in means (the default, but for --padding same)."),
         default=False, owner="count_include_pad"),
    Flag("exclude_pad", annotated(bool, "--exclude-pad", panel=VALUES,
         text="Leave padding out of means (the default for --padding same)."),
         default=False, owner="count_include_pad"),
    Flag("divisor", annotated(int | None, "--divisor", panel=VALUES, metavar="N",
         text="Divide sums by N instead of the number of elements."), owner="divisor_override"),
    Flag("norm", annotated(Text, "--norm", panel=VALUES, metavar="P",
         text="The exponent; inf gives the limit.", shown=_norms()), owner="norm_type"),
    Flag("q", annotated(Text, "--q", "-q", panel=VALUES, metavar="Q",
         text="Which quantile, from 0 to 1.", shown="0.5"), owner="q"),
    Flag("method", annotated(Method | None, "--method", panel=VALUES,
         text="How to go between two elements, as numpy.quantile does.", shown="linear",
         autocompletion=completion.among(QUANTILE_METHODS)),
         owner="method"),
    Flag("dtype", annotated(Text, "--dtype", panel=VALUES, metavar="DTYPE",
         text="Cast the result: to integers rounded half up, and kept within their range.",
         autocompletion=completion.among(completion.DTYPES))),
    Flag("indices", annotated(Text, "--indices", panel=VALUES, metavar="PATH",
         text="Write where each value stood, as an .npy of flat indices."),
         owner="return_indices"),
    Flag("straight_alpha", annotated(bool, "--straight-alpha", panel=VALUES,
         text="Pool colours without weighting them by alpha."), default=False, owner="alpha"),
    Flag("recursive", annotated(bool, "--recursive", "-r", panel=INPUT,
         text="Go down into the folders of a folder."), default=False),
    Flag("include", annotated(list[str] | None, "--include", panel=INPUT, metavar="GLOB",
         text="Take only matching files of a folder; may be repeated.")),
    Flag("exclude", annotated(list[str] | None, "--exclude", panel=INPUT, metavar="GLOB",
         text="Leave matching files of a folder out; may be repeated.")),
    Flag("files_from", annotated(Text, "--files-from", panel=INPUT, metavar="FILE",
         text="Take inputs from a list, one a line; - for standard input.")),
    Flag("null", annotated(bool, "--null", "-0", panel=INPUT,
         text="Its paths end in NUL, as find -print0 writes them."), default=False),
    Flag("max_pixels", annotated(int, "--max-pixels", panel=INPUT, metavar="N", min=0,
         text="Refuse larger images; 0 for no limit.", shown=True), default=178_956_970),
    Flag("output", annotated(Text, "--output", "-o", panel=OUTPUT, metavar="PATH",
         text="A file, a folder/, or - for standard output.", shown="beside the input")),
    Flag("format", annotated(Text, "--format", panel=OUTPUT, metavar="EXT",
         text="The output's format: png, tif, npy, …", shown="as the name says, or the input",
         autocompletion=completion.formats)),
    Flag("overwrite", annotated(bool, "--overwrite", panel=OUTPUT,
         text="Replace outputs that exist."), default=False),
    Flag("skip_existing", annotated(bool, "--skip-existing", panel=OUTPUT,
         text="Pass over inputs whose output exists."), default=False),
    Flag("fail_fast", annotated(bool, "--fail-fast", panel=OUTPUT,
         text="Begin nothing more after the first input that fails."), default=False),
    Flag("dry_run", annotated(bool, "--dry-run", panel=OUTPUT,
         text="Do everything but write."), default=False),
    Flag("normalize", annotated(bool, "--normalize", panel=OUTPUT,
         text="Map the range of the result to 0 to 255, for looking at."), default=False),
    Flag("quality", annotated(int | None, "--quality", panel=OUTPUT, metavar="N", min=0, max=100,
         text="Quality of JPEG, WebP and AVIF.", shown="90")),
    Flag("compress_level", annotated(int | None, "--compress-level", panel=OUTPUT, metavar="N",
         min=0, max=9, text="Level of PNG's compression.", shown="what is fast and small")),
    Flag("jobs", annotated(int | None, "--jobs", "-j", panel=OUTPUT, metavar="N", min=1,
         text="Processors to use.", shown="all")),
    Flag("dask", annotated(Text, "--dask", panel=OUTPUT, metavar="ADDRESS",
         text="Work on a Dask cluster: tcp://host:8786, or local for one started here.")),
    Flag("report", annotated(Report | None, "--report", panel=REPORT,
         text="What to print of the results.", shown="table",
         autocompletion=completion.among(Report))),
    Flag("json", annotated(bool, "--json", panel=REPORT,
         text="Short for --report json."), default=False),
    Flag("quiet", annotated(bool, "--quiet", panel=REPORT,
         text="Short for --report none."), default=False),
    Flag("values", annotated(bool, "--values", panel=REPORT,
         text="Show the values before and after (the default for at most 256)."), default=False),
    Flag("no_values", annotated(bool, "--no-values", panel=REPORT,
         text="Show no values."), default=False),
    Flag("preview", annotated(bool, "--preview", panel=REPORT,
         text="Draw results below the table, before and after."), default=False),
    Flag("html", annotated(Text, "--html", panel=REPORT, metavar="FILE",
         text="Write the report as a page too, with small pictures of all results.")),
    Flag("verbose", annotated(bool, "--verbose", panel=REPORT,
         text="List every file, also when there are more than 20."), default=False),
    Flag("no_progress", annotated(bool, "--no-progress", panel=REPORT,
         text="Show no progress bar."), default=False),
    Flag("debug", annotated(bool, "--debug", panel=REPORT,
         text="Show tracebacks."), default=False),
)  # fmt: skip


def option(name: str) -> str:
    """A flag as people write it.

    Examples
    --------
    >>> option("kernel_size"), option("whole")
    ('--kernel-size', '--global')
    """
    return "--global" if name == "whole" else f"--{name.replace('_', '-')}"


def owns(mode: Mode, flag: Flag) -> bool:
    """Whether a mode has a flag."""
    if flag.owner == "alpha":
        return mode.weights_by_alpha
    return flag.owner is None or flag.owner in mode.arguments
