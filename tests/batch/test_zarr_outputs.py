"""Zarr stores as outputs of pictures, stacks, arrays and standard input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli.batch import array_summary, large_outputs
from tests.conftest import CommandResult, Poolcli, Shell
from tests.io.test_full_disk import file_size_limit
from tests.io.zarr.stores import write_array

zarr = pytest.importorskip("zarr")
open_ome_zarr = pytest.importorskip("ome_zarr_models").open_ome_zarr

RNG = np.random.default_rng(23)
COLOUR = RNG.integers(0, 256, (30, 41, 3), np.uint8)


@pytest.fixture
def poolcli(poolcli: Poolcli) -> Poolcli:
    """Run a command line in this process alone, which saves the start of workers."""

    def run(*args: object) -> CommandResult:
        return poolcli(*args, *(() if "-j" in args else ("-j", 1)))

    return run


def dataset(path: str, name: str = "0") -> np.ndarray[Any, Any]:
    """Return the elements of a dataset."""
    return np.asarray(zarr.open_array(f"{path}/{name}", mode="r")[...])


def multiscale(path: str) -> dict[str, Any]:
    """Return the only entry of ``multiscales``, after ome-zarr-models has checked the group."""
    group = zarr.open_group(path, mode="r")
    open_ome_zarr(group)
    attributes = group.attrs.asdict()
    (entry,) = attributes.get("ome", attributes)["multiscales"]
    return dict(entry)


def axes_of(path: str) -> str:
    """Return the names of the axes."""
    return "".join(axis["name"] for axis in multiscale(path)["axes"])


def transformations(path: str) -> list[list[list[float]]]:
    """Return scale and translation of each level; zeros if there is no translation."""
    found = []
    for each in multiscale(path)["datasets"]:
        scale, *others = each["coordinateTransformations"]
        zeros = [0.0] * len(scale["scale"])
        found.append([scale["scale"], others[0]["translation"] if others else zeros])
    return found


def test_a_picture_has_its_channels_first(poolcli: Poolcli) -> None:
    Image.fromarray(COLOUR).save("x.png")
    ran = poolcli("avg", "x.png", "-o", "y.zarr", "--json")
    poolcli("avg", "x.png", "-o", "y.npy")
    record = ran.record
    assert (record["output"], record["member"], record["level"]) == ("y.zarr", None, None)
    assert (record["out"]["shape"], record["out"]["layout"]) == ([3, 15, 20], "CYX")
    assert axes_of("y.zarr") == "cyx"
    values = dataset("y.zarr")
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, np.load("y.npy").transpose(2, 0, 1))
    assert transformations("y.zarr") == [[[1, 2, 2], [0, 0.5, 0.5]]]
    assert multiscale("y.zarr")["name"] == "y"
    assert not [name for name in os.listdir() if name.startswith(".")]  # noqa: PTH208


@pytest.mark.parametrize("mode", ["avg", "mode", "sum"])
def test_levels_go_into_one_store_of_one_dtype(poolcli: Poolcli, mode: str) -> None:
    Image.fromarray(COLOUR).save("x.png")
    ran = poolcli(mode, "x.png", "-o", "y.zarr", "--levels", 3, "--json")
    assert ran.code == 0, ran.err
    assert [(each["member"], each["level"], each["output"]) for each in ran.records] == [
        (None, level, "y.zarr") for level in (1, 2, 3)
    ]
    poolcli(mode, "x.png", "-o", "y.png", "--levels", 3)
    np.testing.assert_array_equal(dataset("y.zarr"), COLOUR.transpose(2, 0, 1))
    for level in (1, 2, 3):
        expected = np.asarray(Image.open(f"y.L{level}.png")).transpose(2, 0, 1)
        np.testing.assert_array_equal(dataset("y.zarr", f"{level}"), expected)
    assert transformations("y.zarr") == [
        [[1, k, k], [0, (k - 1) / 2, (k - 1) / 2]] for k in (1, 2, 4, 8)
    ]
    entry = multiscale("y.zarr")
    assert entry["type"] == mode
    assert entry["metadata"]["method"] == f"poolcli {mode}"
    assert entry["metadata"]["kwargs"]["kernel_size"] == [2, 2]


def test_levels_of_overlapping_windows_pool_the_unrounded_level_before(poolcli: Poolcli) -> None:
    values = RNG.integers(0, 200, (40, 50), np.uint8)
    np.savez("x.npz", values)
    Image.fromarray(values).save("x.png")
    line = ("avg", "--k", 3, "--s", 2, "--levels", 2)
    ran = poolcli(*line, "x.npz", "-o", "y.zarr", "--json")
    assert "each level pools the unrounded previous level" in ran.records[1]["notes"][0]
    poolcli(*line, "x.png", "-o", "y.png")
    for level in (1, 2):
        expected = np.asarray(Image.open(f"y.L{level}.png"))
        np.testing.assert_array_equal(dataset("y.zarr", f"{level}"), expected)
    assert transformations("y.zarr") == [[[k, k], [k - 1, k - 1]] for k in (1, 2, 4)]


def test_adaptive_windows_have_the_ratio_of_sizes_as_scale(poolcli: Poolcli) -> None:
    np.savez("x.npz", np.zeros((9, 10), np.float32))
    assert poolcli("max", "x.npz", "--adaptive", "3x4", "-o", "y.zarr").code == 0
    assert transformations("y.zarr") == [[[3, 2.5], [1, 0.75]]]


def test_frames_lie_along_time(poolcli: Poolcli) -> None:
    frames = [Image.fromarray(COLOUR + np.uint8(number)) for number in range(4)]
    frames[0].save("x.webp", save_all=True, append_images=frames[1:], lossless=True)
    ran = poolcli("max", "x.webp", "-o", "y.zarr", "--levels", 1, "--json")
    poolcli("max", "x.webp", "-o", "y.npy")
    assert ran.record["out"]["layout"] == "TCYX"
    assert ran.record["out"]["shape"] == [4, 3, 15, 20]
    assert axes_of("y.zarr") == "tcyx"
    assert dataset("y.zarr", "0").shape == (4, 3, 30, 41)
    np.testing.assert_array_equal(dataset("y.zarr", "1"), np.load("y.npy").transpose(0, 3, 1, 2))


def test_frames_of_unlike_size_are_refused(poolcli: Poolcli) -> None:
    pages = [Image.fromarray(COLOUR), Image.fromarray(COLOUR[:9])]
    pages[0].save("x.tif", save_all=True, append_images=pages[1:])
    ran = poolcli("max", "x.tif", "-o", "y.zarr")
    assert ran.code == 1
    assert "frames of unlike size do not go into one Zarr array; .npz holds them" in ran.err
    assert sorted(os.listdir()) == ["x.tif"]  # noqa: PTH208


def test_a_stack_has_the_axes_of_its_layout_and_its_voxel_size(poolcli: Poolcli) -> None:
    tifffile = pytest.importorskip("tifffile")
    stack = RNG.integers(0, 60_000, (6, 2, 16, 20), np.uint16)
    tifffile.imwrite(
        "x.tif",
        stack,
        imagej=True,
        resolution=(10, 10),
        metadata={"axes": "ZCYX", "spacing": 0.3, "unit": "um"},
    )
    line = ("avg", "--layout", "ZCYX", "--k", "1x2x2", "--levels", 2)
    assert poolcli(*line, "x.tif", "-o", "y.zarr", "--zarr-format", 2).code == 0
    assert axes_of("y.zarr") == "czyx"
    units = [axis.get("unit") for axis in multiscale("y.zarr")["axes"]]
    assert units == [None, *["micrometer"] * 3]
    assert transformations("y.zarr") == [
        [[1, 0.3, 0.1, 0.1], [0, 0, 0, 0]],
        [[1, 0.3, 0.2, 0.2], [0, 0, 0.05, 0.05]],
        [[1, 0.3, 0.4, 0.4], [0, 0, 0.15, 0.15]],
    ]
    np.testing.assert_array_equal(dataset("y.zarr"), stack.transpose(1, 0, 2, 3))
    assert zarr.open_group("y.zarr", mode="r").metadata.zarr_format == 2
    ran = poolcli("max", "x.tif", "-o", "pages.zarr", "--json")
    assert (
        "its pages are Z=6 C=2: --layout ZCYX makes them axes of one array" in ran.record["notes"]
    )
    tifffile.imwrite("t.tif", stack, imagej=True, metadata={"axes": "TCYX", "finterval": 0.37})
    assert poolcli("max", "t.tif", "--layout", "TCYX", "-o", "t.zarr").code == 0
    assert multiscale("t.zarr")["axes"][0] == {"name": "t", "type": "time", "unit": "second"}
    assert transformations("t.zarr")[0][0][0] == 0.37


def test_palettes_and_bits(poolcli: Poolcli) -> None:
    labels = Image.fromarray(RNG.integers(0, 9, (12, 12), np.uint8), "P")
    labels.putpalette([*range(27)])
    labels.save("p.png")
    ran = poolcli("mode", "p.png", "-o", "p.zarr", "--json")
    assert ran.record["notes"] == ["the palette was dropped: a Zarr array holds its indices"]
    assert dataset("p.zarr").shape == (6, 6)
    ran = poolcli("max", "p.png", "-o", "q.zarr", "--json")
    assert "the palette was dropped" not in ran.out
    assert dataset("q.zarr").shape == (3, 6, 6)
    Image.fromarray(np.eye(8) > 0).save("b.png")
    assert poolcli("max", "b.png", "-o", "b.zarr", "--levels", 1).code == 0
    for name, size in (("0", 8), ("1", 4)):
        np.testing.assert_array_equal(dataset("b.zarr", name), np.eye(size, dtype="u1") * 255)


def test_an_npz_of_one_array(poolcli: Poolcli) -> None:
    np.savez("x.npz", a=np.arange(16.0).reshape(4, 4))
    ran = poolcli("max", "x.npz", "-o", "y.zarr", "--json")
    assert ran.record["member"] == "a"
    assert dataset("y.zarr").tolist() == [[5, 7], [13, 15]]
    np.savez("x.npz", a=np.zeros((4, 4)), b=np.zeros((4, 4)))
    ran = poolcli("max", "x.npz", "-o", "z.zarr")
    assert "2 arrays do not go into one Zarr store; .npz holds them" in ran.err


def test_axes_without_a_place_in_ome_zarr(poolcli: Poolcli) -> None:
    np.savez("x.npz", np.arange(8, dtype=np.int64))
    ran = poolcli("sum", "x.npz", "-o", "y.zarr", "--json")
    assert "no OME-Zarr metadata" in ran.record["notes"][0]
    assert zarr.open_group("y.zarr", mode="r").attrs.asdict() == {}
    assert dataset("y.zarr").tolist() == [1, 5, 9, 13]
    assert ran.record["out"]["shape"] == [4]


@pytest.mark.parametrize("dtype", ["bool", "f2", ">f8", "c8"])
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_dtypes(poolcli: Poolcli, dtype: str, zarr_format: int) -> None:
    values = RNG.integers(0, 2, (8, 8)).astype(dtype)
    np.savez("x.npz", values)
    mode = "sum" if dtype == "c8" else "max"
    line = (mode, "x.npz", "-o", "y.zarr", "--zarr-format", zarr_format, "--levels", 1)
    ran = poolcli(*line)
    assert ran.code == 0, ran.err
    np.testing.assert_array_equal(dataset("y.zarr"), values)
    poolcli(mode, "x.npz", "-o", "y.npy")
    np.testing.assert_array_equal(dataset("y.zarr", "1"), np.load("y.npy"))


@pytest.mark.skipif(np.longdouble == np.float64, reason="there is no long double")
def test_long_doubles_are_refused(poolcli: Poolcli) -> None:
    np.savez("x.npz", np.zeros((4, 4), np.longdouble))
    ran = poolcli("max", "x.npz", "-o", "y.zarr")
    assert "Zarr has no dtype float128; --dtype float64 converts it" in ran.err
    assert poolcli("max", "x.npz", "-o", "y.zarr", "--dtype", "float64").code == 0


def test_normalize_and_dtype_without_levels(poolcli: Poolcli) -> None:
    np.savez("x.npz", np.arange(16.0).reshape(4, 4))
    assert poolcli("max", "x.npz", "-o", "y.zarr", "--normalize").code == 0
    assert dataset("y.zarr").tolist() == [[0, 51], [204, 255]]
    assert poolcli("avg", "x.npz", "-o", "z.zarr", "--dtype", "int16").code == 0
    assert dataset("z.zarr").tolist() == [[3, 5], [11, 13]]


def test_unpooled_values(poolcli: Poolcli) -> None:
    np.save("x.npy", np.arange(16.0).reshape(4, 4))
    poolcli("max", "x.npy", "-o", "v.npy", "--indices", "at.npy")
    line = ("unpool", "v.npy", "--indices", "at.npy", "--output-size", "4x4", "-o", "y.zarr")
    ran = poolcli(*line)
    assert ran.code == 0, ran.err
    assert dataset("y.zarr")[1].tolist() == [0, 5, 0, 7]


def test_chunks(poolcli: Poolcli) -> None:
    np.savez("x.npz", RNG.integers(0, 9, (3, 40, 50)))
    line = ("mode", "x.npz", "--layout", "CYX")
    for chunks, expected in [("8", (1, 8, 8)), ("8x16", (1, 8, 16)), ("3,8,16", (3, 8, 16))]:
        output = f"{chunks}.zarr"
        assert poolcli(*line, "-o", output, "--chunks", chunks).code == 0
        assert zarr.open_array(f"{output}/0", mode="r").chunks == expected
    ran = poolcli(*line, "-o", "y.zarr", "--chunks", "8x8x8x8")
    assert ran.code == 1
    assert "--chunks 8x8x8x8 has 4 sizes; give one for each of the 3 axes" in ran.err


@pytest.mark.parametrize("levels", [(), ("--levels", 2)])
def test_large_results_are_streamed(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch, levels: tuple[object, ...]
) -> None:
    frames = [Image.fromarray(COLOUR + np.uint8(number)) for number in range(3)]
    frames[0].save("x.tif", save_all=True, append_images=frames[1:])
    np.savez("x.npz", np.asfortranarray(COLOUR[..., 0]))
    for name in ("x.tif", "x.npz"):
        with monkeypatch.context() as patched:
            for module in (array_summary, large_outputs):
                patched.setattr(module, "MAX_BYTES_IN_MEMORY", 100)
            assert poolcli("avg", name, "-o", "y.zarr", "--overwrite", *levels).code == 0
        assert poolcli("avg", name, "-o", "z.zarr", "--overwrite", *levels).code == 0
        files = {str(each.relative_to("y.zarr")) for each in Path("y.zarr").rglob("c/*")}
        assert files
        for each in Path("y.zarr").rglob("*"):
            if each.is_file() and each.name != "zarr.json":
                assert each.read_bytes() == Path("z.zarr", each.relative_to("y.zarr")).read_bytes()


def test_standard_input(shell: Shell, tmp_path: Path) -> None:
    Image.fromarray(COLOUR).save(tmp_path / "x.png")
    assert shell("cat x.png | poolcli max - -o y.zarr --quiet").returncode == 0
    assert dataset(f"{tmp_path}/y.zarr").shape == (3, 15, 20)


def test_a_batch_of_stores_on_workers(poolcli: Poolcli) -> None:
    Path("in").mkdir()
    for number in range(3):
        Image.fromarray(COLOUR).save(f"in/{number}.png")
    write_array("in/s.zarr", COLOUR[..., 0])
    ran = poolcli("max", "in", "-o", "out", "--format", "zarr", "-j", 2, "--json")
    assert ran.code == 0, ran.err
    assert sorted(os.listdir("out")) == ["0.zarr", "1.zarr", "2.zarr", "s.zarr"]  # noqa: PTH208


def test_dry_run_plans_and_writes_nothing(poolcli: Poolcli) -> None:
    np.savez("x.npz", np.zeros((4, 8, 8, 4)))
    ran = poolcli("max", "x.npz", "-o", "y.zarr", "--levels", 2, "--dry-run", "--json")
    assert [each["status"] for each in ran.records] == ["planned"] * 2
    assert [each["level"] for each in ran.records] == [1, 2]
    assert "no OME-Zarr metadata" in ran.records[0]["notes"][0]
    assert os.listdir() == ["x.npz"]  # noqa: PTH208


def test_a_full_disk_leaves_nothing(poolcli: Poolcli) -> None:
    np.savez("x.npz", RNG.random((64, 64)))
    line = ("max", "x.npz", "-o", "y.zarr", "--levels", 1, "--quiet")
    for limit in (1, 1000, 5000):
        with file_size_limit(limit):
            ran = poolcli(*line)
        assert ran.code == 1
        assert ran.err == "poolcli: x.npz: cannot write y.zarr: File too large\n"
        assert os.listdir() == ["x.npz"]  # noqa: PTH208
    assert poolcli(*line).code == 0


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", RNG.random((2000, 2000)))
    command = [sys.executable, "-m", "poolcli", "max", "x.npz", "-o", "y.zarr", "--k", "1"]
    process = subprocess.Popen(
        [*command, "--chunks", "16"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not any(tmp_path.glob(".poolcli-partial-*/0/c/*/*")):
        time.sleep(0.01)
    assert (tmp_path / ".poolcli-partial-y.zarr" / "0").is_dir()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130, error
    assert os.listdir(tmp_path) == ["x.npz"]  # noqa: PTH208


def test_workers_that_are_killed(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(3):
        np.savez(tmp_path / f"in/{number}.npz", np.zeros((4, 4)))
    # A worker dies whenever it is about to publish 1.zarr, and once after it has published 2.zarr.
    (tmp_path / "sitecustomize.py").write_text(
        "import os\n"
        "before = os.rename\n"
        "def rename(source, target):\n"
        "    if source.endswith('partial-1.zarr'):\n"
        "        os.kill(os.getpid(), 9)\n"
        "    before(source, target)\n"
        f"    once = {str(tmp_path / 'once')!r}\n"
        "    if source.endswith('partial-2.zarr') and not os.path.exists(once):\n"
        "        open(once, 'w').close()\n"
        "        os.kill(os.getpid(), 9)\n"
        "os.rename = rename\n"
    )
    line = "poolcli max in -o out --format zarr -j 2 --json"
    done = shell(f"PYTHONPATH={tmp_path} {line}")
    records = [json.loads(each) for each in done.stdout.splitlines()]
    assert {each["input"]: each["status"] for each in records} == {
        "in/0.npz": "ok",
        "in/1.npz": "failed",
        "in/2.npz": "ok",
    }
    assert sorted(os.listdir(tmp_path / "out")) == ["0.zarr", "2.zarr"]  # noqa: PTH208


def test_an_interrupted_run_of_another_process_is_replaced(poolcli: Poolcli) -> None:
    Path(".poolcli-partial-y.zarr/9").mkdir(parents=True)
    np.savez("x.npz", np.zeros((4, 4)))
    assert poolcli("max", "x.npz", "-o", "y.zarr").code == 0
    assert sorted(os.listdir()) == ["x.npz", "y.zarr"]  # noqa: PTH208
    assert sorted(os.listdir("y.zarr")) == ["0", "zarr.json"]  # noqa: PTH208


def test_metadata_are_numbers_of_json(poolcli: Poolcli) -> None:
    np.savez("x.npz", np.zeros((4, 4)))
    poolcli("max", "x.npz", "-o", "y.ome.zarr")
    document = json.loads(Path("y.ome.zarr/zarr.json").read_text())
    assert document["attributes"]["ome"]["multiscales"][0]["name"] == "y"
