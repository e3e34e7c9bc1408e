"""Packages that a command imports: only those that it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SLOW_PACKAGES = ("numpy", "PIL", "rich", "pydantic", "multiprocessing", "distributed")


def imported(line: str, folder: Path, **environment: str) -> set[str]:
    """Return the slow packages that a command imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "poolcli", *line.split()],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "import time:" in done.stderr
    names = {row.rpartition("|")[2].strip() for row in done.stderr.splitlines()}
    return {name for name in SLOW_PACKAGES if name in names}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("--version", set()),
        ("--help", {"rich"}),
        ("max --help", {"rich"}),
        ("compare --help", {"rich"}),
        ("explain --help", {"rich"}),
        ("--show-completion bash", set()),
        ("info --schema", set()),
        ("max x.npy --quiet", {"numpy"}),
        ("max x.npy", {"numpy"}),
        ("info x.npy", {"numpy"}),
        ("max x.png", {"numpy", "PIL"}),
        ("max x.npy y.npy --quiet", {"multiprocessing"}),
    ],
)
def test_imported_packages(tmp_path: Path, line: str, expected: set[str]) -> None:
    Image.new("L", (4, 4)).save(tmp_path / "x.png")
    for name in ("x.npy", "y.npy"):
        np.save(tmp_path / name, np.zeros((4, 4)))
    assert imported(line, tmp_path) == expected


@pytest.mark.parametrize("shell", ["bash", "zsh"])
@pytest.mark.parametrize("line", ["poolcli m", "poolcli max --format p", "poolcli explain m"])
def test_completion_imports_no_slow_package(tmp_path: Path, shell: str, line: str) -> None:
    last = str(line.count(" "))
    words = {"COMP_WORDS": line, "COMP_CWORD": last, "_TYPER_COMPLETE_ARGS": line}
    assert imported("", tmp_path, _POOLCLI_COMPLETE=f"complete_{shell}", **words) == set()
