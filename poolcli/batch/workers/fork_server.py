"""The fork server, from which workers are forked with their modules already imported.

On macOS it starts each worker anew: the system libraries that NumPy calls may hang or crash in a
forked process.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from multiprocessing.connection import Connection
from typing import NoReturn

from poolcli.batch.workers.fork_server_client import ANSWER, program_with_module_path, spawn

CAN_FORK = sys.platform != "darwin"


def main(descriptor: int) -> NoReturn:
    """Start a worker for each connection that the parent sends, until the parent ends.

    Parameters
    ----------
    descriptor : int
        The file descriptor of the socket to the parent.
    """
    if CAN_FORK:
        import poolcli.batch.workers.preload  # noqa: F401 - workers inherit these modules
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombie processes
    control = socket.socket(fileno=descriptor)
    control.set_inheritable(False)
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            os._exit(0)
        for connection in descriptors:
            _start_worker(control, connection)


def _start_worker(control: socket.socket, connection: int) -> None:
    """Start a worker that serves a connection; send its process number to the parent."""
    try:
        pid = os.fork() if CAN_FORK else _spawn_worker(connection)
    except OSError as error:
        pid = -(error.errno or 1)
    if pid == 0:
        try:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _serve(connection)
        finally:
            os._exit(1)
    os.close(connection)
    control.sendall(ANSWER.pack(pid))


def _spawn_worker(connection: int) -> int:
    os.set_inheritable(connection, True)
    imports = "import poolcli.batch.workers.preload; from poolcli.batch.workers import fork_server"
    return spawn(program_with_module_path(f"{imports}; fork_server._serve({connection})"))


def _serve(connection: int) -> NoReturn:
    from poolcli.batch.workers.worker import serve  # imports NumPy

    serve(Connection(connection))
