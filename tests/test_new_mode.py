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
REGISTER = "from tests.core.example_mode import register_range; register_range(); "
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
    assert "The largest value less the smallest" in run("--help", cwd=tmp_path)
    shown = run("range", "--help", cwd=tmp_path)
    assert "The largest value less the smallest." in shown
    assert "range img.png --k 2" in shown
    assert "--q" in shown
    assert "--norm " not in shown
    assert "std, range." in run("pool", "--help", cwd=tmp_path)


@pytest.mark.parametrize("command", [["range"], ["pool", "--mode", "range"]])
def test_it_pools_and_reports(tmp_path: Path, command: list[str]) -> None:
    np.save(tmp_path / "x.npy", X)
    record = json.loads(run(*command, "x.npy", "--json", cwd=tmp_path))
    assert record["mode"] == "range"
    assert record["output"] == "x.range-k2-s2.npy"
    assert np.load(tmp_path / "x.range-k2-s2.npy").tolist() == [[8, 5]]


def test_it_works_with_every_window(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    for flags, expected in (
        (["--global"], [[8]]),
        (["--adaptive", "1x3"], [[8, 7, 5]]),
        (["--k", "2", "--s", "1", "--p", "same"], [[8, 7, 5, 2], [6, 2, 3, 0]]),
        (["--k", "1x2", "--s", "1", "--d", "2"], [[1, 3], [4, 5]]),
    ):
        run("range", "x.npy", *flags, "-o", "out.npy", "--overwrite", cwd=tmp_path)
        assert np.load(tmp_path / "out.npy").tolist() == expected


def test_it_is_compared_and_explained(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    rows = [
        json.loads(line)
        for line in run("compare", "x.npy", "--json", cwd=tmp_path).split("\n")[:-1]
    ]
    assert rows[-1]["mode"] == "range"
    assert rows[-1]["mean"] == 6.5
    assert "range(1, 5, 3, 9) = 8" in run("explain", "range", "x.npy", cwd=tmp_path)


def test_it_works_from_python() -> None:
    code = (
        f"{REGISTER} import numpy, poolcli;"
        "print(poolcli.global_pool(numpy.array([1, 5, 2]), 'range'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[4]\n"
