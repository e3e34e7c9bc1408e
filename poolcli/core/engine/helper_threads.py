"""Threads that stay between calls, so that a call does not wait for threads to start."""

from __future__ import annotations

import os
import sys
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
        self._job: Job | None = None
        self._begin = threading.Lock()
        self._begin.acquire()
        self._thread = threading.Thread(target=self._run, name="poolcli helper", daemon=True)
        try:
            self._thread.start()
        except BaseException:  # a signal handler's: the thread may run, and ends
            self._begin.release()
            raise

    def start(self, job: Job) -> None:
        """Begin a job on this thread, which must not be in `_idle`."""
        self._job = job
        self._begin.release()

    def end(self) -> None:
        """End this thread, which must not be in `_idle` and have no job."""
        self._begin.release()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._begin.acquire()
            job, self._job = self._job, None
            if job is None:
                return
            job.run()
            stays = len(_idle) < MAX_IDLE_THREADS
            if stays:  # done here, because no signal handler runs on this thread
                _idle.append(self)
            job.finish()
            del job  # its error refers to the caller's arrays
            if not stays:
                return


class Job:
    """One call of a function on a helper thread.

    Parameters
    ----------
    work : callable

    Attributes
    ----------
    error : BaseException or None
        What the call raised.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self.error: BaseException | None = None
        self._is_done = False
        self._done = threading.Lock()
        self._done.acquire()

    def run(self) -> None:
        """Call the function."""
        try:
            self._work()
        except BaseException as error:  # raised again by the thread that waits
            self.error = error
        del self._work  # the arrays that it refers to can be freed

    def finish(self) -> None:
        """Let the thread that waits go on."""
        self._is_done = True
        self._done.release()

    def wait(self) -> None:
        """Wait until the call is done.

        A signal handler may raise an error after the lock has been taken, so that the lock alone
        does not tell what is done.
        """
        while not self._is_done:
            self._done.acquire()


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
    jobs: list[Job] = []
    errors: list[BaseException | None] = []
    first_error: BaseException | None
    try:
        for _ in range(threads - 1):
            helper = _take_helper()
            if helper is None:
                break
            job = Job(work)
            helper.start(job)
            jobs.append(job)
        work()
    except BaseException as error:
        errors.append(error)
    while True:
        try:
            for job in jobs:
                job.wait()
            break
        except BaseException as error:  # a signal handler's: jobs still use the caller's arrays
            errors.append(error)
    for job in jobs:
        errors.append(job.error)
        job.error = None
    try:
        for first_error in errors:
            if first_error is not None:
                raise first_error
    finally:  # errors refer to this frame, which must not refer to them: the arrays can be freed
        jobs.clear()
        errors.clear()
        first_error = None


def _take_helper() -> HelperThread | None:
    """Return an idle thread or a new one; None if the system gives no further thread."""
    if sys.is_finalizing():  # daemon threads do not run any longer
        return None
    try:
        return _idle.pop()
    except IndexError:
        pass
    try:
        return HelperThread()
    except RuntimeError:  # no further thread, or the interpreter is exiting
        return None


def _end_idle_threads() -> None:
    """End all idle threads before a fork, which warns if there are other threads."""
    while _idle:
        _idle.pop().end()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_end_idle_threads, after_in_child=_idle.clear)
