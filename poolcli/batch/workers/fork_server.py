"""The fork server, from which workers are forked with their modules already imported."""

from __future__ import annotations

import os
import signal
import socket
from multiprocessing.connection import Connection
from typing import NoReturn

import poolcli.batch.workers.preload  # noqa: F401 - workers inherit these modules
from poolcli.batch.workers.fork_server_client import ANSWER
from poolcli.batch.workers.worker import serve


def main(descriptor: int) -> NoReturn:
    """Fork a worker for each connection that the parent sends, until the parent ends.

    Parameters
    ----------
    descriptor : int
        The file descriptor of the socket to the parent.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombie processes
    control = socket.socket(fileno=descriptor)
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            os._exit(0)
        for connection in descriptors:
            _fork(control, connection)


def _fork(control: socket.socket, connection: int) -> None:
    try:
        pid = os.fork()
    except OSError as error:
        pid = -(error.errno or 1)
    if pid == 0:
        try:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            serve(Connection(connection))
        finally:
            os._exit(1)
    os.close(connection)
    control.sendall(ANSWER.pack(pid))
