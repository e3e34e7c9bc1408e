"""Handlers of the signals that end a run. Loaded first, so it imports little."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager

from poolcli.errors import Terminated

TYPE_CHECKING = False  # as in typing, which takes milliseconds to load
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    Handler = Callable[[int, FrameType | None], object]
    PreviousHandler = signal._HANDLER

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

CLEANUP_SECONDS = 2.0
"""Seconds for which further signals are ignored, while temporary files are removed."""


class SignalReceived(Terminated):
    """SIGTERM, SIGHUP or SIGQUIT arrived while there were temporary files to remove."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = exit_code_of(number)


def exit_code_of(number: int) -> int:
    """Return the exit code by which shells know a signal.

    Examples
    --------
    >>> exit_code_of(signal.SIGINT)
    130
    """
    return 128 + number


def exit_immediately_on_signals() -> None:
    """Let signals end the process at once, while there is nothing to clean up.

    An exception could be raised in the middle of an import, where it may get lost or print a
    traceback.
    """
    set_handlers(dict.fromkeys(SIGNALS, _exit_process))


@contextmanager
def raise_on_signals() -> Iterator[None]:
    """Let signals raise `KeyboardInterrupt` or `SignalReceived` inside the context.

    A second signal soon after the first is ignored. Errors that follow a signal do not replace it:
    a terminal that hung up cannot be written to, and interrupted libraries raise errors of their
    own. In other threads than the main one this does nothing.
    """
    import threading
    import time

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[BaseException] = []
    last_time = -CLEANUP_SECONDS

    def raise_signal(number: int, frame: FrameType | None) -> None:
        nonlocal last_time
        if time.monotonic() - last_time < CLEANUP_SECONDS:
            return
        last_time = time.monotonic()
        is_interrupt = number == signal.SIGINT
        received.append(KeyboardInterrupt() if is_interrupt else SignalReceived(number))
        raise received[-1]

    previous = set_handlers(dict.fromkeys(SIGNALS, raise_signal))
    try:
        yield
    except BaseException as error:
        if received and error is not received[-1]:
            raise received[-1] from error
        raise
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def set_handlers(
    handlers: dict[signal.Signals, Handler],
) -> dict[signal.Signals, PreviousHandler]:
    """Set handlers of signals, except of ignored ones, and return the handlers that they replace.

    A parent process such as nohup, or a trap of the shell, may have set a signal to be ignored.
    """
    previous = {number: signal.getsignal(number) for number in handlers}
    replaced = {number: was for number, was in previous.items() if was is not signal.SIG_IGN}
    for number in replaced:
        signal.signal(number, handlers[number])
    return replaced


def _exit_process(number: int, frame: FrameType | None) -> None:
    os._exit(exit_code_of(number))
