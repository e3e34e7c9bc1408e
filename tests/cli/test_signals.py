"""Signals that end a run whose clean-up meets errors, and further signals."""

from __future__ import annotations

import os
import pty
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from poolcli.cli.ending import Ended, unwinding


def test_an_error_of_the_cleaning_does_not_hide_a_signal() -> None:
    with pytest.raises(KeyboardInterrupt), unwinding():
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            raise OSError(5, "Input/output error")
    with pytest.raises(Ended) as ended, unwinding():
        try:
            signal.raise_signal(signal.SIGHUP)
        finally:
            raise RuntimeError("release unlocked lock")
    assert ended.value.exit_code == 129


def test_a_second_signal_does_not_interrupt_the_cleaning() -> None:
    cleaned = False
    with pytest.raises(KeyboardInterrupt), unwinding():
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            signal.raise_signal(signal.SIGQUIT)
            signal.raise_signal(signal.SIGINT)
            cleaned = True
    assert cleaned


def test_an_error_without_a_signal_is_raised_as_it_is() -> None:
    with pytest.raises(OSError, match="disk"), unwinding():
        raise OSError("disk")


def test_hang_up_of_the_terminal_while_the_bar_is_shown(tmp_path: Path) -> None:
    for number in range(40):
        np.save(tmp_path / f"{number}.npy", np.zeros((700, 700)))
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        line = ["-m", "poolcli", "median", ".", "--k", "31", "--s", "1", "-o", "out/"]
        os.execv(sys.executable, [sys.executable, *line])  # noqa: S606
    shown = b""
    while b"0/40" not in shown:
        shown += os.read(terminal, 4096)
    time.sleep(0.2)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 129
    assert not list((tmp_path / "out").glob(".poolcli-*"))
