"""Help: panels, defaults, and an example that works for each command."""

from __future__ import annotations

import re
import shlex

import numpy as np
import pytest
from PIL import Image

from poolcli.cli.commands import command_names, find_command
from poolcli.cli.options import (
    COMPARE_OPTIONS,
    EXPLAIN_OPTIONS,
    INFO_OPTIONS,
    OPTIONS,
    UNPOOL_OPTIONS,
    Option,
)
from tests.conftest import Poolcli

NAMES = command_names()


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_each_command_is_shown_and_runs(poolcli: Poolcli, name: str) -> None:
    example = find_command(name).example
    shown = " ".join(poolcli(name, "--help").out.split())
    assert f"Example: poolcli {example}" in shown
    dice = np.random.default_rng(0)
    Image.fromarray(dice.integers(0, 256, (16, 16, 3), np.uint8)).save("img.png")
    np.save("features.npy", dice.normal(size=(2, 8, 8)))
    np.savez("features.npz", a=np.ones((4, 4)))
    np.save("values.npy", np.ones((2, 3)))
    np.save("at.npy", np.arange(6).reshape(2, 3))
    ran = poolcli(*shlex.split(example))
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("name", NAMES)
def test_options_have_panels(poolcli: Poolcli, name: str) -> None:
    shown = poolcli(name, "--help").out
    assert "─ Report " in shown
    assert "─ Window " in shown


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("pool", OPTIONS),
        ("compare", COMPARE_OPTIONS),
        ("explain", EXPLAIN_OPTIONS),
        ("info", INFO_OPTIONS),
        ("unpool", UNPOOL_OPTIONS),
    ],
)
def test_the_help_shows_every_option(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch, name: str, options: tuple[Option, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    shown = poolcli(name, "--help").out
    for option in options:
        assert option.long_form in shown
        assert option.help in shown


def test_the_help_shows_defaults_in_words(poolcli: Poolcli) -> None:
    shown = " ".join(poolcli("pool", "--help").out.replace("│", " ").split())
    assert "3x2. Default: 2." in shown
    assert "Default: the kernel size." in shown
    assert "Default: beside the input." in shown


def test_the_help_of_norm_names_the_modes_that_have_it(poolcli: Poolcli) -> None:
    shown = " ".join(poolcli("pool", "--help").out.replace("│", " ").split())
    assert "Default: 2 for lp, 3 for gem." in shown


def test_the_help_shows_no_types_of_switches_and_arguments(poolcli: Poolcli) -> None:
    for args in (["--help"], ["pool", "--help"]):
        shown = poolcli(*args).out
        assert "bool" not in shown.lower()
        assert "list[" not in shown


def test_modes_and_other_commands_have_panels(poolcli: Poolcli) -> None:
    shown = poolcli("--help").out
    assert shown.index("─ Modes ") < shown.index("─ Analysis ")


UNITS = re.compile(
    r"\b(elements|pixels|levels|processors|standard deviations|from 0 to 1|frames per second"
    r"|seconds|megabytes|100 is the best|0 for none, 9 for the smallest file|counted from 0)\b"
)
"""The units of the numbers of options, and the ends of scales."""

NUMBERS = ("SIZE", "PAD", "N", "F", "Q", "SHARE", "ROW,COL")
"""The placeholders of numbers. P is an exponent, V a value of the input."""


@pytest.mark.parametrize("name", NAMES)
def test_the_help_of_a_number_names_its_unit(name: str) -> None:
    without = [
        option.long_form
        for option in find_command(name).options
        if option.metavar in NUMBERS and not UNITS.search(option.help)
    ]
    assert without == []
