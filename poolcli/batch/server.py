"""The process that workers are forked from; started early, so this imports next to nothing."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import BaseContext

from poolcli.media.quiet import quiet


def start() -> BaseContext:
    """Start it where it does not run yet; it loads what workers need while this process goes on.

    Workers are forked from it, not from this process, which has threads.
    """
    _occupy_standard_descriptors()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["poolcli.batch.ready"])
    # A terminal's signals go to all of its processes; these end with the one that started them.
    start_tracker()
    with unseen(signal.SIGINT, signal.SIGHUP), quiet():
        forkserver.ensure_running()
    return context


def start_tracker() -> None:
    """Start what cleans up behind processes; started later, it would let signals through again."""
    with unseen(signal.SIGHUP), quiet():
        resource_tracker.ensure_running()


@contextmanager
def unseen(*numbers: signal.Signals) -> Iterator[None]:
    """Let signals wait; what is started meanwhile never sees them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _occupy_standard_descriptors() -> None:
    """Keep pipes to workers from taking the numbers of standard streams that are closed."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
