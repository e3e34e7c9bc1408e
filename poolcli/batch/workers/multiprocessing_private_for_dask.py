"""The private parts of multiprocessing that poolcli changes, checked with Python 3.11 to 3.13.

Dask starts its local workers by multiprocessing. Without these changes the workers would import
modules from the current folder.
"""

from __future__ import annotations

import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker, spawn, util
from typing import Any

from poolcli.batch.workers.fork_server_client import SIGNALS
from poolcli.io.stdout_and_stderr import silence_stderr

_original_flags = util._args_from_interpreter_flags  # type: ignore[attr-defined]
_original_preparation = spawn.get_preparation_data


def keep_current_folder_off_module_path() -> None:
    """Start processes so that they do not import modules from the current folder.

    They are started with -P, and they do not run the main script again.
    """
    util._args_from_interpreter_flags = _flags_with_safe_path  # type: ignore[attr-defined]
    spawn.get_preparation_data = _preparation_without_script
    warnings.filterwarnings("ignore", "resource_tracker: process died unexpectedly")
    tracker = resource_tracker._resource_tracker
    tracker.ensure_running = _started_silently(tracker.ensure_running)  # type: ignore[method-assign]
    tracker.ensure_running()


def _started_silently(start: Callable[[], None]) -> Callable[[], None]:
    """Return a function that starts the resource tracker without output, even if it is killed."""

    def ensure_running() -> None:
        with terminal_signals_blocked(), silence_stderr():
            start()

    return ensure_running


@contextmanager
def terminal_signals_blocked() -> Iterator[None]:
    """Block the terminal's signals in processes that are started within the block."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _flags_with_safe_path() -> list[str]:
    return [*_original_flags(), "-P"]


def _preparation_without_script(name: str) -> dict[str, Any]:
    main = ("init_main_from_name", "init_main_from_path")
    return {key: value for key, value in _original_preparation(name).items() if key not in main}
