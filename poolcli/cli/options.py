"""The option table: every option and argument of the command line, declared once.

Which command has which option follows from this table, from the table of modes and from
`poolcli.cli.commands`. The parser, the help and `docs/cli.md` are made from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from poolcli.cli import completion
from poolcli.core.modes import MODES, QUANTILE_METHODS, Mode

WINDOW, VALUES, INPUT, OUTPUT, RUN, REPORT = "Window", "Values", "Input", "Output", "Run", "Report"
"""The panels of the help."""


class Option(NamedTuple):
    """An option, or a positional argument, of the command line.

    Attributes
    ----------
    name : str
        The key of its value in the values of a command line.
    spellings : tuple of str
        How users write it, the long form first; empty for a positional argument.
    help : str
        Its help, without the default.
    panel : str, optional
        The panel of the help that shows it.
    metavar : str, optional
        The placeholder of its value; None for a switch and where `choices` stand there.
    type : {str, int, float, bool}
        The type of a value; bool for a switch.
    default : Any
        The value if the option is not given; ``...`` if it is required.
    default_text : str
        The default in words; empty if the help says enough.
    choices : tuple of str
        The allowed values; empty if there are others.
    minimum, maximum : int, optional
        The range of a number.
    repeatable : bool
        Whether it may be given several times; its value is a list.
    argument : str, optional
        The argument of `poolcli.pool` that it sets, if that has another name.
    complete : callable, optional
        Returns the completions of a typed prefix; by default those among `choices`.
    """

    name: str
    spellings: tuple[str, ...]
    help: str
    panel: str | None = None
    metavar: str | None = None
    type: type = str
    default: Any = None
    default_text: str = ""
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    repeatable: bool = False
    argument: str | None = None
    complete: Callable[[str], list[str]] | None = None

    @property
    def long_form(self) -> str:
        """The spelling that messages use: the long option, or the placeholder of an argument."""
        return self.spellings[0] if self.spellings else str(self.metavar)

    def belongs_to(self, mode: Mode) -> bool:
        """Whether a mode has the option."""
        argument = self.argument or self.name
        if argument == "straight_alpha":
            return mode.weights_by_alpha
        is_shared = not any(argument in each.arguments for each in MODES.values())
        return is_shared or argument in mode.arguments


def _switch(name: str, *spellings: str, **fields: Any) -> Option:
    return Option(name, spellings, type=bool, default=False, **fields)


INPUTS = Option(
    "inputs", (),
    "Images, .npy, .npz and .safetensors files, Zarr stores, or folders of them; - for standard "
    "input. x.npz:NAME is one array of several.",
    metavar="INPUT", default=(), repeatable=True,
)  # fmt: skip

ONE_INPUT = Option(
    "input", (),
    "An image, an .npy, .npz or .safetensors file, a Zarr store; - for standard input. x.npz:NAME "
    "is one array of several.",
    metavar="INPUT", default=...,
)  # fmt: skip

MODE_ARGUMENT = Option(
    "mode", (), f"Pooling mode: {', '.join(MODES)}.", metavar="MODE", default=...,
    complete=completion.prefixed(MODES),
)  # fmt: skip

MODE_OPTION = MODE_ARGUMENT._replace(spellings=("--mode",))


def _default_norms() -> str:
    modes = [mode for mode in MODES.values() if "norm_type" in mode.arguments]
    return ", ".join(f"{mode.exponent:g} for {mode.name}" for mode in modes)


OPTIONS: tuple[Option, ...] = (
    Option("kernel_size", ("--kernel-size", "--k", "-k"), metavar="SIZE", panel=WINDOW,
           help="Window size in elements: 2, or one number per pooled axis: 3x2.",
           default_text="2"),
    Option("stride", ("--stride", "--s", "-s"), metavar="SIZE", panel=WINDOW,
           help="Step between windows, in elements.", default_text="the kernel size"),
    Option("padding", ("--padding", "--p", "-p"), metavar="PAD", panel=WINDOW,
           help="Padded elements at both ends of an axis: 1, 1x0, before:after per axis (1:2x0:1), "
                "valid (none), same, same-lower.", default_text="0",
           complete=completion.prefixed(completion.PADDINGS)),
    Option("padding_mode", ("--padding-mode",), metavar="MODE", panel=WINDOW,
           help="What padding contains: reflect, replicate, symmetric, circular, constant:V.",
           default_text="no values; sum, lp and avg add zeros",
           complete=completion.prefixed(completion.PADDING_MODES)),
    Option("dilation", ("--dilation", "--d", "-d"), metavar="SIZE", panel=WINDOW,
           help="Spacing of a window's elements, in elements.", default_text="1"),
    Option("footprint", ("--footprint",), metavar="SHAPE", panel=WINDOW,
           help="Which elements of a window count: disk, cross, ring, or an .npy of True "
                "and False in the kernel's shape.", default_text="all",
           complete=completion.prefixed(completion.FOOTPRINTS)),
    _switch("ceil", "--ceil", panel=WINDOW, help="Round the output size up.", argument="ceil_mode"),
    _switch("floor", "--floor", panel=WINDOW, help="Round the output size down (the default)."),
    _switch("global_window", "--global", panel=WINDOW, help="One window over the whole plane."),
    Option("adaptive", ("--adaptive", "--output-size"), metavar="SIZE", panel=WINDOW,
           help="Adaptive windows for this output size in elements: 7x7; _ keeps an axis.",
           argument="output_size"),
    Option("fit", ("--fit",), metavar="N", panel=WINDOW, type=int, minimum=1,
           help="Adaptive windows for thumbnails: the longest side becomes at most N pixels (of "
                "arrays: elements), with the same aspect ratio.", argument="longest_side"),
    Option("levels", ("--levels",), metavar="N", panel=WINDOW, type=int, minimum=1,
           help="Write a pyramid of N levels: level n is the input pooled once with kernel size "
                "k^n; with overlap, gaps or padding it pools the level before."),
    _switch("pyramid", "--pyramid", panel=WINDOW,
            help="Write the input and all --levels into one tiled TIFF that viewers open as one "
                 "image."),
    Option("layout", ("--layout",), metavar="LETTERS", panel=WINDOW,
           help="The axes of the data, one letter each, D H W or Z Y X for the spatial ones: HW, "
                "HWC, NCHW, ZYX, TCZYX.", default_text="the last axes are pooled",
           complete=completion.layouts),
    Option("axes", ("--axes",), metavar="LETTERS", panel=WINDOW,
           help="The axes to pool, of the layout or of a Zarr store: Z, YX.",
           default_text="the spatial ones",
           complete=completion.axes),
    Option("ignore", ("--ignore",), metavar="V", panel=VALUES, repeatable=True,
           help="Ignore elements equal to V: nan, 0, -9999. Repeatable. none pools a "
                "file's own nodata.", default_text="a file's own nodata"),
    Option("min_valid", ("--min-valid",), metavar="F", panel=VALUES,
           help="A window with less than this share of its elements left after ignoring, from 0 "
                "to 1, gives V.",
           default_text="any one"),
    _switch("count_include_pad", "--count-include-pad", panel=VALUES,
            help="Count padded elements in means (the default, except for --padding same)."),
    _switch("exclude_pad", "--exclude-pad", panel=VALUES,
            help="Exclude padded elements from means (the default for --padding same).",
            argument="count_include_pad"),
    Option("divisor", ("--divisor",), metavar="N", panel=VALUES, type=int,
           help="Divide sums by N instead of the number of elements.", argument="divisor_override"),
    Option("norm", ("--norm",), metavar="P", panel=VALUES,
           help="Exponent P; inf for the limit.", default_text=_default_norms(),
           argument="norm_type"),
    Option("q", ("--q", "-q"), metavar="Q", panel=VALUES,
           help="Quantile, from 0 to 1.", default_text="0.5"),
    Option("method", ("--method",), metavar="NAME", panel=VALUES, choices=QUANTILE_METHODS,
           help=f"Interpolation method, as in numpy.quantile: {', '.join(QUANTILE_METHODS)}.",
           default_text="linear"),
    Option("dtype", ("--dtype",), metavar="DTYPE", panel=VALUES,
           help="Cast the result. Integers are rounded half up, and limited to their range.",
           complete=completion.prefixed(completion.DTYPES)),
    Option("indices", ("--indices",), metavar="PATH", panel=VALUES,
           help="Write the argmax or argmin indices, flat over the pooled axes: an .npy, an .npz "
                "or .safetensors for several arrays, or a folder/ for several inputs.",
           argument="return_indices"),
    _switch("straight_alpha", "--straight-alpha", panel=VALUES,
            help="Pool colours without weighting them by alpha."),
    Option("member", ("--member",), metavar="GLOB", panel=INPUT, repeatable=True,
           help="Pool only the arrays with matching names, of an .npz, a .safetensors or a Zarr "
                "group. Repeatable."),
    _switch("recursive", "--recursive", "-r", panel=INPUT, help="Descend into subfolders."),
    Option("include", ("--include",), metavar="GLOB", panel=INPUT, repeatable=True,
           help="Take only matching files of a folder. Repeatable."),
    Option("exclude", ("--exclude",), metavar="GLOB", panel=INPUT, repeatable=True,
           help="Skip matching files of a folder. Repeatable."),
    Option("files_from", ("--files-from",), metavar="FILE", panel=INPUT,
           help="Read input paths from a file, one per line; - for standard input."),
    _switch("null", "--null", "-0", panel=INPUT,
            help="Read NUL-separated paths (find -print0) with --files-from."),
    Option("max_pixels", ("--max-pixels",), metavar="N", panel=INPUT, type=int, minimum=0,
           default=178_956_970, help="Refuse images of more than N pixels; 0 for no limit.",
           default_text="178956970"),
    Option("output", ("--output", "-o"), metavar="PATH", panel=OUTPUT,
           help="Output file, output folder/, Zarr store (x.zarr), or - for standard output.",
           default_text="beside the input"),
    Option("format", ("--format",), metavar="EXT", panel=OUTPUT,
           help="Output format: png, tif, npy, zarr, …",
           default_text="by the output's extension, else the input's format",
           complete=completion.formats),
    _switch("in_place", "--in-place", panel=OUTPUT,
            help="Add --levels to the OME-Zarr group of the input, whose own array stays as it "
                 "is."),
    Option("chunks", ("--chunks",), metavar="SIZE", panel=OUTPUT,
           help="Shape of the chunks of a Zarr output in elements: 64, 64x64x64, or one number per "
                "axis.",
           default_text="the input's; about 1 MB"),
    Option("zarr_format", ("--zarr-format",), panel=OUTPUT, choices=("2", "3"),
           help="Format of a Zarr output: 2 for OME-Zarr 0.4, 3 for 0.5.", default_text="3"),
    _switch("overwrite", "--overwrite", panel=OUTPUT, help="Replace existing outputs."),
    _switch("skip_existing", "--skip-existing", panel=OUTPUT,
            help="Skip inputs whose output exists."),
    _switch("normalize", "--normalize", panel=OUTPUT,
            help="Map the range of the result to 0 to 255, for viewing."),
    Option("quality", ("--quality",), metavar="N", panel=OUTPUT, type=int, minimum=0, maximum=100,
           help="Quality of JPEG, WebP, AVIF, HEIC and JPEG XL; 100 is the best.",
           default_text="90"),
    Option("compress_level", ("--compress-level",), metavar="N", panel=OUTPUT, type=int, minimum=0,
           maximum=9, help="Compression level of PNG: 0 for none, 9 for the smallest file.",
           default_text="fast and small"),
    _switch("dry_run", "--dry-run", panel=RUN, help="Pool and report, but write nothing."),
    _switch("fail_fast", "--fail-fast", panel=RUN, help="Stop after the first input that fails."),
    Option("jobs", ("--jobs", "-j"), metavar="N", panel=RUN, type=int, minimum=1,
           help="Number of processors to use.", default_text="all"),
    Option("dask", ("--dask",), metavar="ADDRESS", panel=RUN,
           help="Work on a Dask cluster: tcp://host:8786; local starts one here."),
    Option("report", ("--report",), panel=REPORT, choices=("table", "json", "none"),
           help="Form of the report.", default_text="table"),
    _switch("json", "--json", panel=REPORT, help="Short for --report json."),
    _switch("quiet", "--quiet", panel=REPORT, help="Short for --report none."),
    _switch("values", "--values", panel=REPORT,
            help="Show all values, before and after (the default for at most 256 elements)."),
    _switch("no_values", "--no-values", panel=REPORT, help="Show no values."),
    _switch("preview", "--preview", panel=REPORT,
            help="Draw inputs and results in the terminal, below the table."),
    Option("html", ("--html",), metavar="FILE", panel=REPORT,
           help="Write an HTML report with thumbnails."),
    _switch("verbose", "--verbose", panel=REPORT,
            help="List every file, even if there are more than 20."),
    _switch("no_progress", "--no-progress", panel=REPORT, help="Show no progress bar."),
    _switch("debug", "--debug", panel=REPORT, help="Show tracebacks."),
)  # fmt: skip
"""The options of the modes; other commands share some of them."""

THEME_OPTION = Option(
    "theme", ("--theme",), panel=OUTPUT, choices=("light", "dark"),
    help="Colours of the files.",
    default_text="light; the page of --html follows the reader's system",
)  # fmt: skip

COMPARE_OPTIONS = (
    Option("modes", ("--modes",), metavar="MODE,…", panel=WINDOW,
           help=f"Modes to compare: {', '.join(MODES)}.", default_text="all",
           complete=completion.mode_lists),
    Option("noise", ("--noise",), metavar="SHARE", panel=VALUES, type=float, minimum=0, default=0.1,
           help="Strength of the noise that is added, in standard deviations of the input.",
           default_text="0.1"),
    THEME_OPTION,
)  # fmt: skip
"""The options that only `compare` has."""

UNPOOL_OPTIONS = (
    Option("indices", ("--indices",), metavar="PATH", panel=INPUT, default=...,
           help="The indices of the values, as max --indices writes them: an .npy, an .npz or "
                ".safetensors with the same keys, a folder/, or -."),
    Option("adaptive", ("--output-size",), metavar="SIZE", panel=WINDOW, default=...,
           help="The size of the result on the pooled axes, in elements: 112x112; _ keeps an axis.",
           argument="output_size"),
    Option("fill", ("--fill",), metavar="V", panel=VALUES,
           help="The value of all elements that no index names.", default_text="0"),
)  # fmt: skip
"""The options that only `unpool` has."""

EXPLAIN_OPTIONS = (
    Option("at", ("--at",), metavar="[SLICE,]ROW,COL", panel=WINDOW,
           help="Explain the windows that contain this element, counted from 0.",
           default_text="the first windows"),
    Option("svg", ("--svg",), metavar="FILE", panel=OUTPUT,
           help="Write a figure in SVG, which scales without loss."),
    Option("png", ("--png",), metavar="FILE", panel=OUTPUT,
           help="Write the figure as a PNG image."),
    Option("gif", ("--gif",), metavar="FILE", panel=OUTPUT,
           help="Write an animation of the moving window: .gif, .webp or .apng (or .png)."),
    Option("html", ("--html",), metavar="FILE", panel=OUTPUT,
           help="Write a page that shows the arithmetic of the window under the pointer."),
    Option("fps", ("--fps",), metavar="RATE", panel=OUTPUT, type=float,
           help="Speed of --gif in frames per second.",
           default_text="1; more if it would last longer than half a minute"),
    THEME_OPTION,
    Option("width", ("--width",), metavar="PIXELS", panel=OUTPUT, type=int,
           minimum=160, maximum=7680,
           help="Width of --svg, --png and --gif in pixels.", default_text="1280"),
)  # fmt: skip
"""The options that only `explain` has."""

INFO_OPTIONS = (
    _switch("schema", "--schema", panel=REPORT,
            help="Print the JSON Schema of the lines of --json, for info and all modes."),
)  # fmt: skip
"""The options that only `info` has."""


def long_form_of(name: str | None) -> str:
    """Return the long form of the option with a name, or of the one that sets an argument.

    Parameters
    ----------
    name : str, optional
        The name of an option, or of an argument of `poolcli.pool`; by default ``"kernel_size"``.

    Examples
    --------
    >>> long_form_of("global_window"), long_form_of("output_size"), long_form_of(None)
    ('--global', '--adaptive', '--kernel-size')
    """
    found = [each for each in OPTIONS if name and name in (each.name, each.argument)]
    return (found or OPTIONS)[0].long_form
