"""Checks of a command line that Typer's parser does not make."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from typing import Any

from poolcli.cli.options import FLAGS, owns
from poolcli.core.modes import MODES, join_mode_names


def check_repeated(ctx: Any, given: list[Any]) -> None:
    """Refuse an option that takes one value and is given several; the last would count."""
    options = [param for param in given if param.param_type_name == "option"]
    if any(param.name == "help" for param in options):
        return
    for param in options:
        if options.count(param) > 1 and not (param.multiple or param.is_flag):
            name, *others = param.opts
            also = f" ({', '.join(others)})" if others else ""
            ctx.fail(f"{name}{also} takes one value, but is given {options.count(param)} times")


def check_explained(ctx: Any, values: dict[str, Any]) -> None:
    """Report a missing or misplaced argument of `explain`."""
    first, second = values.get("mode"), values.get("input")
    if ctx.info_name != "explain" or not first or first in MODES:
        return
    if not second or second in MODES:
        from poolcli.cli.usage_hints import input_before_mode

        ctx.fail(input_before_mode(first, second))


def check_owned(ctx: Any, words: list[str], own: list[Any], every: Callable[[], list[Any]]) -> None:
    """Refuse an option that the mode does not have, and name the modes that have it.

    Parameters
    ----------
    own : list
        The parameters of the command.
    every : callable
        Gives those of the command that takes any mode.
    """
    known = {name for param in own for name in param.opts}
    options = takewhile(lambda word: word != "--", words)
    unknown = [name for word in options if (name := word.partition("=")[0])[:2] == "--"
               and name not in known]  # fmt: skip
    if not unknown or ctx.info_name not in MODES:
        return
    flags = {flag.name: flag for flag in FLAGS}
    for param in every():
        if unknown[0] in param.opts and param.name in flags:
            owners = join_mode_names(
                mode for mode in MODES.values() if owns(mode, flags[param.name])
            )
            ctx.fail(f"No such option: {unknown[0]}; it belongs to {owners}")
