"""Threads that stay between calls, so that a call does not wait for threads to start."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

MAX_IDLE_THREADS = 64
"""Threads that end their work when so many are idle do not stay."""


class HelperThread:
    """A thread that waits for work, does it, and waits again.

    Waking it takes about 15 µs, starting a thread about 60 µs, and a `ThreadPoolExecutor` for each
    call about 100 µs. It is a daemon thread, which does not keep the interpreter from exiting.
    """

    def __init__(self) -> None:
        self._work: Callable[[], None] | None = None
        self._error: BaseException | None = None
        self._begin, self._done = threading.Lock(), threading.Lock()
        self._begin.acquire()
        self._done.acquire()
        self._thread = threading.Thread(target=self._run, name="poolcli helper", daemon=True)
        self._thread.start()

    def start(self, work: Callable[[], None]) -> None:
        """Begin to call `work` on this thread."""
        self._work = work
        self._begin.release()

    def wait(self) -> BaseException | None:
        """Wait until the work is done, and return the error that it raised."""
        self._done.acquire()
        error, self._error = self._error, None
        return error

    def end(self) -> None:
        """End this thread, which must be idle."""
        self._work = None
        self._begin.release()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._begin.acquire()
            if self._work is None:
                return
            try:
                self._work()
            except BaseException as error:  # raised again by the thread that waits
                self._error = error
            self._work = None  # the arrays that it refers to can be freed
            self._done.release()


_idle: list[HelperThread] = []
"""Threads without work. Taking and returning one are atomic, so that calls on several threads, and
calls inside of calls, never share one."""


def call_on_threads(work: Callable[[], None], threads: int) -> None:
    """Call a function on several threads at the same time, and wait for all of them.

    Parameters
    ----------
    work : callable
        Takes its share of the work from an iterator that all threads share. If fewer threads can
        be started, the others do all of it.
    threads : int
        The number of threads, including the calling one.

    Raises
    ------
    BaseException
        The first error that `work` raised.

    Examples
    --------
    >>> numbers, squares = iter(range(4)), []
    >>> call_on_threads(lambda: squares.extend(n * n for n in numbers), threads=2)
    >>> sorted(squares)
    [0, 1, 4, 9]
    """
    helpers: list[HelperThread] = []
    error: BaseException | None = None
    try:
        for _ in range(threads - 1):
            helper = _take_helper()
            if helper is None:
                break
            helpers.append(helper)
            helper.start(work)
        work()
    except BaseException as own_error:
        error = own_error
    for helper in helpers:
        error = _wait_for(helper) or error
        if len(_idle) < MAX_IDLE_THREADS:
            _idle.append(helper)
        else:
            helper.end()
    if error is not None:
        raise error


def _take_helper() -> HelperThread | None:
    """Return an idle thread or a new one; None if the system gives no further thread."""
    try:
        return _idle.pop()
    except IndexError:
        pass
    try:
        return HelperThread()
    except RuntimeError:  # no further thread, or the interpreter is exiting
        return None


def _wait_for(helper: HelperThread) -> BaseException | None:
    """Wait for a thread even if a signal interrupts, because it uses the caller's arrays."""
    interrupt: BaseException | None = None
    while True:
        try:
            return helper.wait() or interrupt
        except KeyboardInterrupt as error:
            interrupt = error


def _end_idle_threads() -> None:
    """End all idle threads before a fork, which warns if there are other threads."""
    while _idle:
        _idle.pop().end()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_end_idle_threads, after_in_child=_idle.clear)
