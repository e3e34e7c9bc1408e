"""Checks of a command line that Typer's parser does not make."""

from __future__ import annotations

import os
from collections.abc import Collection
from itertools import combinations, takewhile
from typing import Any

from poolcli.cli.commands import find_command
from poolcli.cli.options import OPTIONS, WINDOW, Option, long_form_of
from poolcli.core.modes import MODES, Mode, join_mode_names
from poolcli.errors import UsageError

WHOLE_WINDOWS = ("global_window", "adaptive", "fit")
"""The options that set a window alone."""

WINDOW_OPTIONS = (
    *(each.name for each in OPTIONS if each.panel == WINDOW and each.name not in
      (*WHOLE_WINDOWS, "layout", "axes")),
    "count_include_pad", "exclude_pad", "divisor",
)  # fmt: skip
"""The options that they exclude."""

NOT_IN_PLACE = (
    "output", "format", "pyramid", "indices", "dtype", "normalize", "zarr_format", "member",
)  # fmt: skip
"""The options that `--in-place` excludes."""

EXCLUSIVE = (
    *combinations(WHOLE_WINDOWS, 2),
    ("ceil", "floor"),
    ("count_include_pad", "exclude_pad"),
    ("padding_mode", "exclude_pad"),
    ("padding_mode", "indices"),
    ("levels", "indices"),
    ("pyramid", "dtype"),
    ("pyramid", "normalize"),
    *(("in_place", other) for other in NOT_IN_PLACE),
    ("count_include_pad", "ignore"),
    ("overwrite", "skip_existing"),
    ("normalize", "dtype"),
    ("json", "quiet"),
    ("values", "no_values"),
    *((one, other) for one in WHOLE_WINDOWS for other in WINDOW_OPTIONS),
)
"""Pairs of options that exclude each other."""


def check_not_repeated(ctx: Any, order: list[Any]) -> None:
    """Fail if an option that takes one value is given several times.

    Parameters
    ----------
    ctx : typer.Context
        The context of the command.
    order : list
        The parameters in the order in which they were given.
    """
    options = [param for param in order if param.param_type_name == "option"]
    for param in options:
        if options.count(param) > 1 and not (param.multiple or param.is_flag):
            name, *others = param.opts
            aliases = f" ({', '.join(others)})" if others else ""
            ctx.fail(f"{name}{aliases} takes one value, but is given {options.count(param)} times")


def check_arguments(ctx: Any, args: list[str], values: dict[str, Any], rest: list[str]) -> None:
    """Fail with a hint if an argument of a command is missing, or in the place of another.

    Parameters
    ----------
    ctx : typer.Context
        The context of the command.
    args : list of str
        The words after the command's name.
    values : dict
        The texts of its arguments and options by name. They may be missing or None.
    rest : list of str
        The words that are no arguments of it.
    """
    options = find_command(ctx.info_name).options
    inputs = [*(values.get("inputs") or ()), values.get("input")]
    lacks_input = any(each.name == "inputs" for each in options) and not any(
        values.get(name) for name in ("inputs", "files_from", "schema")
    )
    lacks_argument = any(values.get(each.name) is None for each in options if each.default is ...)
    has_unknown_mode = values.get("mode") is not None and values["mode"] not in MODES
    may_name_modes = ctx.info_name == "compare" and (
        rest or any(word and word.isalnum() and not os.path.lexists(word) for word in inputs)
    )
    if not (lacks_input or lacks_argument or has_unknown_mode or may_name_modes):
        return
    from poolcli.cli.argument_hints import argument_hint  # only for wrong command lines

    if (message := argument_hint(ctx.info_name, args, values, rest)) is not None:
        ctx.fail(message)


def fail_for_unknown_option(ctx: Any, args: list[str], spelling: str | None) -> None:
    """Fail with a hint if an unknown option has another name here.

    Parameters
    ----------
    ctx : typer.Context
        The context of the command.
    args : list of str
        The words after the command's name.
    spelling : str, optional
        The unknown option; None if there is none.
    """
    if spelling is None:
        return
    from poolcli.cli.argument_hints import unknown_option

    if (message := unknown_option(spelling, ctx.info_name, args)) is not None:
        ctx.fail(message)


def check_mode_has_options(ctx: Any, args: list[str]) -> None:
    """Fail if an option is given that the mode does not have; name the modes that have it.

    Parameters
    ----------
    ctx : typer.Context
        The context of the command.
    args : list of str
        The words after the command's name.
    """
    if ctx.info_name not in MODES:
        return
    own = find_command(ctx.info_name).options
    words = [word.partition("=")[0] for word in takewhile(lambda word: word != "--", args)]
    # A short form such as -q may be the value of another option.
    long_forms = {word for word in words if word.startswith("--")}
    for option in OPTIONS:
        if option not in own and (given := long_forms.intersection(option.spellings)):
            ctx.fail(f"No such option: {given.pop()}; {_belongs_to_text(option)}")


def check_some_mode_has_options(modes: Collection[Mode], values: dict[str, Any]) -> None:
    """Raise `UsageError` if an option is given that none of the modes has.

    Parameters
    ----------
    modes : collection of Mode
        The modes of the command line.
    values : dict
        The values of the options by name; those that the command does not have may be missing.
    """
    for option in OPTIONS:
        is_given = values.get(option.name, option.default) != option.default
        if is_given and not any(map(option.belongs_to, modes)):
            raise UsageError(
                f"it is not an option of {join_mode_names(modes)}; {_belongs_to_text(option)}",
                option.long_form,
            )


def check_not_empty(values: dict[str, Any]) -> None:
    """Raise `UsageError` if the value of an option is empty."""
    for option in OPTIONS:
        value = values[option.name]
        if value == "" or (isinstance(value, list) and "" in value):
            raise UsageError(
                "the value is empty; give a value, or omit the option", option.long_form
            )


def check_exclusive(values: dict[str, Any]) -> None:
    """Raise `UsageError` if two options are given that exclude each other."""
    given = {name for name, value in values.items() if value not in (None, False, ())}
    for pair in EXCLUSIVE:
        if given.issuperset(pair):
            one, other = map(long_form_of, pair)
            raise UsageError(f"{one} and {other} exclude each other", one)


def check_is_not_folder(path: str) -> None:
    """Raise `UsageError` if the one input of a command is a folder."""
    from poolcli.io.output_paths import is_folder
    from poolcli.io.zarr.location import is_zarr_input

    if is_folder(path) and not is_zarr_input(path):
        raise UsageError("it is a folder; name an image or array", "INPUT")


def _belongs_to_text(option: Option) -> str:
    owners = join_mode_names(mode for mode in MODES.values() if option.belongs_to(mode))
    return f"it belongs to {owners}"
