"""Images and arrays are not written to a terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from poolcli.batch import terminal_check
from tests.conftest import Poolcli


@pytest.fixture(autouse=True)
def _image(tmp_path: Path) -> None:
    Image.new("L", (8, 8), 9).save(tmp_path / "a.png")


def on_terminal(folder: Path, line: str) -> tuple[int, bytes, str]:
    """Run a command whose standard output is a terminal; return exit code, output and errors."""
    master, terminal = pty.openpty()
    name = os.ttyname(terminal)
    with (folder / "a.png").open("rb") as image:
        done = subprocess.run(
            [sys.executable, "-m", "poolcli", *line.format(terminal=name).split()],
            cwd=folder,
            stdin=image,
            stdout=terminal,
            stderr=subprocess.PIPE,
            timeout=30,
            check=False,
        )
    printed = os.read(master, 65536) if select.select([master], [], [], 0)[0] else b""
    os.close(terminal)
    os.close(master)
    errors = done.stderr.decode().replace("│", " ")
    return done.returncode, printed, " ".join(errors.split())


@pytest.mark.parametrize("line", ["max a.png -o -", "max a.png -o {terminal}"])
def test_a_terminal_is_refused(tmp_path: Path, line: str) -> None:
    code, printed, errors = on_terminal(tmp_path, line)
    assert (code, printed) == (2, b"")
    assert "is a terminal" in errors


def test_a_dry_run_writes_nothing_binary(tmp_path: Path) -> None:
    code, printed, errors = on_terminal(tmp_path, "max a.png -o - --dry-run")
    assert (code, printed) == (0, b"")
    assert "8x8 → 4x4" in errors


@pytest.mark.parametrize(
    "line",
    ["compare {} -o -", "max {} --indices /dev/stdout", "max {} --indices {terminal}", "max -"],
)
def test_other_binary_output_is_refused_too(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(terminal_check, "is_terminal", lambda path: path not in (None, "a.npy"))
    ran = poolcli(*line.format("a.png", terminal="/dev/pts/0").split())
    assert (ran.code, ran.out) == (2, "")
    assert "is a terminal" in " ".join(ran.err.replace("│", " ").split())


def test_other_files_are_no_terminals(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    assert not terminal_check.is_terminal(str(tmp_path / "fifo"))
    writer = os.open(tmp_path / "fifo", os.O_WRONLY)
    os.write(writer, b"x")
    assert os.read(reader, 9) == b"x"
    os.close(writer)
    os.close(reader)
    assert not terminal_check.is_terminal(os.devnull)
    assert not terminal_check.is_terminal(str(tmp_path / "a.png"))
    assert not terminal_check.is_terminal(str(tmp_path / "gone"))
