"""Signals that end a run, errors of its cleanup, and further signals."""

from __future__ import annotations

import os
import pty
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from poolcli.cli.signals import SignalReceived, raise_on_signals


def receive_signal(number: signal.Signals, clean_up: Callable[[], None]) -> None:
    """Receive a signal, then clean up."""
    with raise_on_signals():
        try:
            signal.raise_signal(number)
        finally:
            clean_up()


def fail() -> None:
    raise OSError(5, "Input/output error")


def test_an_error_of_the_cleanup_does_not_replace_a_signal() -> None:
    with pytest.raises(KeyboardInterrupt):
        receive_signal(signal.SIGINT, fail)
    with pytest.raises(SignalReceived) as raised:
        receive_signal(signal.SIGHUP, fail)
    assert raised.value.exit_code == 129


def test_a_second_signal_does_not_interrupt_the_cleanup() -> None:
    cleaned = []

    def clean() -> None:
        signal.raise_signal(signal.SIGQUIT)
        signal.raise_signal(signal.SIGINT)
        cleaned.append(True)

    with pytest.raises(KeyboardInterrupt):
        receive_signal(signal.SIGINT, clean)
    assert cleaned


def test_an_error_without_a_signal_is_raised_unchanged() -> None:
    with pytest.raises(OSError, match="disk"), raise_on_signals():
        raise OSError("disk")


def test_the_terminal_hangs_up_while_the_progress_bar_is_shown(tmp_path: Path) -> None:
    for number in range(40):
        np.save(tmp_path / f"{number}.npy", np.zeros((700, 700)))
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        line = ["-m", "poolcli", "median", ".", "--k", "31", "--s", "1", "-o", "out/"]
        os.execv(sys.executable, [sys.executable, *line])
    shown = b""
    while b"0/40" not in shown:
        shown += os.read(terminal, 4096)
    time.sleep(0.2)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 129
    assert not list((tmp_path / "out").glob(".poolcli-*"))
