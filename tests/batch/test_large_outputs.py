"""Results that are streamed into files equal results that are computed in memory."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolcli.batch import array_summary, large_outputs
from poolcli.core import blocks
from poolcli.io.arrays import npy_pipe_writer
from poolcli.io.arrays.npy import create_npy
from poolcli.io.arrays.npy_header import NpyHeader
from poolcli.io.tiff import open_tiff
from tests.conftest import Poolcli, Shell

RNG = np.random.default_rng(12)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Treat every array as large, and use small blocks."""

    def take() -> None:
        monkeypatch.setattr(array_summary, "MAX_BYTES_IN_MEMORY", 0)
        monkeypatch.setattr(large_outputs, "MAX_BYTES_IN_MEMORY", 0)
        monkeypatch.setattr(blocks, "MAX_WORKING_SET_BYTES", 600)

    return take


LINES = [
    "max x.npy --k 3 --s 2 --p 1 --ceil",
    "avg x.npy --k 2x3",
    "median x.npy --k 3 --s 1 --d 2",
    "mode x.npy --k 3 --p same",
    "std x.npy --global",
    "sum x.npy --adaptive 4x_",
    "quantile x.npy --adaptive 3 --q 0.2",
    "avg x.npy --ignore 3",
    "avg x.npy --dtype uint8",
    "max x.npy --layout DHW --k 2",
    "max x.npy --layout HWC --k 2",
    "min x.npy --layout WHC --k 2x3",
    "max x.npy --levels 2",
    "avg x.npy --levels 3 --dtype int16",
    "max x.npy --indices i.npy --k 3 --s 2",
]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["uint8", ">i2", "float64"])
@pytest.mark.parametrize("line", LINES)
def test_streamed_results_equal_those_computed_in_memory(
    poolcli: Poolcli, tmp_path: Path, tiny: Any, line: str, dtype: str, order: Any
) -> None:
    np.save("x.npy", np.asarray(RNG.integers(0, 9, (9, 17, 21)).astype(dtype), order=order))
    found = {}
    for name in ("memory", "file"):
        ran = poolcli(*line.split(), "-o", f"{name}/", "--json")
        assert ran.code == 0, ran.err
        files = {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        indices = tmp_path / "i.npy"
        if indices.exists():
            files["i.npy"] = indices.read_bytes()
            indices.unlink()
        told = [{**each, "seconds": 0, "output": Path(each["output"]).name} for each in ran.records]
        for each in told:
            for side in ("in", "out"):
                each[side]["mean"] = pytest.approx(each[side]["mean"], rel=1e-12)
        found[name] = files, told
        tiny()
    assert found["file"] == found["memory"]


def test_existing_outputs_stay(poolcli: Poolcli, tmp_path: Path, tiny: Any) -> None:
    np.save("x.npy", RNG.random((3, 40, 40)))
    tiny()
    assert poolcli("max", "x.npy", "--levels", 3, "-o", "y.npy", "--dry-run").code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]
    (tmp_path / "y.L2.npy").write_bytes(b"mine")
    ran = poolcli("max", "x.npy", "--levels", 3, "-o", "y.npy")
    assert (ran.code, "exists" in ran.err) == (1, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.npy", "y.L2.npy"]
    ran = poolcli("max", "x.npy", "--levels", 3, "-o", "y.npy", "--skip-existing", "--json")
    assert [record["status"] for record in ran.records] == ["ok", "skipped", "ok"]
    assert (tmp_path / "y.L2.npy").read_bytes() == b"mine"
    assert np.load(tmp_path / "y.L3.npy").shape == (3, 5, 5)
    assert poolcli("max", "x.npy", "-o", "x.npy", "--overwrite").code == 1


def test_failure_leaves_no_file(poolcli: Poolcli, tmp_path: Path, tiny: Any) -> None:
    np.save("x.npy", RNG.random((3, 40, 40)))
    tiny()
    (tmp_path / "file").touch()
    assert poolcli("max", "x.npy", "-o", "y.npy", "--indices", "file/i.npy").code == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "x.npy"]


