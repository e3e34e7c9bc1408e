"""Rare environments: encodings, widths, closed streams and a deleted current folder."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Poolcli, Shell


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_help_in_encodings_that_lack_characters(shell: Shell, encoding: str) -> None:
    done = shell(f"PYTHONIOENCODING={encoding} poolcli compare --help")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"MODE,..." in done.stdout


RECORD_THREADS = """
import os, sys

class Recorder:
    def find_spec(self, name, *rest):
        if name == "numpy":
            with open("threads", "a") as file:
                print(os.environ.get("OPENBLAS_NUM_THREADS"), file=file)

sys.meta_path.insert(0, Recorder())
"""
"""A module that records the number of OpenBLAS threads when NumPy is imported."""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("poolcli max x.npy", "1"),
        ("poolcli max x.npy y.npy", "1"),  # the fork server of the workers imports NumPy
        ("OPENBLAS_NUM_THREADS=3 poolcli max x.npy", "3"),
        ("OPENBLAS_NUM_THREADS=3 poolcli max x.npy y.npy", "3"),
        (f"{sys.executable} -c 'from poolcli import pool'", "None"),
    ],
)
def test_commands_start_no_threads_of_openblas(
    shell: Shell, tmp_path: Path, line: str, expected: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(RECORD_THREADS)
    for name in ("x.npy", "y.npy"):
        np.save(tmp_path / name, np.zeros((4, 4)))
    done = shell(f"unset OPENBLAS_NUM_THREADS; export PYTHONPATH=.; {line}")
    assert done.returncode == 0, done.stderr
    assert set((tmp_path / "threads").read_text().split()) == {expected}


def test_implausible_widths_are_ignored(shell: Shell) -> None:
    expected = shell("env -u COLUMNS poolcli max --help").stdout
    for columns in ("0", "-5", "x", "1", "1000000", "²", "9" * 5000):
        done = shell(f"COLUMNS={columns} poolcli max --help | tee help; exit ${{PIPESTATUS[0]}}")
        assert (done.returncode, done.stderr) == (0, b""), columns[:9]
        assert done.stdout == expected, columns[:9]


@pytest.mark.parametrize(
    "variables",
    ["_POOLCLI_COMPLETE=complete_bash", "_POOLCLI_COMPLETE=nonsense", "_POOLCLI_COMPLETE=a_b",
     "_POOLCLI_COMPLETE=complete_bash COMP_WORDS=poolcli COMP_CWORD=x"],
)  # fmt: skip
def test_completion_without_variables_of_the_shell_fails(shell: Shell, variables: str) -> None:
    done = shell(f"env -u COMP_WORDS -u COMP_CWORD {variables} poolcli")
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (1, b"", 1)


def test_an_empty_completion_variable_is_ignored(shell: Shell) -> None:
    done = shell("_POOLCLI_COMPLETE= poolcli --version")
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_deleted_current_folder(shell: Shell, tmp_path: Path) -> None:
    for name in ("a.npy", "b.npy"):
        np.save(tmp_path / name, np.zeros((4, 4)))
    gone = "mkdir gone; cd gone; rmdir ../gone;"
    done = shell(f"{gone} poolcli max a.npy")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        b"poolcli: the current folder was deleted; change to one that exists"
    )
    paths = f"{tmp_path}/a.npy {tmp_path}/b.npy"
    assert shell(f"{gone} poolcli max {paths} -o {tmp_path}/out/ --quiet").returncode == 0


CLOSED = [" ".join(each) for n in (1, 2, 3) for each in itertools.combinations("012", n)]


@pytest.mark.parametrize("closed", CLOSED)
def test_closed_descriptors(shell: Shell, tmp_path: Path, closed: str) -> None:
    np.save(tmp_path / "x.npy", np.zeros((4, 4)))
    redirections = {"0": "<&-", "1": ">&-", "2": "2>&-"}
    redirected = " ".join(redirections[each] for each in closed.split())
    done = shell(f"exec < x.npy; poolcli max - -o - {redirected}")
    assert done.returncode == (closed != "2")
    assert b"Traceback" not in done.stderr
    assert bool(done.stdout) == (closed == "2")


@pytest.mark.parametrize(
    "dtype",
    ["S4", "M8[s]", "m8", "V2", "O", "U3", "(2,)f4", "f4,f4", "[]", "{}", ",", "2020-01-01",
     "[('a', 'f4')]", "(1000000000,)f4", "f" + "0" * 3000, "datetime64", "nonsense"],
)  # fmt: skip
def test_dtypes_that_are_not_numeric(poolcli: Poolcli, dtype: str) -> None:
    ran = poolcli("max", "x.npy", "--dtype", dtype)
    assert ran.code == 2
    assert "Invalid value for --dtype" in ran.err
