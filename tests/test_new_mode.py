"""A new mode is one entry in the table of modes; everything else finds it there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
REGISTER = "from tests.core.example_mode import register_midrange; register_midrange(); "
COMMAND_LINE = f"{REGISTER} from poolcli.cli.main import main; main()"
X = np.array([[1, 5, 2, 2], [3, 9, 7, 4]], np.uint8)


def run(*args: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", COMMAND_LINE, *args],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_it_has_a_command_and_help(tmp_path: Path) -> None:
    assert "The mean of the largest and the smallest value" in run("--help", cwd=tmp_path)
    shown = run("midrange", "--help", cwd=tmp_path)
    assert "The mean of the largest and the smallest value." in shown
    assert "midrange img.png --k 2" in shown
    assert "--q" in shown
    assert "--norm " not in shown
    assert "range, midrange." in run("pool", "--help", cwd=tmp_path)


@pytest.mark.parametrize("command", [["midrange"], ["pool", "--mode", "midrange"]])
def test_it_pools_and_reports(tmp_path: Path, command: list[str]) -> None:
    np.save(tmp_path / "x.npy", X)
    record = json.loads(run(*command, "x.npy", "--json", cwd=tmp_path))
    assert record["mode"] == "midrange"
    assert record["output"] == "x.midrange-k2-s2.npy"
    assert np.load(tmp_path / "x.midrange-k2-s2.npy").tolist() == [[5, 4.5]]


def test_it_works_with_every_window(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    for flags, expected in (
        (["--global"], [[5]]),
        (["--adaptive", "1x3"], [[5, 5.5, 4.5]]),
        (["--k", "2", "--s", "1", "--p", "same"], [[5, 5.5, 4.5, 3], [6, 8, 5.5, 4]]),
        (["--k", "1x2", "--s", "1", "--d", "2"], [[1.5, 3.5], [5, 6.5]]),
    ):
        run("midrange", "x.npy", *flags, "-o", "out.npy", "--overwrite", cwd=tmp_path)
        assert np.load(tmp_path / "out.npy").tolist() == expected


def test_it_is_compared_and_explained(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    rows = [
        json.loads(line)
        for line in run("compare", "x.npy", "--json", cwd=tmp_path).split("\n")[:-1]
    ]
    assert rows[-1]["mode"] == "midrange"
    assert rows[-1]["mean"] == 4.75
    assert "midrange(1, 5, 3, 9) = 5" in run("explain", "midrange", "x.npy", cwd=tmp_path)


def test_it_works_from_python() -> None:
    code = (
        f"{REGISTER} import numpy, poolcli;"
        "print(poolcli.global_pool(numpy.array([1, 5, 2]), 'midrange'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[3.]\n"
