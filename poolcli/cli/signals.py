"""The handlers of signals that end a run. Loaded first of all, so it imports next to nothing."""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    Handler = Callable[[int, FrameType | None], object]
    Before = signal._HANDLER

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def exit_code(number: int) -> int:
    """The exit code by which shells know a signal."""
    return 128 + number


def quit_at_once() -> None:
    """While there is nothing to clean up, let signals end the process on the spot.

    An exception could come up in the middle of an import, where it may get lost or show a
    traceback.
    """
    handle(dict.fromkeys(SIGNALS, _quit))


def handle(handlers: dict[signal.Signals, Handler]) -> dict[signal.Signals, Before]:
    """Set handlers, and return those that they replace."""
    before = {number: signal.getsignal(number) for number in handlers}
    # What nohup, or a shell's trap, has set to be ignored is left alone.
    replaced = {number: was for number, was in before.items() if was is not signal.SIG_IGN}
    for number in replaced:
        signal.signal(number, handlers[number])
    return replaced


def _quit(number: int, frame: FrameType | None) -> None:
    os._exit(exit_code(number))
