"""The parent's side of the fork server, the process that workers are forked from.

The fork server starts while this process still loads NumPy and Pillow, so this module imports
almost nothing. The fork server of multiprocessing is not used: it puts the current folder first on
the module path, needs a socket with a short name in the temporary folder, and leaves that folder
behind if the run ends by `os._exit`. This fork server uses a socket without a name.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import sys
from multiprocessing.connection import Connection, wait
from pathlib import Path

SIGNALS = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
"""Signals that a terminal sends to all of its processes; the parent alone reacts to them."""

ANSWER = struct.Struct("!i")
"""The process number of a new worker, or the negative error number of a failed fork."""

CHECK_SECONDS = 1.0
"""Seconds to wait for an answer before it is checked whether the process is stopped."""

FORK_ATTEMPTS = 3
"""Attempts to fork one worker; if the fork server was killed, a new one is started."""

BUFFER_BYTES = 1 << 18
"""The size of the buffers of a connection. Parent and worker may send at the same time, and neither
reads meanwhile: both would wait forever if the messages did not fit. macOS has 8 KB by default."""


class ForkServer:
    """The running fork server of this process.

    Parameters
    ----------
    for_stores : bool
        Whether it imports the modules for Zarr stores, too.

    Raises
    ------
    OSError
        If the system has no descriptor or no process left for it.
    """

    def __init__(self, for_stores: bool) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            try:
                theirs.set_inheritable(True)
                self._pid = spawn(_program(theirs.fileno(), for_stores))
            except BaseException:
                self._socket.close()
                raise

    def fork(self, connection: Connection) -> int:
        """Fork a worker that serves a connection; return its process number.

        Raises
        ------
        OSError
            If the fork server has died, or cannot fork.
        """
        socket.send_fds(self._socket, [b"f"], [connection.fileno()])
        wait_for_answer(self._socket, self._pid)
        answer = self._socket.recv(ANSWER.size)
        if len(answer) != ANSWER.size:
            raise ConnectionResetError("the fork server has died")
        (pid,) = ANSWER.unpack(answer)
        if pid < 0:
            raise OSError(-pid, os.strerror(-pid))
        return int(pid)

    def close(self) -> None:
        """Kill the fork server; its workers continue."""
        self._socket.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


_RUNNING: list[ForkServer] = []
"""The fork server of this process, at most one."""


def start_in_advance(*, for_stores: bool = False) -> None:
    """Start the fork server before workers are needed: it imports their modules meanwhile.

    Parameters
    ----------
    for_stores : bool
        Whether workers will need the modules that read and write Zarr stores, too.
    """
    with contextlib.suppress(OSError, MemoryError):
        _start(for_stores=for_stores)


def _start(*, for_stores: bool = False) -> ForkServer:
    if not _RUNNING:
        _RUNNING.append(ForkServer(for_stores))
    return _RUNNING[0]


def fork_worker() -> tuple[int, Connection]:
    """Start a worker; return its process number and the connection to it.

    Raises
    ------
    OSError
        If no worker can be started.
    """
    for _ in range(FORK_ATTEMPTS - 1):
        with contextlib.suppress(ConnectionError):  # the fork server was killed
            return _forked()
    return _forked()


def _forked() -> tuple[int, Connection]:
    running = _start()
    ours, theirs = _connections()
    with theirs:
        try:
            return running.fork(theirs), ours
        except BlockingIOError:  # too many processes; the fork server still works
            ours.close()
            raise
        except BaseException:
            ours.close()
            _RUNNING.clear()
            running.close()
            raise


def _connections() -> tuple[Connection, Connection]:
    """Return the two ends of a connection."""
    ends = socket.socketpair()
    for end in ends:
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            end.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
    ours, theirs = (Connection(end.detach()) for end in ends)
    return ours, theirs


def wait_for_answer(channel: socket.socket | Connection, pid: int) -> None:
    """Wait until a process has answered or ended; kill it if it stays stopped (SIGSTOP).

    Parameters
    ----------
    channel : socket or Connection
        The parent's end of the connection to the process. It can be read afterwards.
    pid : int
        The process number.
    """
    was_stopped = False
    while not wait([channel], CHECK_SECONDS):
        stopped = is_stopped(pid)
        if stopped and was_stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        was_stopped = stopped


def is_stopped(pid: int) -> bool:
    """Return whether a process is stopped (SIGSTOP); always False where there is no /proc.

    Examples
    --------
    >>> is_stopped(os.getpid())
    False
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except OSError:
        return False


def spawn(program: str) -> int:
    """Start a process that runs some Python code; return its process number.

    Signals of a terminal do not reach it, and its standard streams are empty.

    Raises
    ------
    OSError
        If it cannot be started.
    """
    return os.posix_spawn(
        sys.executable,
        [sys.executable, *_flags(), "-c", program],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_RDWR, 0) for n in range(3)],
        setsigmask={*_blocked_signals(), *SIGNALS},
        setsigdef=[signal.SIGCHLD],
    )


def _blocked_signals() -> set[int]:
    """Return the signals that this thread blocks; none where the system cannot tell."""
    is_known = hasattr(signal, "pthread_sigmask")
    return set(signal.pthread_sigmask(signal.SIG_BLOCK, ())) if is_known else set()


def _flags() -> list[str]:
    """Return the options of this interpreter that affect imports, and -P.

    With -P, Python puts neither the current folder nor a script's folder on the module path.
    """
    flags = {"-I": sys.flags.isolated, "-E": sys.flags.ignore_environment,
             "-s": sys.flags.no_user_site}  # fmt: skip
    options = ("-Xutf8",) if sys.flags.utf8_mode else ()
    return ["-P", *(flag for flag, given in flags.items() if given), *options]


def program_with_module_path(code: str) -> str:
    """Return the source code of a process that gets the module path of this one."""
    return f"import sys; sys.path[:] = {sys.path!a}; {code}"


def _program(descriptor: int, for_stores: bool) -> str:
    """Return the source code of the fork server process."""
    preload = "import poolcli.batch.workers.preload_for_stores; " if for_stores else ""
    code = f"from poolcli.batch.workers.fork_server import main; main({descriptor})"
    return program_with_module_path(preload + code)
