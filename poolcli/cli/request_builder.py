"""From the flags of a command line to a request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from poolcli.cli import parse
from poolcli.cli.options import FLAGS, option, owns
from poolcli.core import modes
from poolcli.core.errors import ArgumentError, ArgumentTypeError
from poolcli.core.modes import Mode
from poolcli.core.window import Window
from poolcli.errors import UsageError
from poolcli.request import STDIN_OR_STDOUT, Command, Number, Request

WINDOW_FLAGS = (
    "kernel_size",
    "stride",
    "padding",
    "dilation",
    "ceil",
    "floor",
    "count_include_pad",
    "exclude_pad",
    "divisor",
    "levels",
)
"""The flags that `--global` and `--adaptive` exclude."""

EXCLUSIVE = (
    ("whole", "adaptive"),
    ("ceil", "floor"),
    ("count_include_pad", "exclude_pad"),
    ("levels", "indices"),
    ("count_include_pad", "ignore"),
    ("overwrite", "skip_existing"),
    ("normalize", "dtype"),
    ("json", "quiet"),
    ("values", "no_values"),
)
"""Pairs of flags that contradict each other."""

STDOUT_FILES = ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
"""Standard output by its names as a file."""


def build(mode_name: str, given: dict[str, Any], command: Command = "pool") -> Request:
    """Parse the flags, and refuse those that contradict each other.

    Parameters
    ----------
    mode_name : str
        The mode's name.
    given : dict
        A value for each flag's name; flags that the command does not have may be missing.

    Raises
    ------
    UsageError
        If the command line is wrong.
    """
    flags = {flag.name: flag.default for flag in FLAGS} | given
    flags["inputs"] = flags["inputs"] or []
    if flags["output"] in STDOUT_FILES:
        flags["output"] = STDIN_OR_STDOUT
    try:
        mode = modes.find_mode(mode_name)
    except ArgumentError as error:
        from poolcli.cli.usage_hints import did_you_mean

        raise UsageError(f"{error}{did_you_mean(mode_name)}", "--mode") from None
    _check_owned(mode, flags)
    _check_empty(flags)
    flags["ignore"] = _without_none(flags["ignore"])
    _check_conflicts(flags)
    window = _window(mode, flags)
    layout = None if flags["layout"] is None else parse.layout(flags["layout"], "--layout")
    _check_layout(layout, window)
    return Request(
        inputs=tuple(flags["inputs"] or ()),
        mode=mode.name,
        window=window,
        command=command,
        count_include_pad=_either(flags, "count_include_pad", "exclude_pad"),
        **_values(mode, flags),
        ignore=_ignored(flags["ignore"]),
        levels=flags["levels"],
        layout=layout,
        dtype=_dtype(flags["dtype"]),
        indices=flags["indices"],
        output=flags["output"],
        format=_extension(flags["format"]),
        recursive=flags["recursive"],
        include=tuple(flags["include"] or ()),
        exclude=tuple(flags["exclude"] or ()),
        overwrite=flags["overwrite"],
        skip_existing=flags["skip_existing"],
        fail_fast=flags["fail_fast"],
        files_from=flags["files_from"],
        null=flags["null"],
        dry_run=flags["dry_run"],
        dask=flags["dask"],
        no_progress=flags["no_progress"],
        normalize=flags["normalize"],
        straight_alpha=flags["straight_alpha"],
        quality=flags["quality"],
        compress_level=flags["compress_level"],
        max_pixels=flags["max_pixels"],
        jobs=flags["jobs"],
        report=_report(flags),
        values=_either(flags, "values", "no_values"),
        preview=flags["preview"],
        html=flags["html"],
        verbose=flags["verbose"],
        debug=flags["debug"],
    )


def _without_none(texts: list[str] | None) -> list[str] | None:
    """The texts of ``--ignore``; None where they say ``none``."""
    if not any(text.strip().lower() == "none" for text in texts or ()):
        return texts
    if len(texts or ()) > 1:
        raise UsageError("none excludes other values, and is given once", "--ignore")
    return None


def _ignored(texts: list[str] | None) -> tuple[Number, ...]:
    """The values to ignore, each once, in the order given; all NaNs are one."""
    found: list[Number] = []
    for text in texts or ():
        value = parse.number(text, "--ignore")
        known = any(value == other or (value != value and other != other) for other in found)
        found += [] if known else [value]
    return tuple(found)


def _window(mode: Mode, flags: dict[str, Any]) -> Window:
    """The window; where its padding is wrong, the exponent may be what was meant."""
    try:
        return _parsed_window(flags)
    except UsageError as error:
        if (
            error.option == "--padding"
            and mode.default_norm_type is not None
            and flags["norm"] is None
        ):
            words = f"{error}; --p is the padding, the exponent is --norm"
            raise UsageError(words, error.option) from None
        raise


def _parsed_window(flags: dict[str, Any]) -> Window:
    if flags["whole"]:
        return Window.global_window()
    try:
        if flags["adaptive"] is not None:
            return Window.adaptive(parse.output_size(flags["adaptive"], "--adaptive"))
        stride = flags["stride"]
        return Window.fixed(
            parse.sizes(flags["kernel_size"] or "2", "--kernel-size"),
            None if stride is None else parse.sizes(stride, "--stride"),
            parse.padding(flags["padding"] or "0", "--padding"),
            parse.sizes(flags["dilation"] or "1", "--dilation"),
            flags["ceil"],
        )
    except (ArgumentError, ArgumentTypeError) as error:
        name = error.argument or "kernel_size"
        raise UsageError(
            str(error), option("adaptive" if name == "output_size" else name)
        ) from None


def _either(flags: dict[str, Any], yes: str, no: str) -> bool | None:
    """What two opposite flags say together; None where neither is given."""
    return True if flags[yes] else False if flags[no] else None


def _check_owned(mode: Mode, flags: dict[str, Any]) -> None:
    for flag in FLAGS:
        if flags[flag.name] != flag.default and not owns(mode, flag):
            owners = ", ".join(other.name for other in modes.MODES.values() if owns(other, flag))
            raise UsageError(
                f"mode {mode.name!r} does not have it; {owners} does", option(flag.name)
            )


def _check_empty(flags: dict[str, Any]) -> None:
    for flag in FLAGS:
        value = flags[flag.name]
        if value == "" or (isinstance(value, list) and "" in value):
            raise UsageError("its value is empty; give one, or leave it out", option(flag.name))


def _check_conflicts(flags: dict[str, Any]) -> None:
    given = {name for name, value in flags.items() if value not in (None, False)}
    for one, other in EXCLUSIVE:
        if one in given and other in given:
            raise UsageError(f"{option(one)} and {option(other)} exclude each other", option(one))
    window = [option(name) for name in WINDOW_FLAGS if name in given]
    for name in ("whole", "adaptive"):
        if name in given and window:
            raise UsageError(f"it leaves no room for {', '.join(window)}", option(name))
    if flags["levels"] is not None and _streams(flags):
        raise UsageError("standard output takes one result; name a file with -o", "--levels")
    if flags["html"] in STDOUT_FILES:
        raise UsageError("the page goes into a file, not to standard output", "--html")
    indices = flags["indices"]
    suffix = "" if indices is None else Path(indices).suffix.lower()
    if indices == STDIN_OR_STDOUT or suffix not in ("", ".npy"):
        raise UsageError(f"indices go into an .npy file, not {indices!r}", "--indices")


def _streams(flags: dict[str, Any]) -> bool:
    return flags["output"] == STDIN_OR_STDOUT or (
        flags["output"] is None and STDIN_OR_STDOUT in flags["inputs"]
    )


def _check_layout(layout: str | None, window: Window) -> None:
    if layout is None or window.rank is None:
        return
    spatial = [letter for letter in layout if letter in parse.SPATIAL]
    if len(spatial) != window.rank:
        raise UsageError(
            f"{layout} has {len(spatial)} spatial axes ({' '.join(spatial)}), but "
            f"{window.describe()} is for {window.rank}",
            "--layout",
        )


def _values(mode: Mode, flags: dict[str, Any]) -> dict[str, Any]:
    """The arguments that only some modes have: divisor, exponent, quantile and method."""
    norm = None if flags["norm"] is None else parse.real(flags["norm"], "--norm")
    q = 0.5 if flags["q"] is None else parse.real(flags["q"], "--q")
    method = "linear" if flags["method"] is None else flags["method"].value
    divisor = flags["divisor"]
    checks: dict[str, Callable[[], object]] = {
        "--divisor": lambda: divisor is None or modes.as_divisor(divisor),
        "--norm": lambda: modes.as_norm_type(mode, norm),
        "--q": lambda: modes.as_quantile(q),
    }
    for name, check in checks.items():
        try:
            check()
        except ArgumentError as error:
            raise UsageError(str(error), name) from None
    return {"divisor": divisor, "norm": norm, "q": q, "method": method}


def _dtype(text: str | None) -> str | None:
    if text is None:
        return None
    from poolcli.core.dtypes import as_numeric_dtype

    try:
        return as_numeric_dtype(text.strip(), "dtype").name
    except ArgumentTypeError:
        raise UsageError(
            f"{text!r} is no numeric dtype; uint8, int64, float32 and the like are", "--dtype"
        ) from None


def _extension(text: str | None) -> str | None:
    return None if text is None else text.strip().lower().lstrip(".")


def _report(flags: dict[str, Any]) -> Any:
    short = "json" if flags["json"] else "none" if flags["quiet"] else None
    named = (short or "table") if flags["report"] is None else flags["report"].value
    if flags["preview"] and named != "table":
        raise UsageError("it draws below the table, which was not asked for", "--preview")
    if short is not None and short != named:
        raise UsageError(f"--report {named} and --{'json' if short == 'json' else 'quiet'} "
                         "exclude each other", "--report")  # fmt: skip
    return named
