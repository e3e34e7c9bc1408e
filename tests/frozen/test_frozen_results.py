"""Output names, exit codes and JSON lines are those that were frozen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.frozen.commands import COMMANDS, RESULTS, result_of

FROZEN = json.loads(RESULTS.read_text())


def test_every_command_is_frozen() -> None:
    """The file of results holds each command once, in order."""
    assert [each["command"] for each in FROZEN] == COMMANDS


def rounded(value: Any) -> Any:
    """Return JSON data with floats of ten digits: the last ones depend on the machine's ``pow``."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return float(f"{value:.10g}") if isinstance(value, float) else value


@pytest.mark.parametrize("frozen", FROZEN, ids=[each["command"] for each in FROZEN])
def test_result_is_the_frozen_one(frozen: dict[str, Any]) -> None:
    """A command writes the same files, prints the same lines and ends with the same exit code."""
    assert rounded(result_of(frozen["command"])) == rounded(frozen)
