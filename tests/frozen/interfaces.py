"""The names that users write in commands and programs, as data: what the frozen interfaces hold."""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from typing import Any, get_args

import numpy as np

import poolcli
from poolcli.cli.commands import command_names, find_command
from poolcli.core.modes import MODES
from poolcli.errors import ExitCode

SCHEMAS = "record.schema.json", "comparison.schema.json"

DTYPES = "bool", "uint8", "int16", "uint16", "int32", "uint64", "float16", "float32", "float64"

WRONG_CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "mode": ("pool", {"x": [[1, 2]], "mode": "largest"}),
    "kernel_size": ("pool", {"x": [[1, 2]], "kernel_size": 3}),
    "stride": ("pool", {"x": [[1, 2]], "kernel_size": 1, "stride": 0}),
    "q": ("pool", {"x": [[1, 2]], "mode": "quantile", "kernel_size": 1, "q": 90}),
    "ceil_mode": ("pool", {"x": [[1, 2]], "kernel_size": 1, "ceil_mode": 2}),
    "output_size": ("adaptive_pool", {"x": [[1, 2]], "output_size": 0}),
}
"""A call with a wrong value of each argument named."""


def interfaces() -> dict[str, Any]:
    """Return all names as JSON data."""
    return {
        "commands": {name: options_of(name) for name in command_names()},
        "exit_codes": {code.name: int(code) for code in ExitCode},
        "python": {name: python_object(getattr(poolcli, name)) for name in dir(poolcli)},
        "python_dask": functions_of_dask(),
        "python_errors": {argument: error_of(*call) for argument, call in WRONG_CALLS.items()},
        "result_dtypes": {mode: result_dtypes(mode) for mode in MODES},
        "schemas": {name: schema(name) for name in SCHEMAS},
    }


def options_of(command: str) -> dict[str, Any]:
    """Return the spellings and the choices of a command's options, by their long forms.

    Lists are mappings to True here, because later versions may add to them.
    """
    return {
        option.long_form: {
            "spellings": dict.fromkeys(option.spellings, True),
            "choices": dict.fromkeys(option.choices, True),
        }
        for option in find_command(command).options
    }


def functions_of_dask() -> dict[str, Any]:
    """Return the functions of `poolcli.dask` with their arguments; none without Dask."""
    if find_spec("dask") is None:
        return {}
    dask = import_module("poolcli.dask")
    return {name: python_object(getattr(dask, name)) for name in dask.__all__}


def python_object(value: Any) -> Any:
    """Return a function's arguments with their defaults, the names of a `Literal`, or a type."""
    if not inspect.isfunction(value):
        return dict.fromkeys(get_args(value), True) or type(value).__name__
    parameters = inspect.signature(value).parameters.values()
    return {
        "positional": [argument(each) for each in parameters if each.kind != each.KEYWORD_ONLY],
        "keyword_only": {
            each.name: argument(each) for each in parameters if each.kind == each.KEYWORD_ONLY
        },
    }


def argument(parameter: inspect.Parameter) -> str:
    """Return the name and the default of an argument, as a call would be written."""
    has_default = parameter.default is not parameter.empty
    return f"{parameter.name}={parameter.default!r}" if has_default else parameter.name


def error_of(function: str, arguments: dict[str, Any]) -> list[str]:
    """Return the built-in type of the error of a wrong call, and the argument that it names."""
    try:
        getattr(poolcli, function)(**arguments)
    except (ValueError, TypeError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        return [kind.__name__, str(getattr(error, "argument", None))]
    raise AssertionError(f"{function} accepts {arguments}")


def result_dtypes(mode: str) -> dict[str, str]:
    """Return the dtypes of a mode's results by those of its inputs."""
    return {name: str(poolcli.pool(np.ones((2, 2), name), mode, 2).dtype) for name in DTYPES}


def schema(name: str) -> Any:
    """Return a JSON Schema without its sentences, in a form where additions are new keys."""
    text = files("poolcli.report").joinpath("schemas", name).read_text("utf-8")
    return without_sentences(json.loads(text))


def without_sentences(value: Any) -> Any:
    """Return a part of a schema; lists of required keys and of rules become mappings."""
    if isinstance(value, list):
        return [without_sentences(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, each in value.items():
        if key == "required":
            kept[key] = dict.fromkeys(each, True)
        elif key == "allOf":
            kept[key] = {json.dumps(without_sentences(rule)): True for rule in each}
        elif not (key in ("title", "description") and isinstance(each, str)):
            kept[key] = without_sentences(each)
    return kept
