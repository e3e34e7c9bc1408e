"""Helper threads when signals interrupt, when several threads fail, and when Python exits."""

from __future__ import annotations

import contextlib
import gc
import signal
import subprocess
import sys
import threading
import time
import weakref
from types import FrameType

import pytest

from poolcli.core.engine import helper_threads
from poolcli.core.engine.helper_threads import call_on_threads


class TimeUp(BaseException):
    pass


@pytest.mark.parametrize("error", [KeyboardInterrupt, TimeUp])
def test_error_of_a_signal_handler_waits_for_helpers(error: type[BaseException]) -> None:
    def interrupt(signum: int, frame: FrameType | None) -> None:
        raise error

    finished: list[bool] = []

    def work() -> None:
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.2)
            finished.append(True)

    previous = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(error):
            call_on_threads(work, 3)
    finally:
        signal.signal(signal.SIGALRM, previous)
    assert finished == [True, True]


def test_error_while_a_thread_starts_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    start, started = threading.Thread.start, []

    def start_and_raise(thread: threading.Thread) -> None:
        start(thread)
        started.append(thread)
        raise TimeUp

    monkeypatch.setattr(helper_threads, "_idle", [])
    monkeypatch.setattr(threading.Thread, "start", start_and_raise)
    with pytest.raises(TimeUp):
        call_on_threads(lambda: None, 2)
    started[0].join(timeout=10)
    assert not started[0].is_alive()


def test_first_error_is_raised_and_later_calls_work() -> None:
    def fail() -> None:
        raise ValueError(threading.current_thread() is threading.main_thread())

    with pytest.raises(ValueError, match="True"):
        call_on_threads(fail, 3)
    calls: list[int] = []
    call_on_threads(lambda: calls.append(1), 3)
    assert calls == [1, 1, 1]


@pytest.mark.parametrize("fails_on_main_thread", [True, False])
def test_what_a_failed_call_refers_to_is_freed(fails_on_main_thread: bool) -> None:
    class Source:
        pass

    def fail_with(source: Source) -> None:
        def work() -> None:
            is_main = threading.current_thread() is threading.main_thread()
            if source and is_main == fails_on_main_thread:
                raise ValueError

        with contextlib.suppress(ValueError):
            call_on_threads(work, 2)

    source = Source()
    freed = weakref.ref(source)
    fail_with(source)
    del source
    gc.collect()  # a helper may take a moment to drop the last reference
    deadline = time.monotonic() + 10
    while freed() is not None and time.monotonic() < deadline:
        gc.collect()
    assert freed() is None


def test_call_while_the_interpreter_exits_ends() -> None:
    script = """if True:
        import builtins, os
        from poolcli.core.engine.helper_threads import call_on_threads

        class AtExit:
            def __del__(self, call=call_on_threads, write=os.write):
                call(lambda: write(1, b"called"), 2)

        call_on_threads(lambda: None, 2)
        builtins.kept = AtExit()
    """
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60)
    assert result.stdout == b"called"
