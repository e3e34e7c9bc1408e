"""Faults while a store is made: killed processes, a full disk, damaged and vanishing inputs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from poolcli.batch.zarr_stores import boxes, make_store_plan, pool_store
from poolcli.batch.zarr_stores.progress_journal import JOURNAL_NAME
from poolcli.io.zarr.partial_store import PartialStore
from tests.batch.processes import started, until, workers
from tests.conftest import Poolcli, Shell
from tests.io.zarr.stores import write_image

PARTIAL = ".poolcli-partial-y.zarr"
SHAPE = (128, 512, 512)
LINE = "median labels.zarr --k 2 --levels 2 -o y.zarr --json -j 2"


@pytest.fixture(scope="module")
def large_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a label image of 64 MB, of 8 boxes; a part of it has only fill values."""
    folder = tmp_path_factory.mktemp("large")
    small = np.random.default_rng(5).integers(0, 9, [size // 8 for size in SHAPE]).astype(np.uint16)
    small[:8, :16, :16] = 0
    axes = [{"name": name, "type": "space", "unit": "nanometer"} for name in "zyx"]
    values = small.repeat(8, 0).repeat(8, 1).repeat(8, 2)
    write_image(folder / "labels.zarr", values, axes=axes, chunks=(32, 32, 32))
    return folder / "labels.zarr"


@pytest.fixture(scope="module")
def complete(large_store: Path) -> dict[str, str]:
    """Return the contents of the store that a run without faults makes."""
    folder = large_store.parent
    code, _, err = finish(started(LINE, folder))
    assert code == 0, err
    return digests(folder / "y.zarr")


@pytest.fixture
def folder(large_store: Path, tmp_path: Path) -> Path:
    (tmp_path / "labels.zarr").symlink_to(large_store)
    return tmp_path


def digests(store: Path) -> dict[str, str]:
    """Return a digest of each file in a store."""
    return {
        str(path.relative_to(store)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in store.rglob("*")
        if path.is_file()
    }


def finish(process: subprocess.Popen[bytes]) -> tuple[int, bytes, bytes]:
    """Wait for a process; return its exit code and its output."""
    out, err = process.communicate()
    return process.returncode, out, err


def lines_of_journal(folder: Path) -> int:
    journal = folder / PARTIAL / JOURNAL_NAME
    return len(journal.read_bytes().splitlines()) if journal.exists() else 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_an_ended_run_is_resumed(
    folder: Path, complete: dict[str, str], number: signal.Signals
) -> None:
    process = started(LINE, folder)
    until(lambda: lines_of_journal(folder) > 4)
    process.send_signal(number)
    code, _, err = finish(process)
    (folder / PARTIAL / "1" / "c" / ".0.1234.partial").touch()  # as zarr names what it writes
    assert not (folder / "y.zarr").exists()
    if number == signal.SIGINT:
        assert code == 130
        assert b"--skip-existing" in err
    until(lambda: not workers(process))
    kept = lines_of_journal(folder) - 1
    first = min((folder / PARTIAL / "1").rglob("c/*/*/*"), key=lambda path: path.stat().st_mtime)
    written_at = first.stat().st_mtime_ns
    code, out, err = finish(started(f"{LINE} --skip-existing", folder))
    assert code == 0, err
    assert kept > 3
    assert digests(folder / "y.zarr") == complete
    again = folder / "y.zarr" / first.relative_to(folder / PARTIAL)
    assert again.stat().st_mtime_ns == written_at  # it was not computed again
    record = json.loads(out.splitlines()[0])
    values = zarr.open_array(folder / "labels.zarr" / "0", mode="r")[...]
    assert record["in"]["mean"] == pytest.approx(values.mean(dtype=float), rel=1e-12)
    assert sorted(path.name for path in folder.iterdir()) == ["labels.zarr", "y.zarr"]


def test_a_killed_worker_costs_nothing(folder: Path, complete: dict[str, str]) -> None:
    process = started(LINE, folder)
    until(lambda: lines_of_journal(folder) > 3)
    os.kill(until(lambda: workers(process))[0], signal.SIGKILL)
    assert finish(process)[0] == 0
    assert digests(folder / "y.zarr") == complete


def test_a_full_disk(shell: Shell, folder: Path) -> None:
    done = shell(f"export PYTHONDONTWRITEBYTECODE=1; ulimit -f 1; poolcli {LINE}")
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1
    assert b"poolcli: labels.zarr: cannot write y.zarr: File too large" in done.stderr
    assert {path.name for path in folder.iterdir()} == {"labels.zarr", "bin"}


@pytest.fixture
def small_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (boxes, make_store_plan):
        monkeypatch.setattr(module, "MAX_BOX_BYTES", 1 << 12)
    monkeypatch.setattr(boxes, "MIN_BOX_BYTES", 1 << 10)
    monkeypatch.setattr(pool_store, "MAX_BYTES_FOR_ONE_WORKER", 0)


AXES = [{"name": name, "type": "space"} for name in "zyx"]


def write_small() -> None:
    x = np.random.default_rng(2).integers(1, 9, (16, 16, 16)).astype(np.uint16)
    write_image("x.zarr", x, axes=AXES, chunks=(4, 4, 4))


@pytest.mark.usefixtures("small_boxes")
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_damaged_chunk(poolcli: Poolcli, jobs: int) -> None:
    write_small()
    Path("x.zarr/0/c/2/1/3").write_bytes(b"damaged")
    ran = poolcli("mode", "x.zarr", "--levels", 2, "-o", "y.zarr", "-j", jobs, "--json")
    assert ran.code == 1
    assert "the chunk 2/1/3 of dataset 0 (0/c/2/1/3) is damaged" in ran.err
    assert ran.record["error"]["type"] == "ReadError"
    assert [path.name for path in Path().iterdir()] == ["x.zarr"]


@pytest.mark.usefixtures("small_boxes")
def test_what_is_complete_stays_if_the_run_may_be_resumed(poolcli: Poolcli) -> None:
    write_small()
    chunk = Path("x.zarr/0/c/3/3/3")
    good = chunk.read_bytes()
    chunk.write_bytes(b"damaged")
    line = ("mode", "x.zarr", "--levels", 2, "-o", "y.zarr", "-j", 1, "--skip-existing")
    assert poolcli(*line).code == 1
    assert lines_of_journal(Path()) > 1
    chunk.write_bytes(good)
    assert poolcli(*line).code == 0
    assert poolcli(*line[:5], "z.zarr").code == 0
    assert digests(Path("y.zarr")) == digests(Path("z.zarr"))


@pytest.mark.usefixtures("small_boxes")
def test_a_damaged_partial_store_is_not_used(poolcli: Poolcli) -> None:
    write_small()
    line = ("mode", "x.zarr", "--levels", 2, "-o", "y.zarr", "-j", 1, "--skip-existing", "--json")
    mean = poolcli(*line).records[0]["in"]["mean"]
    expected = digests(Path("y.zarr"))
    shutil.rmtree("y.zarr")
    chunk = Path("x.zarr/0/c/3/3/3")
    good = chunk.read_bytes()
    chunk.write_bytes(b"damaged")
    assert poolcli(*line).code == 1
    chunk.write_bytes(good)
    Path(PARTIAL).rename("saved")
    Path("mine").write_text("mine")
    for damage in ("5", "[0, 999, [], []]", "\udcff", "array", "link"):
        shutil.copytree("saved", PARTIAL)
        journal = Path(PARTIAL, JOURNAL_NAME)
        if damage == "array":
            Path(PARTIAL, "1/zarr.json").unlink()
        elif damage == "link":
            journal.unlink()
            journal.symlink_to("../mine")
        else:
            lines = journal.read_text().splitlines()
            lines[3] = damage
            journal.write_bytes("\n".join([*lines, ""]).encode(errors="surrogateescape"))
        ran = poolcli(*line)
        assert ran.code == 0, ran.err
        assert ran.records[0]["in"]["mean"] == mean
        assert digests(Path("y.zarr")) == expected
        shutil.rmtree("y.zarr")
    assert Path("mine").read_text() == "mine"


@pytest.mark.usefixtures("small_boxes")
def test_a_store_that_vanishes_does_not_read_as_fill_values(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_small()
    computed = pool_store.compute_box

    def compute(*args: Any) -> Any:
        result = computed(*args)
        shutil.rmtree("x.zarr", ignore_errors=True)
        return result

    monkeypatch.setattr(pool_store, "compute_box", compute)
    ran = poolcli("mode", "x.zarr", "--levels", 1, "-o", "y.zarr", "-j", 1)
    assert ran.code == 1
    assert "poolcli: x.zarr: dataset 0 vanished while it was read" in ran.err
    assert not list(Path().iterdir())


@pytest.mark.usefixtures("small_boxes")
def test_another_plan_begins_anew(poolcli: Poolcli) -> None:
    write_small()
    chunk = Path("x.zarr/0/c/3/3/3")
    good = chunk.read_bytes()
    chunk.write_bytes(b"damaged")
    line = ("x.zarr", "--levels", 1, "-o", "y.zarr", "-j", 1, "--skip-existing")
    assert poolcli("median", *line).code == 1
    assert lines_of_journal(Path()) > 1
    chunk.write_bytes(good)
    assert poolcli("max", *line).code == 0
    x = zarr.open_array("x.zarr/0", mode="r")[...]
    expected = x.reshape(8, 2, 8, 2, 8, 2).max((1, 3, 5))
    np.testing.assert_array_equal(zarr.open_array("y.zarr/1", mode="r")[...], expected)


def test_only_one_process_writes_a_store(poolcli: Poolcli) -> None:
    write_small()
    with PartialStore("y.zarr"):
        ran = poolcli("mode", "x.zarr", "--levels", 1, "-o", "y.zarr")
    assert ran.code == 1
    assert "another process is writing" in ran.err


def test_chunks_of_fill_values_stay_unwritten(complete: dict[str, str]) -> None:
    assert "0/c/0/0/0" not in complete
    assert "1/c/0/0/0" not in complete
    assert "0/c/0/4/0" in complete
    assert "1/c/0/2/0" in complete
    assert not [name for name in complete if "temporary" in name or "progress" in name]
