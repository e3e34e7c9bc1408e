"""Type checkers accept the right calls, infer their types, and refuse the wrong ones."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import pytest

from poolcli import ModeName
from poolcli.core.modes import MODES

ROOT = Path(__file__).parents[2]
FILES = (
    "tests/typing/right_calls.py",
    "tests/typing/wrong_calls.py",
    "tests/typing/dask_calls.py",
)
CHECKERS = {
    "mypy": ("--strict", "--no-error-summary"),
    "pyright": ("--pythonpath", sys.executable),
}


@pytest.mark.parametrize("checker", CHECKERS)
def test_all_calls_are_judged_rightly(checker: str) -> None:
    if find_spec(checker) is None:
        pytest.skip(f"{checker} is not installed; the group lint has it")
    done = subprocess.run(
        [sys.executable, "-m", checker, *CHECKERS[checker], *FILES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_mode_names_are_those_of_the_table() -> None:
    assert get_args(ModeName) == tuple(MODES)
