"""The command `unpool`: arrays, pictures, frames, npz, folders, pipes, large files, errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import poolcli as library
from poolcli.batch import array_summary, large_outputs
from poolcli.core import blocks
from tests.conftest import Poolcli, Shell, linux_only

RNG = np.random.default_rng(0)
X = (RNG.random((2, 3, 12, 10)) + 1).astype(np.float32)
PICTURE = RNG.integers(1, 256, (12, 20, 3), np.uint8)


@pytest.fixture
def _pooled(poolcli: Poolcli) -> None:
    """Write `v.npy`, the maxima of `X`, and `at.npy`, their indices."""
    values, indices = library.pool(X, "max", 2, return_indices=True)
    np.save("v.npy", values)
    np.save("at.npy", indices)


def kept(x: Any, result: Any, windows: int) -> bool:
    """Return whether a result has one element of each window, in its place, and else zeros."""
    is_kept = result == x
    return bool((is_kept | (result == 0)).all() and np.count_nonzero(result) == windows)


# ---- arrays ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("_pooled")
def test_the_inverse_of_max(poolcli: Poolcli) -> None:
    ran = poolcli("unpool", "v.npy", "--indices", "at.npy", "--output-size", "12x10", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert kept(X, np.load("v.unpool-out12x10.npy"), X.size // 4)
    record = ran.record
    assert (record["mode"], record["output"]) == ("unpool", "v.unpool-out12x10.npy")
    assert set(record["window"].values()) == {None}
    assert (record["in"]["shape"], record["out"]["shape"]) == ([2, 3, 6, 5], [2, 3, 12, 10])
    ran = poolcli("unpool", "v.npy", "--indices", "at.npy", "--output-size", "12x10", "-o", "y.npy",
                  "--fill", -1, "--no-values")  # fmt: skip
    assert "unpool, output size 12x10, filled with -1" in ran.out
    assert np.count_nonzero(np.load("y.npy") == -1) == X.size * 3 // 4


@pytest.mark.parametrize(
    ("window", "options", "shape"),
    [
        ("--k 2x2x2", "--output-size 6x8x10", (3, 6, 8, 10)),
        ("--k 3 --s 2 --p 1 --layout HWC", "--output-size 9x8 --layout HWC", (9, 8, 3)),
        ("--global --layout ZYX --axes Z", "--output-size 7 --layout ZYX --axes Z", (7, 5, 4)),
        ("--adaptive 4x_", "--output-size 9x_", (3, 9, 5)),
        ("--k 3", "--output-size 20", (20,)),
        ("--k 2 --layout HCW", "--output-size 6x8 --layout HCW", (6, 3, 8)),
    ],
)
def test_windows_and_axes(
    poolcli: Poolcli, window: str, options: str, shape: tuple[int, ...]
) -> None:
    x = RNG.permutation(np.arange(1, np.prod(shape) + 1)).reshape(shape)
    np.save("x.npy", x)
    assert poolcli("max", "x.npy", *window.split(), "-o", "v.npy", "--indices", "at.npy").code == 0
    ran = poolcli("unpool", "v.npy", "--indices", "at.npy", *options.split(), "-o", "y.npy")
    assert ran.code == 0, ran.err
    assert kept(x, np.load("y.npy"), len(np.unique(np.load("v.npy"))))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("options", ["", "--layout NHWC"])
@pytest.mark.parametrize("dtype", ["uint8", ">f4"])
def test_streamed_results_equal_those_computed_in_memory(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch, order: Any, options: str, dtype: str
) -> None:
    axes = (1, 2) if options else (2, 3)
    x = RNG.integers(0, 200, (2, 24, 20, 8)).astype(dtype)
    values, indices = library.pool(x, "max", 3, 2, 1, axes=axes, return_indices=True)
    np.save("v.npy", np.asarray(values, dtype, order=order))
    np.save("at.npy", np.asarray(indices, order=order))
    sizes = [x.shape[axis] for axis in axes]
    expected = library.unpool(values, indices, sizes, axes=axes)
    monkeypatch.setattr(array_summary, "MAX_BYTES_IN_MEMORY", 0)
    monkeypatch.setattr(large_outputs, "MAX_BYTES_IN_MEMORY", 0)
    monkeypatch.setattr(blocks, "MAX_WORKING_SET_BYTES", 500)
    size = "x".join(map(str, sizes))
    line = f"unpool v.npy --indices at.npy --output-size {size} {options} --json".split()
    ran = poolcli(*line, "-o", "y.npy")
    np.testing.assert_array_equal(np.load("y.npy"), expected)
    assert np.load("y.npy").flags.f_contiguous == (order == "F")
    assert ran.record["out"]["mean"] == pytest.approx(expected.mean(dtype=float))
    assert ran.record["in"]["max"] == values.max()


def test_the_large_result_of_a_small_input_is_written_block_by_block(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.fromarray(np.full((2, 2), 9, np.uint8)).save("v.png")
    np.save("at.npy", np.array([[0, 1], [2, 10**6 - 1]]))
    opened = []
    create = large_outputs.create_npy
    monkeypatch.setattr(large_outputs, "MAX_BYTES_IN_MEMORY", 10**5)
    monkeypatch.setattr(large_outputs, "create_npy",
                        lambda *given: opened.append(given) or create(*given))  # fmt: skip
    ran = poolcli("unpool", "v.png", "--indices", "at.npy", "--output-size", 1000, "-o", "y.npy")
    assert (ran.code, len(opened)) == (0, 1)
    assert np.flatnonzero(np.load("y.npy")).tolist() == [0, 1, 2, 10**6 - 1]


@linux_only
def test_a_plane_larger_than_the_memory_allowed(shell: Shell, tmp_path: Path) -> None:
    rows = np.arange(0, 6000, 2)[:, None] + RNG.integers(0, 2, (3000, 3000))
    columns = np.arange(0, 6000, 2) + RNG.integers(0, 2, (3000, 3000))
    np.save(tmp_path / "at.npy", rows * 6000 + columns)
    np.save(tmp_path / "v.npy", np.ones((3000, 3000), np.float32))
    line = "poolcli unpool v.npy --indices at.npy --output-size 6000 -o y.npy --quiet -j 2"
    script = "import resource, subprocess, sys; subprocess.run(sys.argv[1].split(), check=True);" \
             "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"  # fmt: skip
    done = shell(f"python3 -c '{script}' '{line}'")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 100_000  # kilobytes; the files have 36, 72 and 144 MB
    result = np.load(tmp_path / "y.npy", mmap_mode="r")
    assert np.count_nonzero(result) == 3000**2
    np.testing.assert_array_equal(result[rows[::500], columns[::500]], 1)


# ---- images ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "I;16", "LA"])
def test_a_picture_keeps_its_mode(poolcli: Poolcli, mode: str) -> None:
    image = Image.fromarray(PICTURE).convert(mode) if mode != "I;16" else Image.fromarray(
        PICTURE[..., 0].astype(np.uint16) * 200)  # fmt: skip
    image.save("p.png")
    assert poolcli("max", "p.png", "--k", 4, "-o", "v.png", "--indices", "at.npy").code == 0
    ran = poolcli("unpool", "v.png", "--indices", "at.npy", "--output-size", "12x20")
    assert ran.code == 0, ran.err
    with Image.open("v.unpool-out12x20.png") as result:
        assert result.mode == mode
        assert kept(np.asarray(image), np.asarray(result), np.load("at.npy").size)


def test_a_label_map_keeps_its_palette(poolcli: Poolcli) -> None:
    labels = Image.fromarray(RNG.integers(1, 9, (4, 6), np.uint8))
    labels.putpalette([7 * each for each in range(30)])
    labels.save("v.png")
    np.save("at.npy", np.arange(24).reshape(4, 6) * 4)
    ran = poolcli("unpool", "v.png", "--indices", "at.npy", "--output-size", "8x12", "-o", "y.png")
    assert ran.code == 0, ran.err
    with Image.open("y.png") as result:
        assert result.mode == "P"
        np.testing.assert_array_equal(np.asarray(result).ravel()[::4], np.asarray(labels).ravel())
        assert result.getpalette()[:30] == labels.getpalette()[:30]


def test_frames(poolcli: Poolcli) -> None:
    frames = [Image.fromarray(RNG.integers(1, 256, (8, 12, 3), np.uint8)) for _ in range(3)]
    frames[0].save("x.png", save_all=True, append_images=frames[1:], duration=70)
    assert poolcli("max", "x.png", "--k", 2, "-o", "v.png", "--indices", "at.npy").code == 0
    assert np.load("at.npy").shape == (3, 4, 6, 3)
    line = ["unpool", "v.png", "--indices", "at.npy", "--output-size", "8x12", "-o", "y.png"]
    assert poolcli(*line).code == 0
    with Image.open("y.png") as result:
        assert (result.n_frames, result.info["duration"]) == (3, 70)
        for number, frame in enumerate(frames):
            result.seek(number)
            assert kept(np.asarray(frame), np.asarray(result.convert("RGB")), 72)
    np.save("at.npy", np.load("at.npy")[:2])
    assert "the values are 3 frames" in poolcli(*line, "--overwrite").err


def test_frames_of_unlike_size(poolcli: Poolcli) -> None:
    pages = [Image.fromarray(RNG.integers(1, 256, size, np.uint8)) for size in ((8, 8), (6, 4))]
    pages[0].save("x.tif", save_all=True, append_images=pages[1:])
    ran = poolcli("max", "x.tif", "--k", 2, "-o", "v.tif", "--indices", "at.npy")
    assert (ran.code, "name an .npz with --indices, for this file alone" in ran.err) == (1, True)
    assert poolcli("max", "x.tif", "--k", 2, "-o", "v.tif", "--indices", "at.npz").code == 0
    ran = poolcli("unpool", "v.tif", "--indices", "at.npz", "--output-size", "8x8", "-o", "y.tif")
    assert ran.code == 0, ran.err
    with Image.open("y.tif") as result:
        assert kept(np.asarray(pages[0]), np.asarray(result), 16)


@pytest.mark.parametrize(
    ("name", "size", "output"),
    [
        ("v.png", "50000x50000", "y.png"),
        ("v.npy", "9x40000000", "y.png"),
        ("v.png", "50000x50000", "y.npz"),
    ],
)
def test_a_picture_of_too_many_pixels(poolcli: Poolcli, name: str, size: str, output: str) -> None:
    """Its elements would be in memory, of which there may be less than the system promises."""
    Image.fromarray(PICTURE[..., 0]).save("v.png")
    np.save("v.npy", PICTURE[..., 0])
    np.save("at.npy", np.arange(240).reshape(12, 20))
    ran = poolcli("unpool", name, "--indices", "at.npy", "--output-size", size, "-o", output)
    assert ran.code == 1
    assert "pixels, more than the limit of 178,956,970; --max-pixels raises it" in ran.err
    ran = poolcli("unpool", name, "--indices", "at.npy", "--output-size", "90x90", "-o", output,
                  "--max-pixels", 8000)  # fmt: skip
    assert "90x90 is 8,100 pixels, more than the limit of 8,000" in ran.err


# ---- npz, folders, pipes ---------------------------------------------------------------------


def test_members_are_matched_by_their_keys(poolcli: Poolcli) -> None:
    values = {"a": np.array([[1, 2]]), "b": np.array([[3]], np.uint8), "c/d": np.zeros((2, 1))}
    indices = {key: np.full(array.shape, number) for number, (key, array) in
               enumerate(values.items())}  # fmt: skip
    np.savez_compressed("v.npz", **values)
    np.savez("at.npz", **dict(reversed(indices.items())), more=np.zeros(3))
    line = ["unpool", "v.npz", "--indices", "at.npz", "--output-size", "2x2", "-o", "y.npz"]
    ran = poolcli(*line)
    assert ran.code == 0, ran.err
    with np.load("y.npz") as result:
        assert {*result} == {*values}
        for key, array in values.items():
            np.testing.assert_array_equal(result[key], library.unpool(array, indices[key], 2))
    del indices["b"]
    np.savez("at.npz", **indices)
    ran = poolcli(*line, "--overwrite")
    assert (ran.code, "it has no array 'b', which the values have" in ran.err) == (1, True)
    np.save("at.npy", indices["a"])
    ran = poolcli("unpool", "v.npz", "--indices", "at.npy", "--output-size", 2)
    assert "one array of indices for 3 arrays of values; name an .npz" in ran.err


@pytest.mark.usefixtures("_pooled")
def test_a_single_member_needs_no_key(poolcli: Poolcli) -> None:
    np.savez("v.npz", a=np.load("v.npy"))
    np.savez("at.npz", b=np.load("at.npy"))
    for number, (values, indices) in enumerate([("v.npz", "at.npy"), ("v.npy", "at.npz"),
                                                ("v.npz", "at.npz")]):  # fmt: skip
        ran = poolcli("unpool", values, "--indices", indices, "--output-size", "12x10",
                      "-o", f"{number}.npy")  # fmt: skip
        assert ran.code == 0, ran.err
        assert kept(X, np.load(f"{number}.npy"), X.size // 4)


def test_the_round_trip_of_a_folder(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "in/deep").mkdir(parents=True)
    Image.fromarray(PICTURE).save("in/a.png")
    Image.fromarray(PICTURE[::-1]).save("in/deep/b.png")
    np.save("in/c.npy", X[0, :, :, :10].repeat(2, axis=2)[:, :12])
    np.savez("in/d.npz", e=PICTURE[..., 0].astype(float))
    ran = poolcli("max", "in", "-r", "--k", 4, "-o", "v", "--indices", "at/", "-j", 2)
    assert ran.code == 0, ran.err
    found = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("at/**/*.np?"))
    assert found == ["at/a.npy", "at/c.npy", "at/d.npz", "at/deep/b.npy"]
    ran = poolcli("unpool", "v/", "-r", "--indices", "at", "--output-size", "12x20", "-o", "y",
                  "-j", 2)  # fmt: skip
    assert ran.code == 0, ran.err
    for name in ("a.png", "deep/b.png"):
        with Image.open(f"in/{name}") as before, Image.open(f"y/{name}") as after:
            assert kept(np.asarray(before), np.asarray(after), 45)
    assert kept(np.load("in/c.npy"), np.load("y/c.npy"), 45)
    assert kept(np.load("in/d.npz")["e"], np.load("y/d.npz")["e"], 15)


def test_pipes(shell: Shell, tmp_path: Path) -> None:
    values, indices = library.pool(X, "max", 2, return_indices=True)
    np.save(tmp_path / "v.npy", values)
    np.save(tmp_path / "at.npy", indices)
    end = "--output-size 12x10 -o - --quiet > y.npy"
    for line in (
        f"cat v.npy | poolcli unpool - --indices <(cat at.npy) {end}",
        f"cat at.npy | poolcli unpool v.npy --indices - {end}",
    ):
        done = shell(line)
        assert (done.returncode, done.stderr) == (0, b"")
        assert kept(X, np.load(tmp_path / "y.npy"), X.size // 4)


# ---- outputs ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("_pooled")
def test_no_input_is_replaced(poolcli: Poolcli, tmp_path: Path) -> None:
    line = ["unpool", "v.npy", "--indices", "at.npy", "--output-size", "12x10", "--overwrite", "-o"]
    before = Path("at.npy").read_bytes(), Path("v.npy").read_bytes()
    (tmp_path / "link.npy").symlink_to("at.npy")
    for output, words in (
        ("at.npy", "is the file of indices; name another output"),
        ("link.npy", "is the file of indices; name another output"),
        ("v.npy", "is the input itself"),
    ):
        ran = poolcli(*line, output)
        assert (ran.code, words in ran.err) == (1, True)
    (tmp_path / "in").mkdir()
    (tmp_path / "in/at").mkdir()
    for name in ("a", "b"):
        np.save(f"in/{name}.npy", np.ones((2, 2)))
        np.save(f"in/at/{name}.npy", np.arange(4).reshape(2, 2))
    ran = poolcli("unpool", "in", "--indices", "in/at", "--output-size", 4, "-o", "in/at",
                  "--overwrite")  # fmt: skip
    assert ran.code == 1
    assert ran.err.count("is the file of indices; name another output") == 2
    ran = poolcli("unpool", "in", "-r", "--indices", "in/at", "--output-size", 4, "-o", "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.npy", "b.npy"]
    assert (Path("at.npy").read_bytes(), Path("v.npy").read_bytes()) == before


@pytest.mark.usefixtures("_pooled")
def test_existing_outputs_and_dry_runs(poolcli: Poolcli, tmp_path: Path) -> None:
    line = [
        "unpool",
        "v.npy",
        "--indices",
        "at.npy",
        "--output-size",
        "12x10",
        "-o",
        "y.npy",
        "--json",
    ]
    assert poolcli(*line, "--dry-run").record["status"] == "planned"
    assert not (tmp_path / "y.npy").exists()
    (tmp_path / "y.npy").write_bytes(b"mine")
    assert "exists" in poolcli(*line).record["error"]["message"]
    assert poolcli(*line, "--skip-existing").record["status"] == "skipped"
    assert (tmp_path / "y.npy").read_bytes() == b"mine"
    assert poolcli(*line, "--overwrite").record["status"] == "ok"
    assert poolcli("unpool", "v.npy", "--indices", "at.npy", "--output-size", "12x10", "--format",
                   "npz").code == 0  # fmt: skip
    assert (tmp_path / "v.unpool-out12x10.npz").exists()


@pytest.mark.usefixtures("_pooled")
def test_an_array_as_a_picture(poolcli: Poolcli) -> None:
    np.save("v.npy", np.array([[9, 8]], np.uint8))
    np.save("at.npy", np.array([[0, 5]], np.int32))
    ran = poolcli("unpool", "v.npy", "--indices", "at.npy", "--output-size", "2x3", "-o", "y.png")
    assert ran.code == 0, ran.err
    with Image.open("y.png") as image:
        assert np.asarray(image).tolist() == [[9, 0, 0], [0, 0, 8]]


# ---- errors ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("_pooled")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--indices at.npy --output-size 4", "v.npy: the index 16 at [0, 0, 0, 3] is outside"),
        ("--indices half.npy --output-size 12x10", "the indices have the shape 1x3x6x5, the values "
         "2x3x6x5; each value needs its index"),
        ("--indices v.npy --output-size 12x10", "the indices are float32, not integers"),
        ("--indices p.png --output-size 12x10", "--indices p.png: it is PNG, but indices are in"),
        ("--indices gone.npy --output-size 12x10", "--indices gone.npy: there is no such file"),
        ("--indices cut.npy --output-size 12x10", "--indices cut.npy: its header claims"),
        ("--indices at.npy --output-size 2x2x2x2x2", "for 5 pooled axes"),
        ("--indices at.npy --output-size 12x10 --fill 1e300", "the fill value"),
        ("--indices at.npy --output-size 12x10 --layout HW", "the layout HW has 2 axes"),
    ],
)  # fmt: skip
def test_inputs_that_fail(poolcli: Poolcli, tmp_path: Path, options: str, words: str) -> None:
    np.save("half.npy", np.load("at.npy")[:1])
    Image.fromarray(PICTURE).save("p.png")
    (tmp_path / "cut.npy").write_bytes((tmp_path / "at.npy").read_bytes()[:500])
    before = sorted(tmp_path.iterdir())
    ran = poolcli("unpool", "v.npy", *options.split(), "-o", "y.npy")
    assert ran.code == 1
    assert words in ran.err
    assert ran.err.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.usefixtures("_pooled")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("v.npy --indices at.npy", "Missing option '--output-size'"),
        ("v.npy --output-size 12", "Missing option '--indices'"),
        ("v.npy --indices at.npy --output-size 12q", "Invalid value for --output-size"),
        ("v.npy --indices at.npy --output-size 0", "Invalid value for --output-size"),
        ("v.npy --indices at.npy --output-size 12 --fill x", "'x' is not a number"),
        ("v.npy --indices at.npy --output-size 12 --k 2", "No such option: --k"),
        ("v.npy --indices at.npy --output-size 12 --dtype uint8", "No such option: --dtype"),
        ("v.npy --indices at.npy --output-size 3x3x3 --layout NCHW", "pools 2 axes (H W)"),
        ("v.npy at.npy --indices at.npy --output-size 12", "names one file for several inputs"),
        ("v.npy at.npy --indices - --output-size 12", "names one file for several inputs"),
        ("- --indices - --output-size 12", "standard input can be read only once"),
        ("v.npy at.npy --indices at/ --output-size 12 -o y.npy", "names one file for several"),
    ],
)
def test_wrong_command_lines(poolcli: Poolcli, options: str, words: str) -> None:
    ran = poolcli("unpool", *options.split())
    assert ran.code == 2
    assert words in " ".join(ran.err.replace("│", " ").split())


def test_one_bad_input_of_a_batch(poolcli: Poolcli, tmp_path: Path) -> None:
    for name in ("in", "at"):
        (tmp_path / name).mkdir()
    for name in ("a", "b", "c"):
        np.save(f"in/{name}.npy", np.ones((1, 1)))
        np.save(f"at/{name}.npy", np.array([[9 if name == "b" else 3]]))
    (tmp_path / "at/c.npy").unlink()
    ran = poolcli("unpool", "in", "--indices", "at", "--output-size", 2, "-o", "y", "--json")
    assert ran.code == 1
    failed = {json.dumps(record["input"]): record["error"] for record in ran.records}
    assert failed['"in/a.npy"'] is None
    assert "the index 9 at [0, 0]" in failed['"in/b.npy"']["message"]
    assert "--indices at/c.npy: there is no such file" in failed['"in/c.npy"']["message"]
    assert [path.name for path in (tmp_path / "y").iterdir()] == ["a.npy"]
