"""The request of a command line: option values parsed, and contradictions refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from poolcli.cli.footprint_option import parse_footprint
from poolcli.cli.layout_and_axes import layout_and_axes
from poolcli.cli.option_values import (
    parse_chunks,
    parse_exact_number,
    parse_float,
    parse_mode,
    parse_output_size,
    parse_padding,
    parse_sizes,
)
from poolcli.cli.options import OPTIONS, long_form_of
from poolcli.cli.usage_checks import check_exclusive, check_not_empty, check_some_mode_has_options
from poolcli.cli.zarr_output_checks import check_zarr_output
from poolcli.core import modes
from poolcli.core.errors import ArgumentError, ArgumentTypeError
from poolcli.core.exact_numbers import distinct_numbers
from poolcli.core.min_valid import as_min_valid
from poolcli.core.modes import Mode
from poolcli.core.window import Window
from poolcli.errors import UsageError
from poolcli.io.member_names import split_member
from poolcli.io.output_paths import STDIN_OR_STDOUT, is_folder
from poolcli.io.zarr.location import is_url
from poolcli.request import DEFAULT_ZARR_FORMAT, Command, Request

MAX_LEVELS = 1000

TIFF_EXTENSIONS = ("tif", "tiff")

INDICES_EXTENSIONS = ("", ".npy", ".npz", ".safetensors")

STDOUT_FILES = ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
"""The paths of standard output."""


def build_request(mode_name: str, given: dict[str, Any], command: Command = "pool") -> Request:
    """Return the request of a command line.

    Parameters
    ----------
    mode_name : str
        The name of the mode.
    given : dict
        The values of options by name, as Typer converts them. Options that the command does not
        have may be missing.
    command : {"pool", "unpool", "compare", "explain", "info"}
        What the command does; for `unpool` the mode is `max`.

    Raises
    ------
    UsageError
        If a value is wrong, if options exclude each other, or if the mode lacks an option.
    """
    values = {option.name: option.default for option in OPTIONS} | given
    values["inputs"] = tuple(values["inputs"] or ())
    if values["output"] in STDOUT_FILES:
        values["output"] = STDIN_OR_STDOUT
    mode = parse_mode(mode_name, "MODE" if command == "explain" else "--mode")
    check_some_mode_has_options([mode], values)
    check_not_empty(values)
    values |= _ignored_numbers(values["ignore"] or [])
    check_exclusive(values)
    if values["format"] is not None:
        values["format"] = values["format"].strip().lower().lstrip(".")
    _check_outputs(values, command)
    try:
        values |= {"window": _window(mode, values), **_mode_values(mode, values)}
    except (ArgumentError, ArgumentTypeError) as error:
        raise UsageError(str(error), long_form_of(error.argument), error.diagram) from None
    values |= {
        "mode": "unpool" if command == "unpool" else mode.name,
        "fill": parse_exact_number(values.get("fill") or "0", "--fill"),
        "command": command,
        "count_include_pad": _either(values, "count_include_pad", "exclude_pad"),
        **layout_and_axes(
            values["layout"], values["axes"], values["window"], may_be_stores=_may_be_stores(values)
        ),
        "dtype": _dtype(values["dtype"]),
        "chunks": None if values["chunks"] is None else parse_chunks(values["chunks"], "--chunks"),
        "zarr_format": int(values["zarr_format"] or DEFAULT_ZARR_FORMAT),
        "member": tuple(values["member"] or ()),
        "include": tuple(values["include"] or ()),
        "exclude": tuple(values["exclude"] or ()),
        "report": _report(values),
        "values": _either(values, "values", "no_values"),
    }
    return Request(**{name: values[name] for name in Request._fields})


def _may_be_stores(values: dict[str, Any]) -> bool:
    """Return whether some inputs may be Zarr stores: folders, URLs, or those of a list."""
    named = any(is_folder(split_member(path)[0]) or is_url(path) for path in values["inputs"])
    return named or values["files_from"] is not None


def _check_outputs(values: dict[str, Any], command: Command) -> None:
    output, indices = values["output"], values["indices"]
    to_stdout = STDIN_OR_STDOUT in (values["inputs"] if output is None else (output,))
    if values["levels"] is not None and values["levels"] > MAX_LEVELS:
        raise UsageError(f"a pyramid has at most {MAX_LEVELS} levels", "--levels")
    if values["levels"] is not None and to_stdout:
        raise UsageError("standard output takes one result; name a file with -o", "--levels")
    if values["pyramid"]:
        _check_pyramid(values)
    if command in ("pool", "unpool"):
        check_zarr_output(values, to_stdout=to_stdout, unpools=command == "unpool")
    if values["html"] in STDOUT_FILES:
        raise UsageError("the page goes into a file, not to standard output", "--html")
    if indices is not None and command != "unpool":
        _check_indices(indices)


def _check_indices(path: str) -> None:
    is_array = Path(path).suffix.lower() in INDICES_EXTENSIONS or path.endswith("/")
    if path == STDIN_OR_STDOUT or not (is_array or is_folder(path)):
        raise UsageError(
            f"indices go into an .npy, .npz or .safetensors file, not {path!r}", "--indices"
        )


def _check_pyramid(values: dict[str, Any]) -> None:
    """Refuse what a pyramid in one TIFF cannot be, and make TIFF the format of the output."""
    if values["levels"] is None:
        raise UsageError("name the number of levels with --levels", "--pyramid")
    output = values["output"] or ""
    given = values["format"] or Path(output).suffix
    if given and not output.endswith("/") and given.lower().lstrip(".") not in TIFF_EXTENSIONS:
        raise UsageError(f"a pyramid is a TIFF, not {given.lstrip('.')!r}", "--pyramid")
    if values["format"] is None and not Path(output).suffix:
        values["format"] = "tif"


def _ignored_numbers(texts: list[str]) -> dict[str, Any]:
    """The values to ignore, each once, in the order given; ``none`` is a file's own nodata."""
    numbers = [text for text in texts if text.strip().lower() != "none"]
    values = distinct_numbers(parse_exact_number(text, "--ignore") for text in numbers)
    return {"ignore": values, "ignores_nodata": len(numbers) == len(texts)}


