"""Batches on worker processes, some of which die."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.batch.workers import fork_server_client
from tests.batch.processes import below, parent, started, until, workers
from tests.conftest import Poolcli, Shell

RNG = np.random.default_rng(7)


@pytest.fixture(scope="module")
def unchanged_photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for number in range(24):
        pixels = RNG.integers(0, 256, (300, 400, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02}.png", compress_level=1)
    return folder


@pytest.fixture
def photos(unchanged_photos: Path, tmp_path: Path) -> Path:
    return shutil.copytree(unchanged_photos, tmp_path / "photos")


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """Return files that take some time each: medians over large windows."""
    folder = tmp_path / "slow"
    folder.mkdir()
    for number in range(12):
        np.save(folder / f"{number:02}.npy", RNG.random((800, 800)))
    return folder


def test_same_bytes_for_any_number_of_jobs(poolcli: Poolcli, photos: Path) -> None:
    for jobs in (1, 3):
        assert poolcli("avg", "photos", "-j", jobs, "-o", f"out{jobs}/").code == 0
    for path in (photos.parent / "out1").iterdir():
        assert path.read_bytes() == (photos.parent / "out3" / path.name).read_bytes()


@pytest.mark.parametrize("victims", [1, 2])
def test_no_file_fails_after_killed_workers(photos: Path, slow: Path, victims: int) -> None:
    process = started("median slow -k 5 -s 2 -j 2 --json -o out/", slow.parent)
    until(lambda: len(list((slow.parent / "out").glob("*.npy"))) > 0)
    for pid in until(lambda: workers(process))[:victims]:
        os.kill(pid, signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, b"")
    records = [json.loads(line) for line in out.splitlines()]
    assert sorted(record["input"] for record in records) == [f"slow/{n:02}.npy" for n in range(12)]
    assert {record["status"] for record in records} == {"ok"}
    assert len(list((slow.parent / "out").iterdir())) == 12


def test_file_that_kills_its_worker_fails_alone(shell: Shell, photos: Path) -> None:
    # The pixels of one file need more memory than a process may use; the other files are small.
    np.save(photos / "large.npy", np.zeros((6000, 6000)))
    killer = photos.parent / "sitecustomize.py"
    killer.write_text(
        "import os, numpy\n"
        "before = numpy.lib.format.read_magic\n"
        "def read_magic(file, *more):\n"
        "    if getattr(file, 'name', 0) and os.fstat(file.fileno()).st_size > 1 << 27:\n"
        "        os.kill(os.getpid(), 9)\n"
        "    return before(file, *more)\n"
        "numpy.lib.format.read_magic = read_magic\n"
    )
    done = shell(f"PYTHONPATH={killer.parent} poolcli max photos -j 2 --json -o out/")
    assert done.returncode == 1
    records = [json.loads(line) for line in done.stdout.splitlines()]
    failed = [record for record in records if record["status"] != "ok"]
    assert [record["input"] for record in failed] == ["photos/large.npy"]
    assert failed[0]["error"]["type"] == "WorkerDied"
    assert done.stderr.count(b"\n") == 1
    assert len(list((photos.parent / "out").iterdir())) == 24


def test_second_attempt_writes_the_same_bytes(shell: Shell, photos: Path) -> None:
    # The worker dies after it has published the file, before it answers.
    killer = photos.parent / "sitecustomize.py"
    killer.write_text(
        "import os\n"
        "before = os.link\n"
        "def link(source, target, **more):\n"
        "    made = before(source, target, **more)\n"
        "    once = os.path.join(os.path.dirname(__file__), 'once')\n"
        "    if str(target).endswith('07.png') and not os.path.exists(once):\n"
        "        open(once, 'w').close()\n"
        "        os.kill(os.getpid(), 9)\n"
        "    return made\n"
        "os.link = link\n"
    )
    for name in ("07.png", "mislabelled07.png"):
        done = shell(f"PYTHONPATH={killer.parent} poolcli max photos -j 2 --json -o out/")
        assert (done.returncode, done.stderr) == (0, b""), name
        assert len(list((photos.parent / "out").iterdir())) == 24
        shell("rm -r out once; mv photos/07.png photos/07.jpg")


@pytest.mark.timed
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGQUIT, 131)],
)
def test_signals_end_a_batch(slow: Path, number: int, code: int) -> None:
    process = started("median slow -k 15 -s 1 -j 2 -o out/", slow.parent, start_new_session=True)
    until(lambda: len(workers(process)) == 2)
    pids = below(process.pid)
    time.sleep(0.3)
    begin = time.monotonic()
    if number == signal.SIGTERM:
        process.send_signal(number)
    else:
        os.killpg(process.pid, number)  # as a terminal sends it
    _, err = process.communicate(timeout=20)
    assert time.monotonic() - begin < 2
    assert process.returncode == code
    assert err.count(b"\n") == 1
    assert b"--skip-existing" in err
    assert not list(slow.parent.glob("out/.*"))
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "tmp").mkdir()
    for name in ("a.npy", "b.npy"):  # large results, whose files stay open for a while
        shape = (3000, 3000)
        np.lib.format.open_memmap(tmp_path / "in" / name, "w+", np.dtype(float), shape).flush()
    line = "median in -k 25 -s 1 -j 2 -o out/"
    process = started(line, tmp_path, env={**os.environ, "TMPDIR": "tmp"})
    until(lambda: len(list(tmp_path.glob("out/.poolcli-*"))) == 2)
    pids = below(process.pid)
    process.kill()
    process.communicate(timeout=20)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    assert not list(tmp_path.glob("out/.*"))
    assert not list(tmp_path.glob("tmp/*"))


def test_fail_fast(poolcli: Poolcli, photos: Path) -> None:
    (photos / "00.png").write_bytes(b"broken")
    ran = poolcli("max", "photos", "--fail-fast", "-j", 1, "--json", "-o", "out/")
    assert ran.code == 1
    assert 1 < len(ran.records) + 1 < 8
    assert sum(record["status"] == "failed" for record in ran.records) == 1


def test_skip_existing_resumes_a_run(poolcli: Poolcli, photos: Path) -> None:
    assert poolcli("max", "photos/0*.png"[:6], "--include", "0*", "-o", "out/").code == 0
    ran = poolcli("max", "photos", "--skip-existing", "--json", "-o", "out/")
    assert sorted(record["status"] for record in ran.records) == ["ok"] * 14 + ["skipped"] * 10
    ran = poolcli("max", "photos", "--json", "-o", "out/")
    assert {record["status"] for record in ran.records} == {"failed"}


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_no_file_fails_after_closed_streams(shell: Shell, photos: Path, closed: str) -> None:
    shell(f"poolcli max photos -o out/ --quiet {closed}")
    assert len(list((photos.parent / "out").iterdir())) == 24


def test_no_file_fails_after_a_full_standard_error(shell: Shell, photos: Path) -> None:
    done = shell("poolcli max nope photos -o out/ --json 2>/dev/full")
    assert done.returncode == 1
    assert done.stdout.count(b"\n") == 25


def test_stopped_worker_does_not_block_the_others(slow: Path) -> None:
    process = started("median slow -k 5 -s 2 -j 2 --json -o out/", slow.parent)
    first, second = until(lambda: len(found := workers(process)) == 2 and found)
    os.kill(first, signal.SIGSTOP)
    os.kill(second, signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err, out.count(b"\n")) == (0, b"", 12)


def test_no_file_fails_after_worker_that_dies_while_it_sends(shell: Shell, photos: Path) -> None:
    (photos.parent / "sitecustomize.py").write_text(
        "import os, multiprocessing.connection as connection\n"
        "send = connection.Connection.send\n"
        "def half(self, message):\n"
        "    once = os.path.join(os.path.dirname(__file__), 'once')\n"
        "    is_hit = isinstance(message, list) and '07' in message[0].input\n"
        "    if is_hit and not os.path.exists(once):\n"
        "        open(once, 'w').close()\n"
        "        os.write(self.fileno(), b'\\0\\0\\x10\\0half')\n"
        "        os.kill(os.getpid(), 9)\n"
        "    send(self, message)\n"
        "connection.Connection.send = half\n"
    )
    done = shell(f"PYTHONPATH={photos.parent} poolcli max photos -j 2 --json -o out/")
    assert (done.returncode, done.stderr, done.stdout.count(b"\n")) == (0, b"", 24)
    assert (photos.parent / "once").exists()


def test_no_file_fails_after_killed_fork_server(slow: Path) -> None:
    process = started("median slow -k 5 -s 2 -j 2 --json -o out/", slow.parent)
    first, _ = until(lambda: len(found := workers(process)) == 2 and found)
    os.kill(parent(first), signal.SIGKILL)
    os.kill(first, signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err, out.count(b"\n")) == (0, b"", 12)


def test_stopped_fork_server_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork_server_client, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(fork_server_client, "_RUNNING", [])
    os.kill(fork_server_client._start()._pid, signal.SIGSTOP)
    _, connection = fork_server_client.fork_worker()
    connection.close()
    fork_server_client._RUNNING.pop().close()


def test_a_worker_that_is_stopped_before_it_is_ready_is_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fork_server_client, "CHECK_SECONDS", 0.05)
    ours, theirs = socket.socketpair()
    with ours, subprocess.Popen(["sleep", "60"], stdin=theirs) as process:
        theirs.close()
        process.send_signal(signal.SIGSTOP)
        fork_server_client.wait_for_answer(ours, process.pid)
        assert process.wait(timeout=20) == -signal.SIGKILL


def test_tasks_run_in_this_process_if_no_worker_starts(
    poolcli: Poolcli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (photos / "bad.png").write_bytes(b"broken")
    expected = poolcli("max", "photos", "--json", "-o", "workers/")

    def full() -> None:
        raise BlockingIOError(errno.EAGAIN, "no room for a process")

    monkeypatch.setattr(fork_server_client, "fork_worker", full)
    ran = poolcli("max", "photos", "--json", "-o", "here/")
    assert ran.code == expected.code == 1
    assert sorted(each["input"] for each in ran.records) == sorted(
        each["input"] for each in expected.records
    )
    for path in (photos.parent / "workers").iterdir():
        assert path.read_bytes() == (photos.parent / "here" / path.name).read_bytes()


@pytest.mark.parametrize(
    "limit",
    ["ulimit -n 16", "ulimit -n 24", "ulimit -n 40", "ulimit -v 300000", "export TMPDIR=/nowhere",
     "mkdir tmp; chmod 500 tmp; export TMPDIR=$PWD/tmp", f"export TMPDIR=/tmp/{'x' * 200}"],
)  # fmt: skip
def test_no_file_fails_after_resource_limits(shell: Shell, photos: Path, limit: str) -> None:
    done = shell(f"{limit}; poolcli max photos -j 4 -o out/ --quiet", privileged=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert len(list((photos.parent / "out").iterdir())) == 24
