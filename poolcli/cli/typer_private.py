"""The one place that uses private parts of Typer.

Typer converts every value with pydantic, whose import and use take 80 ms, where a small image takes
200 ms in all. Values that are plainly valid are converted here instead; Typer converts the others,
and reports errors. Versions before 0.29 convert without pydantic, and are left as they are.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple, get_args

CHECKED_VERSIONS = ("0.26.0", "0.29.2")
"""The versions of Typer that this module was checked with, the lowest and the highest."""


def adjust_parameters(params: list[Any]) -> list[Any]:
    """Let parameters convert plain values without pydantic, and hide types where they say nothing.

    Parameters
    ----------
    params : list of typer.core.TyperOption or typer.core.TyperArgument
        The parameters of a command; they are changed in place.

    Returns
    -------
    list
        The same list.
    """
    for param in params:
        if isinstance(param.process_value, partial):  # adjusted already
            continue
        if hasattr(param, "type_descriptor"):
            param.process_value = partial(_process_value, param, param.process_value)
        if param.param_type_name == "argument":
            param.display_type_rich = _no_type
        elif param.is_flag:
            param.metavar = ""  # else the help shows <bool>
    return params


class ParsedWords(NamedTuple):
    """The words of a command line.

    Attributes
    ----------
    values : dict
        A text, or a list of texts, by the name of the parameter.
    order : list
        The parameters in the order in which they were given; one that is given twice is in it
        twice.
    rest : list of str
        The words that belong to no parameter.
    """

    values: dict[str, Any]
    order: list[Any]
    rest: list[str]


def parse_options(command: Any, ctx: Any, args: list[str]) -> ParsedWords:
    """Return the words of a command line by parameter, as Typer's parser reads them.

    Parameters
    ----------
    command : typer.core.TyperCommand
        The command.
    ctx : typer.Context
        Its context.
    args : list of str
        The words after the command's name.
    """
    values, rest, order = command.make_parser(ctx).parse_args(args=list(args))
    return ParsedWords(values, order, rest)


def unknown_option_of(error: Exception) -> str | None:
    """Return the option that a command does not have, if an error of the parser says so."""
    is_unknown = hasattr(error, "possibilities")
    return getattr(error, "option_name", None) if is_unknown else None


def _no_type(ctx: Any) -> None:
    """The type of a positional argument, which its help makes clear."""


def _process_value(param: Any, by_typer: Any, ctx: Any, value: Any) -> Any:
    """Return the value of a parameter, converted without pydantic where it is plainly valid."""
    annotation = param.type_descriptor.annotation
    if ctx.resilient_parsing:  # completion: no value is used
        return value
    if isinstance(value, str):
        if annotation is str or value in get_args(annotation):
            return value
        if annotation is int and value.isascii() and value.isdigit() and len(value) <= 9:
            number = int(value)
            if (param.min or 0) <= number <= (param.max or number):
                return number
    elif isinstance(value, list | tuple):
        if annotation == list[str]:
            return value
    elif not param.required and not (value and param.callback):
        return value  # a switch, or a default
    return by_typer(ctx, value)