def test_streaming_into_a_pipe(shell: Shell, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", RNG.integers(0, 255, (3, 5000, 5000), np.uint8))
    done = shell("poolcli max x.npy -k 2 -s 1 -o y.npy --quiet && poolcli max x.npy -k 2 -s 1 -o - "
                 "--quiet | cmp - y.npy")  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    done = shell("poolcli max x.npy -k 2 -s 1 -o - | head -c 100 | wc -c; echo ${PIPESTATUS[0]}")
    assert done.stdout.split() == [b"100", b"141"]


class Pipe(io.BytesIO):
    """A file object without `seek`."""

    def seekable(self) -> bool:
        return False


def test_blocks_that_wait_for_a_pipe_may_be_overwritten() -> None:
    file = Pipe()
    scratch = np.empty((1, 3), np.uint8)
    with create_npy(file, NpyHeader((3, 3), False, scratch.dtype)) as out:
        for row in (2, 1, 0):
            scratch[:] = row
            out[row : row + 1, 0:3] = scratch
    file.seek(0)
    assert np.load(file)[:, 0].tolist() == [0, 1, 2]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_blocks_in_any_order_into_a_pipe(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 7), min_size=1, max_size=3)))
    fortran_order = data.draw(st.booleans())
    x = RNG.integers(0, 99, shape).astype(data.draw(st.sampled_from(["u1", "i4", "f8"])))
    steps = [data.draw(st.integers(1, n)) for n in shape]
    boxes = list(blocks.split_into_blocks([(0, n) for n in shape], steps, range(len(shape))))
    file = Pipe()
    before, npy_pipe_writer.MAX_WAITING_BYTES = (
        npy_pipe_writer.MAX_WAITING_BYTES,
        data.draw(st.sampled_from([16, 1 << 20])),
    )
    try:
        with create_npy(file, NpyHeader(shape, fortran_order, x.dtype)) as out:
            for box in data.draw(st.permutations(boxes)):
                where = tuple(slice(*span) for span in box)
                out[where] = x[where]
    finally:
        npy_pipe_writer.MAX_WAITING_BYTES = before
    file.seek(0)
    found = np.load(file)
    np.testing.assert_array_equal(found, x)
    assert file.read() == b""


def test_streaming_out_of_a_pipe(shell: Shell, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", RNG.integers(0, 255, (3, 5000, 5000), np.uint8))
    assert shell("poolcli avg x.npy -o - --quiet > y.npy").returncode == 0
    for into in ("cat x.npy | poolcli avg -", "poolcli avg - < x.npy", "poolcli avg <(cat x.npy)"):
        done = shell(f"{into} -o - --quiet | cmp - y.npy")
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b""), into


def test_disk_is_full_between_two_levels(poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save("x.npy", np.zeros((3, 6000, 1000)))

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.pwrite", full)
    ran = poolcli("max", "x.npy", "--k", 1, "--dry-run")
    assert ran.code == 1
    words = "cannot write a temporary file: No space left on device"
    assert ran.err == f"poolcli: x.npy: {words}\n"


LARGE_TIFF_LINES = [
    "max x.tif --k 2 -o y.tif",
    "avg x.tif --k 3 --s 2 -o y.tif",
    "median x.tif --k 2 -o y.npy",
    "max x.tif --k 2 -o y.npy --indices y_i.npy",
    "mode x.tif --k 2 -o y.npz",
    "avg x.tif --k 2 --levels 2 -o y.npy",
    "max x.tif --k 2 -o y.png",
    "avg x.tif --global -o y.tif",
    "max x.tif --k 3 --s 2 --ignore 7 -o y.tif",
]


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((70, 50), "u2"), ((70, 50, 3), "u1"), ((3, 70, 50), "u1"), ((70, 50), "f4")],
)
@pytest.mark.parametrize("line", LARGE_TIFF_LINES)
def test_results_of_large_tiff_files_are_streamed(
    poolcli: Poolcli,
    tmp_path: Path,
    tiny: Any,
    monkeypatch: pytest.MonkeyPatch,
    line: str,
    shape: tuple[int, ...],
    dtype: str,
) -> None:
    tifffile = pytest.importorskip("tifffile")
    pytest.importorskip("imagecodecs")
    if ".png" in line and ((len(shape) == 3 and shape[0] == 3) or dtype == "f4"):
        pytest.skip("PNG stores neither pages nor floats")
    photometric = "rgb" if shape[-1] == 3 else "minisblack"
    array = RNG.integers(0, 99, shape).astype(dtype)
    storage = {"photometric": photometric, "metadata": None, "tile": (32, 16)}
    tifffile.imwrite("x.tif", array, compression="zlib", **storage)

    def run() -> tuple[dict[str, Any], Any]:
        ran = poolcli(*line.split(), "--json")
        assert ran.code == 0, ran.err
        found: dict[str, Any] = {}
        for path in tmp_path.glob("y*"):
            read = tifffile.imread if path.suffix == ".tif" else np.load
            if path.suffix == ".npz":
                found[path.name] = np.load(path)["arr_0"]
            elif path.suffix == ".png":
                found[path.name] = path.read_bytes()
            else:
                found[path.name] = read(path)
            path.unlink()
        return found, [(each["in"], each["out"]) for each in ran.records]

    expected, expected_records = run()
    tiny()
    monkeypatch.setattr(open_tiff, "MAX_PILLOW_BYTES", 0)
    found, records = run()
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[name], expected[name]) for name in expected)
    assert records == expected_records
    assert {path.name for path in tmp_path.iterdir()} == {"x.tif"}
