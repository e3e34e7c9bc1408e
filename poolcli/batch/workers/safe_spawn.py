"""Safe imports for processes that multiprocessing starts, as Dask's local workers.

Private parts of multiprocessing are changed here, checked with Python 3.11.
"""

from __future__ import annotations

import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker, spawn, util
from typing import Any

from poolcli.batch.workers.fork_server_client import SIGNALS
from poolcli.io.silence_stderr import silence_stderr

_flags = util._args_from_interpreter_flags  # type: ignore[attr-defined]
_preparation = spawn.get_preparation_data


def make_safe() -> None:
    """Keep processes started from now on from importing modules in the current folder.

    They are started with -P, without which the current folder comes first on the module path, and
    they do not run the main script again.
    """
    util._args_from_interpreter_flags = _safe_flags  # type: ignore[attr-defined]
    spawn.get_preparation_data = _without_script
    warnings.filterwarnings("ignore", "resource_tracker: process died unexpectedly")
    tracker = resource_tracker._resource_tracker
    tracker.ensure_running = _silently(tracker.ensure_running)  # type: ignore[method-assign]
    tracker.ensure_running()


def _silently(start: Callable[[], None]) -> Callable[[], None]:
    """Start the resource tracker so that it prints nothing: not when it was killed either."""

    def ensure_running() -> None:
        with deaf(), silence_stderr():
            start()

    return ensure_running


@contextmanager
def deaf() -> Iterator[None]:
    """Block the terminal's signals in processes that are started within the block."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _safe_flags() -> list[str]:
    return [*_flags(), "-P"]


def _without_script(name: str) -> dict[str, Any]:
    main = ("init_main_from_name", "init_main_from_path")
    return {key: value for key, value in _preparation(name).items() if key not in main}
