"""A fault of one file or of an output folder costs no other file."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.batch.processes import holds, started, until, workers
from tests.conftest import Poolcli, Shell, unprivileged

RNG = np.random.default_rng(9)
GOOD = 8


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Return a folder of good files, to which a test adds bad ones."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(GOOD):
        pixels = RNG.integers(0, 256, (60, 80), np.uint8)
        Image.fromarray(pixels).save(folder / f"good{number}.png")
    return folder


def records(done: subprocess.CompletedProcess[bytes]) -> dict[str, dict[str, Any]]:
    """Return the JSON lines of inputs that failed."""
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum(record["status"] == "ok" for record in found) == GOOD
    return {record["input"]: record for record in found if record["status"] != "ok"}


def whole(folder: Path) -> list[str]:
    """Return the names of the files in an output folder; check that each can be read."""
    names = sorted(path.name for path in folder.iterdir())
    for name in names:
        if name.endswith(".png"):
            Image.open(folder / name).load()
    return names


GOOD_NAMES = [f"good{number}.png" for number in range(GOOD)]


def bmp(size: int) -> bytes:
    """Return the header of a grey image, whose pixels may be a hole in a sparse file."""
    info = struct.pack("<IiiHHIIiiII", 40, size, size, 1, 8, 0, 0, 0, 0, 256, 0)
    palette = b"".join(bytes((value, value, value, 0)) for value in range(256))
    return struct.pack("<2sIHHI", b"BM", 0, 0, 0, 54 + len(palette)) + info + palette


def test_bad_inputs_of_every_kind_fail_alone(shell: Shell, mixed: Path) -> None:
    np.save(mixed / "lies.npy", np.zeros((8, 8)))
    with (mixed / "lies.npy").open("r+b") as file:
        file.write((mixed / "lies.npy").read_bytes()[:128].replace(b"(8, 8)", b"(8,80)"))
    np.save(mixed / "pickled.npy", np.array([{}, None], object))
    (mixed / "cut.png").write_bytes((mixed / "good0.png").read_bytes()[:300])
    (mixed / "empty.png").write_bytes(b"")
    (mixed / "text.jpg").write_text("no picture")
    (mixed / "gone.png").symlink_to("nowhere")
    (mixed / "folder.png").mkdir()
    os.mkfifo(mixed / "fifo.png")
    done = shell("poolcli max in -j 2 --json -o out/")
    assert done.returncode == 1
    failed = records(done)
    words = {
        "in/lies.npy": "its header claims 8x80",
        "in/pickled.npy": "pickled Python objects, which are never loaded",
        "in/cut.png": "cannot be decoded",
        "in/empty.png": "the file is empty",
        "in/text.jpg": "a text file",
        "in/gone.png": "there is no such file",
    }
    assert sorted(failed) == sorted(words)
    for name, expected in words.items():
        assert expected in failed[name]["error"]["message"], name
        assert failed[name]["output"] is None
    assert done.stderr.count(b"\n") == len(words)
    assert whole(mixed.parent / "out") == GOOD_NAMES


@unprivileged
def test_unreadable_inputs(shell: Shell, mixed: Path) -> None:
    Image.new("L", (8, 8)).save(mixed / "shut.png")
    (mixed / "shut.png").chmod(0)
    done = shell("poolcli max in -j 2 --json -o out/", privileged=False)
    assert list(records(done)) == ["in/shut.png"]
    assert done.returncode == 1
    assert b"Permission denied; chmod +r" in done.stderr
    assert whole(mixed.parent / "out") == GOOD_NAMES


@unprivileged
def test_output_folder_without_write_permission(shell: Shell, mixed: Path) -> None:
    (mixed.parent / "out").mkdir(0o555)
    done = shell("poolcli max in -j 2 -o out/ --quiet", privileged=False)
    assert done.returncode == 1
    assert sorted(done.stderr.decode().splitlines()) == [
        f"poolcli: in/{name}: cannot write out/{name}: Permission denied" for name in GOOD_NAMES
    ]
    assert whole(mixed.parent / "out") == []


def test_output_name_of_an_existing_folder(poolcli: Poolcli, mixed: Path) -> None:
    (mixed.parent / "out" / "good3.png").mkdir(parents=True)
    for flags in ((), ("--overwrite",), ("--skip-existing",)):
        ran = poolcli("max", "in", "-o", "out/", "--json", *flags)
        failed = {each["input"]: each for each in ran.records if each["status"] == "failed"}
        assert ran.code == 1
        assert "is a folder" in failed["in/good3.png"]["error"]["message"]


@pytest.mark.parametrize("how", ["a limit", "a small disk"])
def test_full_disk(shell: Shell, mixed: Path, how: str) -> None:
    for number in range(3):
        np.save(mixed / f"large{number}.npy", RNG.random((900, 900)))
    line = "poolcli max in -k 1 --json -o out/"
    if how == "a limit":
        done = shell(f"ulimit -f 1000; {line} -j 2")
        words = "File too large"
    else:
        if shell("unshare -m true").returncode:
            pytest.skip("file systems may not be mounted here")
        mount = "mkdir out && mount -t tmpfs -o size=2m none out"
        line += (
            " -j 1"  # two at a time: a large file could fill the disk while a small one is written
        )
        done = shell(f"unshare -m bash -c '{mount} && {line}; code=$?; ls -A out >&3; exit $code'"
                     " 3> listing")  # fmt: skip
        words = "No space left on device"
    assert done.returncode == 1
    failed = records(done)
    assert sorted(failed) == [f"in/large{number}.npy" for number in range(3)]
    for name, record in failed.items():
        assert record["error"]["message"] == f"cannot write out/{name[3:]}: {words}"
    if how == "a limit":
        assert whole(mixed.parent / "out") == GOOD_NAMES
    else:
        assert (mixed.parent / "listing").read_text().split() == GOOD_NAMES


def test_worker_without_enough_memory(shell: Shell, mixed: Path) -> None:
    with (mixed / "huge.bmp").open("wb") as file:
        file.write(bmp(50_000))
        file.truncate(file.tell() + 50_000**2)
    line = "poolcli max in -j 2 --json -o out/ --max-pixels 0"
    done = shell(f"ulimit -v 2000000; {line}")
    assert done.returncode == 1
    (failed,) = records(done).values()
    assert failed["error"]["message"] == "there is not enough memory for it"
    assert done.stderr == b"poolcli: in/huge.bmp: there is not enough memory for it\n"
    assert whole(mixed.parent / "out") == GOOD_NAMES


@pytest.mark.parametrize("change", ["vanishes", "shrinks", "is written to"])
def test_input_that_changes_while_it_is_read(tmp_path: Path, change: str) -> None:
    (tmp_path / "in").mkdir()
    paths = [tmp_path / "in" / f"{number}.npy" for number in range(4)]
    for path in paths:
        np.save(path, RNG.random((700, 700)))
    process = started("median in -k 9 -s 1 -j 1 --json -o out/", tmp_path)
    if change == "vanishes":
        until(lambda: any(holds(pid, paths[0]) for pid in workers(process)))
        paths[3].unlink()
        bad, words = paths[3], "there is no such file"
    else:
        until(lambda: any(holds(pid, paths[1]) for pid in workers(process)))
        time.sleep(0.05)  # wait for the read, and for the resolution of file times
        if change == "shrinks":
            os.truncate(paths[1], 4096)
        else:
            with paths[1].open("r+b") as file:
                file.seek(2048)
                file.write(b"\0\0\0\0")
        bad, words = paths[1], "while it was read; try again when it is complete"
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    lines = [json.loads(line) for line in out.splitlines()]
    (failed,) = [record for record in lines if record["status"] == "failed"]
    assert failed["input"] == f"in/{bad.name}"
    assert words in failed["error"]["message"]
    assert err.count(b"\n") == 1
    left = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert left == [path.name for path in paths if path != bad]
