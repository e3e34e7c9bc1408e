"""Diagrams of windows below the errors of the command line."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from poolcli.core.axis import Axis
from poolcli.core.window_diagram import misfit_diagram
from poolcli.report.record import ErrorInfo, Record
from poolcli.report.reporters import MAX_DIAGRAMS, FailureReporter
from tests.conftest import Poolcli

FIVE_ON_FOUR = misfit_diagram([Axis(4, 0, kernel_size=5)])

DOCS = Path(__file__).parents[2] / "docs" / "errors.md"


@pytest.fixture(autouse=True)
def _files(poolcli: Poolcli) -> None:
    np.save("map.npy", np.zeros((4, 4)))


@pytest.mark.parametrize("command", ["max", "explain max", "compare", "pool --mode max"])
def test_the_diagram_follows_the_message(poolcli: Poolcli, command: str) -> None:
    ran = poolcli(*command.split(), "map.npy", "--k", "5")
    message, *diagram = ran.err.splitlines()
    assert message.startswith("poolcli: map.npy: kernel size 5, stride 5 does not fit an input")
    assert tuple(diagram) == FIVE_ON_FOUR
    assert ran.code == 1


def test_usage_errors_have_it_in_their_box(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ("max", "map.npy", "--k", "2", "--p", "3")
    ran = poolcli(*line)
    assert ran.code == 2
    assert "│   padding  o o o x  3 before the data " in ran.err
    monkeypatch.setenv("COLUMNS", "30")  # no room
    assert "o o o" not in poolcli(*line).err


def test_an_exponent_given_as_padding_has_none(poolcli: Poolcli) -> None:
    assert "o o o" not in poolcli("lp", "map.npy", "--p", "3").err


def test_a_narrow_terminal_has_none(poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    (message,) = poolcli("max", "map.npy", "--k", "5").err.splitlines()
    assert message.startswith("poolcli: map.npy: kernel size 5")


@pytest.mark.parametrize("command", ["max", "compare"])
def test_programs_get_lines_without_diagrams(poolcli: Poolcli, command: str) -> None:
    for report in ("json", "none"):
        ran = poolcli(command, "map.npy", "--k", "5", "--report", report)
        assert len(ran.err.splitlines()) == 1
        if report == "json":
            error = json.loads(ran.out)["error"]
            assert list(error) == ["type", "message"]
            assert "\n" not in error["message"]


def test_members_and_levels_keep_the_diagram(poolcli: Poolcli) -> None:
    np.savez("maps.npz", a=np.zeros((8, 8)), b=np.zeros((4, 4)))
    message, *diagram = poolcli("max", "maps.npz", "--k", "5").err.splitlines()
    assert "member 'b': " in message
    assert tuple(diagram) == FIVE_ON_FOUR
    message, *diagram = poolcli("max", "map.npy", "--k", "3", "--s", "1", "--levels", "2",
                                "-o", "x.npy").err.splitlines()  # fmt: skip
    assert "level 2: kernel size 3" in message
    assert tuple(diagram) == misfit_diagram([Axis(2, 0, kernel_size=3)])


def _failed(number: int, diagram: tuple[str, ...]) -> Record:
    error = ErrorInfo("WindowError", f"message {number}")
    return Record(f"{number}.npy", "failed", mode="max", error=error, window_diagram=diagram)


def test_a_batch_prints_few_diagrams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    reporter = FailureReporter(with_diagrams=True)
    diagrams = [misfit_diagram([Axis(size, 0, kernel_size=9)]) for size in range(1, 8)]
    for number in range(5000):
        reporter.add(_failed(number, diagrams[number % 7]))
    lines = sys.stderr.getvalue().splitlines()
    assert len(lines) == 5000 + MAX_DIAGRAMS * 3
    assert lines[:5] == ["poolcli: 0.npy: message 0", *diagrams[0], "poolcli: 1.npy: message 1"]


def test_equal_diagrams_are_printed_once(poolcli: Poolcli) -> None:
    Path("maps").mkdir()
    for number in range(4):
        np.save(f"maps/{number}.npy", np.zeros((4, 4)))
    ran = poolcli("max", "maps", "--k", "5", "--no-progress")
    lines = ran.err.splitlines()
    assert len(lines) == 4 + 3
    assert tuple(lines[1:4]) == FIVE_ON_FOUR


def test_the_example_of_the_documentation(poolcli: Poolcli) -> None:
    text = DOCS.read_text(encoding="utf-8")
    blocks = re.findall(r"^    \$ poolcli (.*)\n((?:    .*\n)+)", text, re.MULTILINE)
    assert blocks
    for line, shown in blocks:
        np.save("features.npy", np.zeros((3, 8), np.float32))
        expected = [each[4:] for each in shown.splitlines()]
        ran = poolcli(*line.split())
        assert ran.err.split() == " ".join(expected).split()
        assert ran.err.splitlines()[-3:] == expected[-3:]
