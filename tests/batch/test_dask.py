"""Batches on a Dask cluster, whose scheduler and workers run as processes on this machine."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.batch.output_targets import Target
from poolcli.batch.tasks import Task
from poolcli.batch.workers.dask_workers import DaskWorkers, run_assignment
from poolcli.batch.workers.messages import Assignment, PathRequest
from poolcli.batch.workers.start_or_connect_dask import connect, load, start_cluster
from poolcli.batch.write_permit import PathStatus, WritePermit
from poolcli.cli.request_builder import build_request
from poolcli.errors import ClusterError
from tests.batch.processes import until
from tests.conftest import Poolcli, Shell

pytest.importorskip("distributed")

RNG = np.random.default_rng(8)


@contextmanager
def running(*words: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Yield the address of a scheduler and its two workers."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    contact = str(tmp_path / "scheduler.json")
    common = ("--scheduler-file", contact, "--no-dashboard")
    with ExitStack() as stack:
        start = ("scheduler", "--host", "127.0.0.1", "--port", "0", *common)
        stack.enter_context(running(*start, folder=elsewhere))
        address = until(lambda: _address(contact))
        start = ("worker", *common, "--nthreads", "1", "--no-nanny")
        workers = [stack.enter_context(running(*start, folder=elsewhere)) for _ in range(2)]
        yield address, workers


def _address(contact: str) -> str:
    try:
        return str(json.loads(Path(contact).read_text())["address"])
    except (OSError, ValueError):
        return ""


def test_cluster_writes_the_same_files(
    shell: Shell, tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = cluster
    (tmp_path / "slow").mkdir()
    for number in range(16):
        np.save(tmp_path / "slow" / f"{number:02}.npy", RNG.random((800, 800)))
    Image.new("RGB", (8, 8), "red").save(tmp_path / "slow" / "x.jpg", "PNG")
    (tmp_path / "slow" / "bad.png").write_bytes(b"broken")
    assert shell("poolcli median slow -k 5 -s 2 -o here/ --quiet").returncode == 1
    line = f"exec poolcli median slow -k 5 -s 2 -o there/ --json --dask {address}"
    process = subprocess.Popen(
        ["bash", "-c", line],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    until(lambda: len(list(tmp_path.glob("there/*.npy"))) > 1)
    workers[0].send_signal(signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.count(b"\n") == 1
    assert err.startswith(b"poolcli: slow/bad.png: ")
    records = [json.loads(line) for line in out.splitlines()]
    assert len({record["input"] for record in records}) == len(records) == 18
    assert {record["output"] for record in records if record["status"] == "ok"} == {
        *(f"there/{number:02}.npy" for number in range(16)),
        "there/x.png",
    }
    names = sorted(path.name for path in (tmp_path / "here").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "there").iterdir())
    for name in names:
        here, there = (tmp_path / folder / name for folder in ("here", "there"))
        assert here.read_bytes() == there.read_bytes()
    line = f"max slow/00.npy -o one.npy --indices at.npy --quiet --dask {address}"
    assert shell(f"poolcli {line}").returncode == 0
    assert (tmp_path / "at.npy").exists()


def test_local_cluster(shell: Shell, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        Image.new("RGB", (8, 8), "red").save(tmp_path / name)
    pytest.importorskip("zarr")
    from tests.io.zarr.stores import http_server, write_image

    write_image(tmp_path / "data/x.zarr")
    with http_server(tmp_path / "data") as url:
        line = f"max a.png b.png {url}/x.zarr -o out/ --format npy --indices at/ --dask local -j 1"
        done = shell(f"poolcli {line} --json")
    assert (done.returncode, done.stderr) == (0, b"")
    for folder in ("out", "at"):
        names = sorted(path.name for path in (tmp_path / folder).iterdir())
        assert names == ["a.npy", "b.npy", "x.npy"]


def test_cluster_reports_the_paths_of_the_command_line(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.jpg", "PNG")
    request = build_request("max", {"inputs": ["a.jpg"]})
    task = Task(f"{tmp_path}/a.jpg", Target(f"{tmp_path}/out/a.jpg"))
    planned = {f"{tmp_path}/out/a.jpg": PathStatus(None, exists=False)}
    corrected = {f"{tmp_path}/out/a.png": PathStatus(None, exists=False)}
    for relative, names in {
        ("a.jpg",): ("a.jpg", f"{tmp_path}/out/a.png"),
        ("out/a.jpg",): (f"{tmp_path}/a.jpg", "out/a.png"),
    }.items():
        assignment = Assignment(task, WritePermit(planned))
        question = run_assignment(request, assignment, "", f"{tmp_path}/", relative)
        assert question == PathRequest(names[1])
        assignment = Assignment(task, WritePermit(planned | corrected))
        records = run_assignment(request, assignment, "", f"{tmp_path}/", relative)
        assert not isinstance(records, PathRequest)
        assert records[0].error is None
        assert (records[0].input, records[0].output) == names
        (tmp_path / "out" / "a.png").unlink()


def test_local_cluster_that_does_not_start_fails_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poolcli.batch.workers.start_or_connect_dask.START_SECONDS", 0.1)
    monkeypatch.setattr("poolcli.batch.workers.start_or_connect_dask.START_SECONDS_PER_WORKER", 0.0)
    distributed = load()
    monkeypatch.setattr(distributed, "LocalCluster", lambda **given: time.sleep(60))
    with pytest.raises(ClusterError, match="did not start within"):
        start_cluster(distributed, 1)


def test_no_scheduler_at_the_address(poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poolcli.batch.workers.dask_workers.SCHEDULER_SECONDS", 0.5)
    Image.new("RGB", (8, 8), "red").save("a.png")
    ran = poolcli("max", "a.png", "--dask", "tcp://127.0.0.1:1")
    assert ran.code == 1
    assert ran.err.startswith("poolcli: no Dask scheduler answers at tcp://127.0.0.1:1: ")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tls://127.0.0.1:1", "distributed.comm.tls.ca-file"),
        ("ucx://127.0.0.1:1", ""),
        ("nonsense://x", "unknown address scheme"),
        ("tcp://", "missing port number"),
        ("tcp://127.0.0.1:x", "invalid literal"),
    ],
)
def test_invalid_scheduler_address(poolcli: Poolcli, address: str, words: str) -> None:
    Image.new("RGB", (8, 8), "red").save("a.png")
    ran = poolcli("max", "a.png", "--quiet", "--dask", address)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert ran.err.startswith(f"poolcli: no Dask scheduler answers at {address}: ")
    assert words in ran.err


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "no answer came within 0.5 s"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak Dask's protocol"),
        (b"\x10" + bytes(7) + b"\1" + bytes(40), ""),
    ],
)
def test_server_that_is_no_scheduler(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch, answer: bytes, words: str
) -> None:
    monkeypatch.setattr("poolcli.batch.workers.dask_workers.SCHEDULER_SECONDS", 0.5)
    Image.new("RGB", (8, 8), "red").save("a.png")
    connections = []

    def listen() -> None:
        with suppress(OSError):  # the end of the listener
            while True:
                connections.append(listener.accept()[0])
                with suppress(ConnectionError):  # the client may have gone
                    connections[-1].sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=listen, daemon=True).start()
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        ran = poolcli("max", "a.png", "--quiet", "--dask", address)
        for connection in connections:
            connection.close()
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert ran.err.startswith(f"poolcli: no Dask scheduler answers at {address}: ")
    assert words in ran.err


def test_workers_without_poolcli_or_of_another_version(
    poolcli: Poolcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poolcli.batch.workers.start_or_connect_dask.WORKER_SECONDS", 1)
    Image.new("RGB", (8, 8), "red").save("a.png")
    contact = str(tmp_path / "scheduler.json")
    common = ("--scheduler-file", contact, "--no-dashboard")
    start = ("scheduler", "--host", "127.0.0.1", "--port", "0", *common)
    with running(*start, folder=tmp_path):
        address = until(lambda: _address(contact))
        ran = poolcli("max", "a.png", "--quiet", "--dask", address)
        assert ran.code == 1
        assert ran.err == (
            f"poolcli: the Dask cluster at {address} has no workers; start some: "
            f"dask worker {address}\n"
        )
        monkeypatch.setattr("poolcli.batch.workers.start_or_connect_dask.WORKER_SECONDS", 10)
        for code, words in (
            ("import sys; sys.modules['poolcli'] = None", "cannot import poolcli"),
            ("import poolcli; poolcli.__version__ = '9.9'", "has poolcli 9.9; install version"),
        ):
            worker = ("worker", *common, "--nthreads", "1", "--no-nanny", "--preload", code)
            with running(*worker, folder=tmp_path):
                ran = poolcli("max", "a.png", "--quiet", "--dask", address)
            assert (ran.code, ran.err.count("\n")) == (1, 1)
            assert words in ran.err


def test_local_cluster_refuses_other_clients_and_keeps_freed_memory(tmp_path: Path) -> None:
    request = build_request("max", {"inputs": ["x.png"]})
    workers = DaskWorkers("local", request, 1, "run")
    try:
        cluster, client = workers._local, workers._client
        assert cluster.scheduler_address.startswith("tls://127.0.0.1:")
        variables = client.run(lambda: dict(os.environ)).values()
        assert len(variables) == 1
        assert not any("MALLOC_TRIM_THRESHOLD_" in each for each in variables)
        ports = client.run(lambda dask_worker: dask_worker.http_server.port).values()
        for port in (cluster.scheduler.http_server.port, *ports):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port))
        with pytest.raises(ClusterError):
            connect(load(), cluster.scheduler_address.replace("tls", "tcp"), 2)
    finally:
        workers.close(abort=False)


def test_missing_cryptography_package(poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    Image.new("RGB", (8, 8), "red").save("a.png")
    ran = poolcli("max", "a.png", "--dask", "local")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "cryptography, which is not installed: pip install cryptography" in ran.err


def test_missing_dask_package(poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    Image.new("RGB", (8, 8), "red").save("a.png")
    ran = poolcli("max", "a.png", "--dask", "local")
    assert ran.code == 1
    assert "pip install distributed cryptography" in ran.err


@pytest.mark.timed
def test_ctrl_c_leaves_the_cluster_running(
    tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = cluster
    (tmp_path / "slow").mkdir()
    for number in range(20):
        np.save(tmp_path / "slow" / f"{number:02}.npy", RNG.random((1200, 1200)))
    line = f"-m poolcli median slow -k 7 -s 1 --dask {address}"
    process = subprocess.Popen(
        [sys.executable, *line.split()],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    until(lambda: list(tmp_path.glob("slow.median*/*.npy")))
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert time.monotonic() - begin < 2
    assert process.returncode == 130
    assert err.count(b"\n") == 1
    assert all(worker.poll() is None for worker in workers)


def test_scheduler_that_ends_during_the_run(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "slow").mkdir()
    for number in range(12):
        np.save(tmp_path / "slow" / f"{number:02}.npy", RNG.random((1200, 1200)))
    contact = str(tmp_path / "scheduler.json")
    common = ("--scheduler-file", contact, "--no-dashboard")
    start = ("scheduler", "--host", "127.0.0.1", "--port", "0", *common)
    with (
        running(*start, folder=elsewhere) as scheduler,
        running("worker", *common, "--nthreads", "1", "--no-nanny", folder=elsewhere),
    ):
        address = until(lambda: _address(contact))
        process = subprocess.Popen(
            [sys.executable, *f"-m poolcli median slow -k 7 -s 1 --dask {address}".split()],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        until(lambda: list(tmp_path.glob("slow.median*/*.npy")))
        scheduler.kill()
        _, err = process.communicate(timeout=40)
    assert process.returncode == 1
    assert (
        err.decode()
        .splitlines()[-1]
        .startswith("poolcli: the connection to the Dask cluster was lost; ")
    )
    assert err.count(b"\n") == 1
