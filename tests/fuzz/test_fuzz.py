"""Short runs of the fuzz; ``python -m tests.fuzz`` starts a long one."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from poolcli.io.safetensors.ml_packages_installed import has_ml_extra
from poolcli.io.tiff.tifffile_installed import has_tiff_extra
from tests.fuzz.option_values import command_lines, command_names, run_command_line, write_inputs
from tests.fuzz.pooling import damaged_copies, pool_damaged_file
from tests.fuzz.seeds import seed_files

COPIES_PER_FILE = 6
"""The number of damaged copies of each file."""

LINES_PER_COMMAND = 20
"""The number of command lines of each command."""


@pytest.mark.parametrize("name", seed_files())
def test_a_damaged_file_gives_a_one_line_error_or_is_pooled(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    message = pool_damaged_file(seed_files()[name], 0).message
    missing = [] if has_tiff_extra() else ["extra [tiff]"]
    missing += [] if has_ml_extra() else ["extra [ml]"]
    assert message == "" or any(extra in message for extra in missing)
    for number, data in enumerate(damaged_copies(name, 7, range(COPIES_PER_FILE))):
        assert pool_damaged_file(data, number).faults == [], f"copy {number}"
    noise = capfd.readouterr()
    assert noise.out + noise.err == ""


@pytest.mark.parametrize(
    "data",
    [
        b"\x93NUMPY\1\0\xa0\0" + b"\0" * 160,
        seed_files()["npz"][:26] + b"\xff\0" + seed_files()["npz"][28:],  # the length of the name
    ],
    ids=["npy", "npz"],
)
def test_a_quoted_header_is_shortened(
    data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert pool_damaged_file(data, 0).faults == []


@pytest.mark.parametrize("frames", [0, -3])
def test_a_stack_without_frames_is_an_error(
    frames: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = bytearray(seed_files()["spider"])
    struct.pack_into("=f", data, 4 * 23, 1)  # the file is a stack
    struct.pack_into("=f", data, 4 * 25, frames)
    outcome = pool_damaged_file(bytes(data), 0)
    assert "its header claims" in outcome.message
    assert outcome.faults == []


@pytest.mark.parametrize("command", command_names())
def test_odd_option_values_give_one_line_errors(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_inputs()
    lines = command_lines(command)
    for number in np.random.default_rng(7).choice(len(lines), LINES_PER_COMMAND, replace=False):
        assert run_command_line(lines[number])[1] == [], lines[number]


@pytest.mark.parametrize(
    "line",
    [
        *(["max", "x.npy", "--dtype", text] for text in ("1:", ",", "1_0", "\udcff", "9" * 5000)),
        ["compare", "x.npy", "--noise", "-0.0"],
    ],
)
def test_odd_values_that_numpy_could_parse(
    line: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_inputs()
    assert run_command_line(line)[1] == []