def _window(mode: Mode, values: dict[str, Any]) -> Window:
    if values["global_window"]:
        return Window.global_window()
    if values["adaptive"] is not None:
        return Window.adaptive(parse_output_size(values["adaptive"], "--adaptive"))
    if values["fit"] is not None:
        return Window.fit(values["fit"])
    stride, kernel, shape = values["stride"], values["kernel_size"], values["footprint"]
    try:
        footprint = None if shape is None else parse_footprint(shape)
        if kernel is None and footprint is not None and footprint.shape:
            size: int | tuple[int, ...] = footprint.shape
        else:
            size = parse_sizes(kernel or "2", "--kernel-size")
        return Window.fixed(
            size,
            None if stride is None else parse_sizes(stride, "--stride"),
            parse_padding(values["padding"] or "0", "--padding"),
            parse_sizes(values["dilation"] or "1", "--dilation"),
            values["ceil"],
            values["padding_mode"],
            footprint,
        )
    except (ArgumentError, UsageError) as error:
        name = error.argument if isinstance(error, ArgumentError) else error.option
        has_norm = "norm_type" in mode.arguments
        if name in ("padding", "--padding") and has_norm and values["norm"] is None:
            hint = f"{error}; --p is the padding, the exponent is --norm"
            raise UsageError(hint, "--padding") from None
        raise


def _mode_values(mode: Mode, values: dict[str, Any]) -> dict[str, Any]:
    """The values of options that are numbers, and of those that only some modes have.

    Raises
    ------
    ArgumentError
        If a value is out of range.
    """
    norm = None if values["norm"] is None else parse_float(values["norm"], "--norm")
    q = None if values["q"] is None else parse_float(values["q"], "--q")
    min_valid = values["min_valid"]
    if min_valid is not None:
        problem = "is not a number; write a number from 0 to 1"
        min_valid = as_min_valid(parse_exact_number(min_valid, "--min-valid", problem))
    if values["divisor"] is not None:
        modes.as_divisor(values["divisor"])
    modes.as_norm_type(mode, norm)
    modes.as_quantile(q)
    return {"norm": norm, "q": q, "min_valid": min_valid}


def _dtype(text: str | None) -> str | None:
    if text is None:
        return None
    from poolcli.core.dtypes import as_numeric_dtype
    from poolcli.core.extension_floats import PREFIXES

    try:
        return as_numeric_dtype(text.strip(), "dtype").name
    except ArgumentTypeError as error:
        if text.strip().startswith(PREFIXES):
            raise UsageError(str(error), "--dtype") from None
        raise UsageError(
            f"{text!r} is not a numeric dtype; examples are uint8, int64 and float32", "--dtype"
        ) from None


def _either(values: dict[str, Any], yes: str, no: str) -> bool | None:
    """The value of two opposite switches; None if neither is given."""
    return True if values[yes] else False if values[no] else None


def _report(values: dict[str, Any]) -> str:
    switch = "json" if values["json"] else "quiet" if values["quiet"] else None
    by_switch = "none" if switch == "quiet" else switch
    report: str = values["report"] or by_switch or "table"
    if values["preview"] and report != "table":
        raise UsageError("previews belong to the table report, which is off", "--preview")
    if by_switch not in (None, report):
        raise UsageError(f"--report {report} and --{switch} exclude each other", "--report")
    return report
