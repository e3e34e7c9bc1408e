"""Short runs of the fuzz; ``python -m tests.fuzz`` makes the long ones."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from tests.fuzz.option_values import command_lines, command_names, faults, prepare
from tests.fuzz.pooling import mutants, pool
from tests.fuzz.seeds import seed_files

MUTANTS = 6
"""So many of each file."""

LINES = 20
"""So many of each command."""


@pytest.mark.parametrize("name", seed_files())
def test_damaged_files_cost_one_line_each(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert pool(seed_files()[name], 0).message == ""
    for number, data in enumerate(mutants(name, 7, range(MUTANTS))):
        assert pool(data, number).faults == [], f"mutant {number}"
    noise = capfd.readouterr()
    assert noise.out + noise.err == ""


@pytest.mark.parametrize(
    "data",
    [
        b"\x93NUMPY\1\0\xa0\0" + b"\0" * 160,
        seed_files()["npz"][:26] + b"\xff\0" + seed_files()["npz"][28:],  # the name's length
    ],
    ids=["npy", "npz"],
)
def test_a_quoted_header_is_cut(
    data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert pool(data, 0).faults == []


@pytest.mark.parametrize("frames", [0, -3])
def test_a_stack_of_no_frames_is_refused(
    frames: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = bytearray(seed_files()["spider"])
    struct.pack_into("=f", data, 4 * 23, 1)  # the file is a stack
    struct.pack_into("=f", data, 4 * 25, frames)
    outcome = pool(bytes(data), 0)
    assert "its header claims" in outcome.message
    assert outcome.faults == []


@pytest.mark.parametrize("command", command_names())
def test_odd_option_values_are_told_in_a_line(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prepare()
    lines = command_lines(command)
    for number in np.random.default_rng(7).choice(len(lines), LINES, replace=False):
        assert faults(lines[number])[1] == [], lines[number]


@pytest.mark.parametrize(
    "line",
    [
        *(["max", "x.npy", "--dtype", text] for text in ("1:", ",", "1_0", "\udcff", "9" * 5000)),
        ["compare", "x.npy", "--noise", "-0.0"],
    ],
)
def test_odd_values_that_numpy_reads(
    line: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prepare()
    assert faults(line)[1] == []
