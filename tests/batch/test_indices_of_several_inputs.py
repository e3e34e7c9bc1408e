"""`--indices` with folders, several files and npz archives."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import poolcli as library
from poolcli.batch import large_outputs
from poolcli.batch.plan import make_plan
from poolcli.cli.request_builder import build_request
from tests.batch.processes import started, until, workers
from tests.conftest import Poolcli

RNG = np.random.default_rng(0)


@pytest.fixture
def _inputs(tmp_path: Path, poolcli: Poolcli) -> None:
    """Write pictures and arrays into the folder `in`."""
    (tmp_path / "in/deep").mkdir(parents=True)
    for name in ("in/a.png", "in/deep/b.png"):
        Image.fromarray(RNG.integers(0, 256, (6, 8, 3), np.uint8)).save(name)
    np.save("in/c.npy", RNG.random((2, 6, 8)))
    np.savez("in/d.npz", e=RNG.random((4, 4)), f=RNG.integers(0, 9, (3, 6, 6)))


def names_in(folder: str) -> list[str]:
    """Return the paths of all files below a folder, relative to it."""
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*.*"))


@pytest.mark.usefixtures("_inputs")
def test_the_names_are_those_of_the_outputs(poolcli: Poolcli) -> None:
    ran = poolcli("max", "in", "-r", "--k", 2, "-o", "out", "--indices", "at", "-j", 2)
    assert ran.code == 0, ran.err
    assert names_in("out") == ["a.png", "c.npy", "d.npz", "deep/b.png"]
    assert names_in("at") == ["a.npy", "c.npy", "d.npz", "deep/b.npy"]
    x = np.load("in/c.npy")
    expected = library.pool(x, "max", 2, return_indices=True)[1]
    np.testing.assert_array_equal(np.load("at/c.npy"), expected)
    with Image.open("in/deep/b.png") as image:
        x = np.asarray(image)
    expected = library.pool(x, "max", 2, axes=(0, 1), return_indices=True)[1]
    np.testing.assert_array_equal(np.load("at/deep/b.npy"), expected)
    with np.load("in/d.npz") as inputs, np.load("at/d.npz") as found:
        assert {*found} == {*inputs}
        for key, x in inputs.items():
            expected = library.pool(x, "max", 2, return_indices=True)[1]
            np.testing.assert_array_equal(found[key], expected)


@pytest.mark.usefixtures("_inputs")
def test_names_without_an_output_folder(poolcli: Poolcli) -> None:
    assert poolcli("max", "in", "-r", "--k", 2, "--indices", "at").code == 0
    assert names_in("at") == ["a.npy", "c.npy", "d.npz", "deep/b.npy"]
    assert poolcli("max", "in/c.npy", "--k", 2, "-o", "one.npy", "--indices", "at").code == 0
    assert "one.npy" in names_in("at")
    line = ("min", "in/a.png", "in/c.npy", "--k", 2, "--indices", "new/", "-j", 1)
    assert poolcli(*line).code == 0
    assert names_in("new") == ["a.min-k2-s2.npy", "c.min-k2-s2.npy"]


@pytest.mark.usefixtures("_inputs")
def test_the_folder_of_indices_is_no_input(poolcli: Poolcli) -> None:
    line = ("max", "in", "-r", "--k", 2, "-o", "out", "--indices", "in/at/", "--json")
    assert len(poolcli(*line).records) == len(poolcli(*line, "--overwrite").records) == 5


@pytest.mark.usefixtures("_inputs")
def test_a_file_is_skipped_only_if_both_outputs_exist(poolcli: Poolcli) -> None:
    line = ("max", "in", "--k", 2, "-o", "out", "--indices", "at/", "--json", "-j", 1)
    assert poolcli(*line).code == 0
    complete = Path("at/a.npy").read_bytes()
    Path("at/a.npy").write_bytes(b"old")
    Path("at/c.npy").unlink()
    Path("out/d.npz").unlink()
    ran = poolcli(*line, "--skip-existing")
    assert ran.code == 0
    assert Path("at/a.npy").read_bytes() == b"old"
    assert Path("at/c.npy").exists()
    assert Path("out/d.npz").exists()
    status = {record["input"]: record["status"] for record in ran.records}
    assert status == {"in/a.png": "skipped", "in/c.npy": "skipped", "in/d.npz": "ok"}
    Path("out/a.png").unlink()
    ran = poolcli(*line)  # the indices exist, so that the values are not written either
    assert ran.code == 1
    assert not Path("out/a.png").exists()
    assert poolcli(*line, "--overwrite").code == 0
    assert Path("at/a.npy").read_bytes() == complete


@pytest.mark.usefixtures("_inputs")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("in/a.png in/c.npy --indices at.npy", "at.npy names one file for several inputs"),
        ("in --indices at.npz", "at.npz names one file for several inputs"),
        ("in --indices in/a.png", "not 'in/a.png'"),
        ("in -o out/ --indices out/", "in/c.npy is written to out/c.npy too"),
        ("in/a.png in/deep/a.jpg -o out/ --indices at/", "--indices of in/a.png is written to "
         "at/a.npy too"),
        ("in/c.npy in/d.npz --indices in/ -o out/ --overwrite", "in/c.npy, which is an input too; "
         "name another file or folder"),
    ],
)  # fmt: skip
def test_conflicts_are_found_before_any_work(
    poolcli: Poolcli, tmp_path: Path, line: str, words: str
) -> None:
    Image.new("RGB", (6, 8)).save("in/deep/a.jpg")
    before = sorted(tmp_path.rglob("*"))
    ran = poolcli("max", *line.split(), "--k", 2)
    assert ran.code == 2
    assert words in " ".join(ran.err.replace("│", " ").split())
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.usefixtures("_inputs")
def test_indices_that_cannot_be_written_leave_no_outputs(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = poolcli("max", "in", "--k", 2, "-o", "out/", "--indices", "file/at/", "-j", 2)
    assert ran.code == 1
    assert "cannot write file/at/a.npy" in ran.err
    assert names_in("out") == []


@pytest.mark.usefixtures("_inputs")
def test_permits_name_both_files() -> None:
    given = {"inputs": ["in"], "output": "out", "indices": "at/", "jobs": 2}
    request = build_request("max", given)
    plan = make_plan(request)
    permits = [plan.registry.worker_permit(task, request) for task in plan.tasks]
    assert [sorted(permit.statuses) for permit in permits] == [
        ["at/a.npy", "out/a.png"], ["at/c.npy", "out/c.npy"], ["at/d.npz", "out/d.npz"],
    ]  # fmt: skip
    assert {os.path.realpath("at"), os.path.realpath("out")} <= {*plan.registry.output_folders()}


def test_temporary_files_of_a_killed_worker_are_removed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    np.save(tmp_path / "in/a.npy", np.zeros((3000, 3000), np.uint8))
    np.save(tmp_path / "in/b.npy", np.zeros((3, 3), np.uint8))
    line = "max in --k 2 --s 1 -o out/ --indices at/ -j 1"
    with started(line, tmp_path) as run:
        until(lambda: list(tmp_path.glob("at/.poolcli-*")))
        (worker,) = workers(run)
        os.kill(worker, signal.SIGKILL)
        _, errors = run.communicate(timeout=60)
    assert (run.returncode, errors) == (0, b"")
    for folder in ("at", "out"):
        assert sorted(path.name for path in (tmp_path / folder).iterdir()) == ["a.npy", "b.npy"]


def test_the_frames_of_an_image_in_an_npz(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_outputs, "MAX_BYTES_IN_MEMORY", 0)
    frames = [Image.fromarray(RNG.integers(0, 256, (4, 6), np.uint8)) for _ in range(2)]
    frames[0].save("x.tif", save_all=True, append_images=frames[1:])
    assert poolcli("max", "x.tif", "--k", 2, "-o", "y.npz", "--indices", "at.npz").code == 0
    with np.load("at.npz") as found:
        assert {key: array.shape for key, array in found.items()} == {"arr_0": (2, 2, 3)}


@pytest.mark.parametrize(("name", "code"), [("at", 0), ("at.npz", 0), ("at.npy", 1)])
def test_names_for_an_npz(poolcli: Poolcli, name: str, code: int) -> None:
    np.savez("x.npz", a=np.eye(4), b=np.ones((2, 2)))
    ran = poolcli("max", "x.npz", "--k", 2, "--indices", name)
    assert ran.code == code
    if code:
        assert "the indices of 2 arrays do not go into one .npy; name an .npz" in ran.err
        assert not Path("x.max-k2-s2.npz").exists()
    else:
        with np.load(name) as found:
            assert found["a"].tolist() == [[0, 2], [8, 10]]


def test_large_members_wait_in_a_file(poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = {"a": RNG.random((40, 40)), "b": RNG.random((20, 30))}
    np.savez("x.npz", **arrays)
    monkeypatch.setattr(large_outputs, "MAX_BYTES_IN_MEMORY", 3000)
    assert poolcli("max", "x.npz", "--k", 2, "--indices", "at.npz").code == 0
    with np.load("at.npz") as found:
        for key, x in arrays.items():
            expected = library.pool(x, "max", 2, return_indices=True)[1]
            np.testing.assert_array_equal(found[key], expected)
