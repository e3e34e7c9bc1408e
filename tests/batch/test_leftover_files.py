"""The next run removes temporary files of killed runs, and keeps those of running ones."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.batch.plan import make_plan
from poolcli.batch.scheduler import run_plan
from poolcli.cli.request_builder import build_request
from poolcli.io.atomic_write import RUN_ID, atomic_write, host_hash
from poolcli.io.leftover_files import remove_leftovers
from poolcli.report.progress_bar import HiddenProgress
from tests.batch.processes import below, holds, started, until, workers
from tests.conftest import Poolcli

LEFT = f".poolcli-0123abcd-{host_hash()}-0123456789abcdef"
KILLS = Path(__file__).parents[2] / "benchmarks" / "killed_batches.py"


def temporaries(folder: Path) -> list[Path]:
    return list(folder.glob(".poolcli-*"))


@pytest.mark.parametrize(
    "command",
    [
        ("max", "x.npy", "-o", "out/"),
        ("max", "x.npy", "x.png", "-o", "out/", "-j", 1),
        ("max", "x.npy", "-o", "y.npy", "--indices", "out/at.npy"),
        ("max", "x.npy", "-o", "y.npy", "--html", "out/page.html"),
        ("compare", "x.npy", "-o", "out/sheet.png"),
        ("explain", "max", "x.npy", "--svg", "out/x.svg"),
    ],
)
def test_every_command_removes_leftovers_of_a_killed_run(
    poolcli: Poolcli, tmp_path: Path, command: tuple[object, ...]
) -> None:
    np.save("x.npy", np.zeros((8, 8)))
    Image.new("L", (8, 8)).save("x.png")
    Path("out").mkdir()
    Path("out", LEFT).write_bytes(b"half")
    if command[0] == "max":
        assert poolcli(*command, "--dry-run").code == 0
        assert temporaries(tmp_path / "out")
    assert poolcli(*command).code == 0
    assert not temporaries(tmp_path / "out")


def test_other_files_stay(tmp_path: Path) -> None:
    names = [".poolcli-mine", f"{LEFT}.png", LEFT.replace("abcd", "ABCD"), LEFT[1:]]
    other_host = f"{int(host_hash(), 16) ^ 1:08x}"
    names.append(f".poolcli-0123abcd-{other_host}-0123456789abcdef")
    for name in names:
        (tmp_path / name).write_bytes(b"mine")
    (tmp_path / LEFT).mkdir()
    os.mkfifo(tmp_path / (LEFT[:-1] + "0"))
    (tmp_path / (LEFT[:-1] + "1")).symlink_to(tmp_path / names[0])
    before = sorted(tmp_path.iterdir())
    remove_leftovers([str(tmp_path), str(tmp_path / "missing")])
    assert sorted(tmp_path.iterdir()) == before


def test_old_files_of_other_hosts_are_removed(tmp_path: Path) -> None:
    path = tmp_path / f".poolcli-0123abcd-{int(host_hash(), 16) ^ 1:08x}-0123456789abcdef"
    path.write_bytes(b"half")
    os.utime(path, (0, 0))
    remove_leftovers([str(tmp_path)])
    assert not path.exists()


def test_a_run_killed_after_it_published_keeps_its_file(tmp_path: Path) -> None:
    (tmp_path / LEFT).write_bytes(b"whole")
    (tmp_path / "x").hardlink_to(tmp_path / LEFT)
    remove_leftovers([str(tmp_path)])
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_the_files_of_one_run_are_removed_and_live_ones_stay(tmp_path: Path) -> None:
    others = LEFT.replace("0123abcd", "00000000")
    for name in (LEFT, others):
        (tmp_path / name).write_bytes(b"half")
    token = RUN_ID.set("0123abcd")
    try:
        with atomic_write(str(tmp_path / "x"), replace=False, allow_special=False) as file:
            file.write(b"new")
            remove_leftovers([str(tmp_path)], "0123abcd")
            assert len(temporaries(tmp_path)) == 2
            remove_leftovers([str(tmp_path)])
            assert len(temporaries(tmp_path)) == 1
    finally:
        RUN_ID.reset(token)
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_leftovers_of_a_process_that_ends_during_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.zeros((4, 4)))
    request = build_request("max", {"inputs": ["x.npy"]})
    with Path(LEFT).open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        run_plan(make_plan(request), request, lambda record: file.close(), HiddenProgress())
    assert not temporaries(tmp_path)


def test_finished_file_is_kept_before_it_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.link

    def link(source: str, target: str, **more: bool) -> None:
        remove_leftovers([str(tmp_path)])
        before(source, target, **more)

    monkeypatch.setattr(os, "link", link)
    with atomic_write(str(tmp_path / "x"), replace=False, allow_special=False) as file:
        file.write(b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("victim", ["the only process", "a group", "workers"])
def test_killed_run_is_repeated(tmp_path: Path, poolcli: Poolcli, victim: str) -> None:
    Path("in").mkdir()
    for number in range(1 if victim == "the only process" else 3):
        np.save(f"in/{number}.npy", np.zeros((3000, 3000)))
    source = "in/0.npy" if victim == "the only process" else "in"
    process = started(f"median {source} -k 15 -s 1 -j 2 -o out/", tmp_path, start_new_session=True)
    out = tmp_path / "out"
    until(lambda: temporaries(out))
    assert poolcli("max", "in", "-k", 2, "-o", "out/", "--overwrite", "--quiet").code == 0
    assert temporaries(out)  # the run has not ended
    pids = [process.pid, *below(process.pid)]
    if victim == "workers":
        for pid in workers(process):
            os.kill(pid, signal.SIGKILL)
        process.send_signal(signal.SIGTERM)
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    until(lambda: not any(holds(pid, path) for pid in pids for path in temporaries(out)))
    ran = poolcli("max", "in", "-k", 2, "-o", "out/", "--overwrite", "--quiet")
    assert (ran.code, ran.err) == (0, "")
    assert not temporaries(out)


def test_killed_runs_are_resumed_to_the_same_bytes() -> None:
    done = subprocess.run(
        [sys.executable, str(KILLS), "--kills", "3", "--small"],
        env=os.environ | {"PYTHONPATH": str(KILLS.parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "18 outputs as from an undisturbed run" in done.stdout
