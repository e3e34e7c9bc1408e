"""Help: panels, defaults, and an example that works for each command."""

from __future__ import annotations

import shlex

import numpy as np
import pytest
from PIL import Image

from poolcli.cli.app import Commands, _entry
from poolcli.cli.command_options import COMPARE, EXPLAIN, SCHEMA
from poolcli.cli.options import FLAGS, option
from tests.conftest import Poolcli

NAMES = list(Commands())


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_each_command_is_shown_and_runs(poolcli: Poolcli, name: str) -> None:
    example = _entry(name).example
    shown = " ".join(poolcli(name, "--help").out.split())
    assert f"Example: poolcli {example}" in shown
    dice = np.random.default_rng(0)
    Image.fromarray(dice.integers(0, 256, (16, 16, 3), np.uint8)).save("img.png")
    np.save("features.npy", dice.normal(size=(2, 8, 8)))
    np.savez("features.npz", a=np.ones((4, 4)))
    ran = poolcli(*shlex.split(example))
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("name", NAMES)
def test_flags_stand_in_panels(poolcli: Poolcli, name: str) -> None:
    shown = poolcli(name, "--help").out
    assert "─ Report " in shown
    assert "─ Window " in shown


def test_every_flag_is_found_in_the_help_of_a_command(poolcli: Poolcli) -> None:
    shown = {name: poolcli(name, "--help").out for name in ("pool", "compare", "explain", "info")}
    for flag in FLAGS:
        assert option(flag.name) in shown["pool"]
    for command, flags in (("compare", COMPARE), ("explain", EXPLAIN[2:]), ("info", [SCHEMA])):
        for flag in flags:
            assert option(flag.name) in shown[command]


def test_defaults_are_told(poolcli: Poolcli) -> None:
    shown = " ".join(poolcli("pool", "--help").out.replace("│", " ").split())
    for words in (
        "[default: (2)]",
        "[default: (the window size)]",
        "[default: (beside the input)]",
    ):
        assert words in shown


def test_modes_and_what_helps_to_choose_have_panels_of_their_own(poolcli: Poolcli) -> None:
    shown = poolcli("--help").out
    assert shown.index("─ Modes ") < shown.index("─ See and understand ")
