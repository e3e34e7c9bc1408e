"""The connection to a Dask cluster that exists or is started on this machine.

Problems of a cluster are detected before the first task is sent, within a limited time.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import multiprocessing
import pkgutil
import signal
import tempfile
import threading
import warnings
from collections.abc import Iterator
from types import FrameType
from typing import Any

from poolcli import __version__
from poolcli.batch.workers import multiprocessing_private_for_dask as spawning
from poolcli.errors import ClusterError
from poolcli.io.shorten_exception import first_line
from poolcli.io.stdout_and_stderr import silence_stderr

LOGGERS = ("distributed", "distributed.client", "tornado", "tornado.application", "asyncio")
"""Loggers of lost connections and workers, which poolcli reports itself."""

WORKER_SECONDS = 4
"""Seconds to wait for workers, and for their answer."""

START_SECONDS, START_SECONDS_PER_WORKER = 10.0, 2.0
"""Seconds that a local cluster may take to start: if no thread can start, it never does."""

INTERRUPT_SECONDS = 1.0
"""Seconds between two attempts to interrupt the start of a local cluster."""

KILLED_SECONDS = 1.0
"""Seconds to wait for the end of a killed process."""

NO_TLS = (
    "tls:// takes certificates: name them in Dask's configuration, as "
    "distributed.comm.tls.ca-file, distributed.comm.tls.client.cert and "
    "distributed.comm.tls.client.key"
)

LOCAL_CONFIGURATION = {
    "logging.distributed": "critical",
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.scheduler.preload": ["poolcli.batch.workers.dask_without_http"],
    "distributed.worker.preload": ["poolcli.batch.workers.dask_without_http"],
}
"""Dask's configuration for a local cluster: it logs nothing and serves no web pages."""

WORKER_VARIABLES = "distributed.nanny.pre-spawn-environ"
"""Dask's setting of the environment variables of workers."""


def load() -> Any:
    """Import the module `distributed` and switch off its log and its warnings.

    Raises
    ------
    ClusterError
        If it is not installed.
    """
    try:
        distributed = importlib.import_module("distributed")
    except ImportError as error:
        raise ClusterError(
            "--dask needs Dask, which is not installed: pip install distributed cryptography"
        ) from error
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", module=r"(dask|distributed|tornado)\b")
    return distributed


def _variables_of_workers(dask: Any) -> dict[str, Any]:
    """Return Dask's environment variables of workers, without glibc's trim threshold.

    If that is set, glibc returns the memory of freed arrays to the system, and maps and clears it
    anew for each block (``keep_freed_memory_in_process``). Measured: four levels of 4 GB of labels
    take a worker 17 s instead of 30 s, the start of the cluster included.
    """
    variables = dict(dask.config.get(WORKER_VARIABLES, {}))
    variables.pop("MALLOC_TRIM_THRESHOLD_", None)
    return variables


def start_cluster(distributed: Any, jobs: int) -> tuple[Any, Any, tempfile.TemporaryDirectory[str]]:
    """Start a local cluster that only this process can connect to: TLS with a new key.

    Parameters
    ----------
    distributed : module
        The module `distributed`, as `load` returns it.
    jobs : int
        The number of workers, each with one thread.

    Returns
    -------
    cluster : distributed.LocalCluster
    client : distributed.Client
    folder : tempfile.TemporaryDirectory
        The private folder of its workers, which is on their module path.

    Raises
    ------
    ClusterError
        If the cluster cannot be started.
    """
    dask: Any = importlib.import_module("dask")
    try:
        security = distributed.Security.temporary()
    except ImportError as error:
        raise ClusterError(
            "--dask local needs the package cryptography, which is not installed: "
            "pip install cryptography"
        ) from error
    try:
        folder = tempfile.TemporaryDirectory(prefix="poolcli-dask-")
    except OSError as error:
        raise ClusterError(f"no Dask cluster can be started here: {error}") from error
    try:
        spawning.keep_current_folder_off_module_path()
        dask.config.set({**LOCAL_CONFIGURATION, "temporary-directory": folder.name})
        dask.config.set({WORKER_VARIABLES: _variables_of_workers(dask)})
        # Workers that cannot start print tracebacks, which are not for the user.
        limit = START_SECONDS + START_SECONDS_PER_WORKER * jobs
        with spawning.terminal_signals_blocked(), silence_stderr(), _time_limit(limit):
            cluster = distributed.LocalCluster(
                n_workers=jobs,
                threads_per_worker=1,
                host="127.0.0.1",
                protocol="tls://",
                security=security,
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
            )
        return cluster, distributed.Client(cluster), folder
    except BaseException as error:
        kill_children()
        folder.cleanup()
        if not isinstance(error, Exception):  # a signal
            raise
        # Dask raises many kinds of errors if resources are short.
        raise ClusterError(
            f"no Dask cluster can be started here: {first_line(error)}; without --dask worker "
            "processes need less"
        ) from error


