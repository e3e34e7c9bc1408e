"""Output names, JSON lines, exit codes and names in Python are those that versions have promised.

What a frozen fixture holds must still be there, with the same value. More may be there: a later
version may add options, keys and functions.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from poolcli.cli.commands import command_names, find_command
from tests.frozen.commands import result_of
from tests.frozen.interfaces import interfaces
from tests.frozen.make import FILES, FOLDER

FOLDERS = sorted(Path(__file__).parent.glob("v*"))

NOT_FROZEN = {"--dask"}
"""Options that need a server."""


def read(path: Path) -> Any:
    """Return the content of a fixture."""
    return json.loads(path.read_text("utf-8"))


def results(name: str) -> list[Any]:
    """Return the results of all versions in files of a name, each a parameter of a test."""
    return [
        pytest.param(result, id=f"{path.parent.name}: {result['command']}")
        for path in sorted(Path(__file__).parent.glob(f"v*/{name}"))
        for result in read(path)
    ]


def changes(frozen: Any, current: Any, place: str = "") -> list[str]:
    """Return where a value lacks what a frozen one has.

    Floats are compared in ten digits, because the last ones depend on the machine's ``pow``.

    Examples
    --------
    >>> changes({"a": [1, 2], "b": 0}, {"a": [1, 3], "c": 4})
    ['.b is gone', '.a[1] was 2 and is 3']
    >>> changes({"a": 1}, {"a": 1, "b": 2})
    []
    """
    if isinstance(frozen, dict) and isinstance(current, dict):
        kept = [(key, each) for key, each in frozen.items() if key in current]
        gone = [f"{place}.{key} is gone" for key in frozen if key not in current]
        return gone + [
            change for key, each in kept for change in changes(each, current[key], f"{place}.{key}")
        ]
    if isinstance(frozen, list) and isinstance(current, list) and len(frozen) == len(current):
        pairs = enumerate(zip(frozen, current, strict=True))
        return [each for i, pair in pairs for each in changes(*pair, f"{place}[{i}]")]
    same = type(frozen) is type(current) and as_text(frozen) == as_text(current)
    return [] if same else [f"{place} was {frozen} and is {current}"]


def as_text(value: Any) -> str:
    """Return a value as text; a float with ten digits."""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


@pytest.mark.parametrize("frozen", results("results.json"))
def test_a_command_does_what_it_did(frozen: dict[str, Any]) -> None:
    assert changes(frozen, result_of(frozen["command"])) == []


@pytest.mark.parametrize("frozen", results("results_with_ml.json"))
def test_a_command_on_tensors_does_what_it_did(frozen: dict[str, Any]) -> None:
    pytest.importorskip("safetensors")
    pytest.importorskip("ml_dtypes")
    assert changes(frozen, result_of(frozen["command"])) == []


@pytest.mark.parametrize("frozen", results("results_with_tiff.json"))
def test_a_command_on_tiff_does_what_it_did(frozen: dict[str, Any]) -> None:
    pytest.importorskip("tifffile")
    assert changes(frozen, result_of(frozen["command"])) == []


@pytest.mark.parametrize("frozen", results("results_with_zarr.json"))
def test_a_command_on_zarr_does_what_it_did(frozen: dict[str, Any]) -> None:
    pytest.importorskip("zarr")
    assert changes(frozen, result_of(frozen["command"])) == []


@cache
def current_interfaces() -> Any:
    """Return the names of this version, as a fixture would hold them."""
    return json.loads(json.dumps(interfaces()))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
@pytest.mark.parametrize("kind", read(FOLDER / "interfaces.json"))
def test_names_and_types_have_stayed(folder: Path, kind: str) -> None:
    if kind == "python_dask":
        pytest.importorskip("dask")
    assert changes(read(folder / "interfaces.json")[kind], current_interfaces()[kind]) == []


def test_this_version_is_frozen() -> None:
    frozen = read(FOLDER / "interfaces.json")
    added = changes(current_interfaces(), frozen)
    assert added == [], "freeze what is new: python -m tests.frozen.make"
    for name, commands in FILES.items():
        assert [each["command"] for each in read(FOLDER / name)] == commands


def test_each_option_is_in_a_frozen_command() -> None:
    words = {word for commands in FILES.values() for line in commands for word in line.split()}
    missing = {
        option.long_form
        for command in command_names()
        for option in find_command(command).options
        if option.spellings and not words & {*option.spellings}
    }
    assert missing - NOT_FROZEN == set(), "add a command to tests/frozen/commands.py"