def kill_children() -> None:
    """Kill the processes that were started for a cluster, and wait until they have ended.

    Their temporary files are locked until then.
    """
    children = multiprocessing.active_children()
    for child in children:
        child.kill()
    for child in children:
        child.join(KILLED_SECONDS)


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the block after some time, in the main thread only.

    A signal is used because no further thread may be available.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"its workers did not start within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, INTERRUPT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def connect(distributed: Any, address: str, seconds: float) -> Any:
    """Connect to the scheduler of a cluster; check that its workers can do the work.

    Parameters
    ----------
    distributed : module
        The module `distributed`, as `load` returns it.
    address : str
        The scheduler's address, such as ``tcp://host:8786``.
    seconds : float
        The time in seconds that the scheduler may take to answer.

    Returns
    -------
    distributed.Client

    Raises
    ------
    ClusterError
        If no scheduler answers in time, it has no workers, or a worker has another version of
        poolcli.
    """
    try:
        kind = asyncio.run(asyncio.wait_for(_kind(distributed, address), seconds))
        if kind == "Scheduler":
            client = distributed.Client(address, timeout=seconds)
    except Exception as error:  # connections raise many kinds of errors
        reason = _reason(distributed, address, error, seconds)
        raise ClusterError(f"no Dask scheduler answers at {address}: {reason}") from error
    if kind != "Scheduler":
        raise ClusterError(f"no Dask scheduler answers at {address}: it is the address of a {kind}")
    try:
        _check_workers(client, address)
    except BaseException:
        close(client)
        raise
    return client


def close(client_or_cluster: Any) -> None:
    """Close a client or a cluster, within two seconds."""
    with ignoring_lost_connection():
        client_or_cluster.close(timeout=2)


@contextlib.contextmanager
def ignoring_lost_connection() -> Iterator[None]:
    """Ignore the errors of closing a cluster that has ended already."""
    # TimeoutError and the error of a closed connection are OSErrors.
    with contextlib.suppress(OSError, RuntimeError):
        yield


async def _kind(distributed: Any, address: str) -> str:
    """Return the kind of a Dask server: Scheduler, Worker or Nanny."""
    arguments = distributed.Security().get_connection_args("client")
    server = distributed.rpc(address, connection_args=arguments)
    try:
        return str((await server.identity())["type"])
    finally:
        await server.close_rpc()


def _check_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except Exception as error:  # connections raise many kinds of errors
        raise ClusterError(
            f"the Dask cluster at {address} has no workers; start some: dask worker {address}"
        ) from error
    name = "poolcli:__version__"
    try:
        versions = client.sync(
            client.run, pkgutil.resolve_name, name, on_error="return",
            callback_timeout=WORKER_SECONDS,
        )  # fmt: skip
    except Exception as error:  # connections raise many kinds of errors
        raise ClusterError(f"the workers of the Dask cluster at {address} do not answer") from error
    for worker, version in sorted(versions.items()):
        if isinstance(version, OSError):
            continue  # this worker has ended
        if isinstance(version, Exception):
            raise ClusterError(
                f"the Dask worker at {worker} cannot import poolcli ({first_line(version)}); "
                f"install version {__version__} there"
            )
        if version != __version__:
            raise ClusterError(
                f"the Dask worker at {worker} has poolcli {version}; install version "
                f"{__version__} there, as here"
            )


def _reason(distributed: Any, address: str, error: Exception, seconds: float) -> str:
    if address.startswith("tls://") and distributed.Security().tls_ca_file is None:
        return NO_TLS
    if isinstance(error, TimeoutError) and not str(error):
        return f"no answer came within {seconds:g} s"
    if isinstance(error, (OSError, ValueError, ImportError)):
        return first_line(error)
    return "what answers there does not speak Dask's protocol"
