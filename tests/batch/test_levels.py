"""`--levels` on the command line: files, images, stacks, geotags and the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli import pool
from poolcli.batch import array_summary, large_outputs
from poolcli.core import blocks
from tests.conftest import Poolcli
from tests.io.tiff import gdal

SAMPLES = Path(__file__).parents[2] / "samples"
RNG = np.random.default_rng(8)


def test_std_of_noise_does_not_shrink(poolcli: Poolcli) -> None:
    noise = RNG.random((256, 256))
    np.save("x.npy", noise)
    ran = poolcli("std", "x.npy", "--levels", 3, "--json")
    assert [record["notes"] for record in ran.records] == [[]] * 3
    assert ran.records[2]["out"]["mean"] == pytest.approx(0.286, abs=0.002)
    np.testing.assert_array_equal(np.load("x.std-k2-s2.L3.npy"), pool(noise, "std", 8))


def test_labels_are_the_most_frequent_of_the_image(poolcli: Poolcli) -> None:
    with Image.open(SAMPLES / "labels.png") as image:
        labels = np.asarray(image)
    assert poolcli("mode", SAMPLES / "labels.png", "--levels", 4, "-o", "y.png").code == 0
    for level in range(1, 5):
        with Image.open(f"y.L{level}.png") as image:
            np.testing.assert_array_equal(np.asarray(image), pool(labels, "mode", 2**level))


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("median", {}),
        ("quantile", {"q": 0.9}),
        ("avg", {"ignore": 0}),
        ("max", {"ignore": 0, "min_valid": 0.5}),
        ("std", {}),
        ("sum", {}),
    ],
)
@pytest.mark.parametrize("kernel", ["2", "1x3"])
def test_every_level_is_the_input_pooled_once(
    mode: str, options: dict[str, Any], kernel: str, poolcli: Poolcli, tmp_path: Path
) -> None:
    x = RNG.integers(0, 5, (3, 40, 54)).astype(np.float16)
    np.save("x.npy", x)
    flags = [
        word for key, value in options.items() for word in (f"--{key.replace('_', '-')}", value)
    ]
    ran = poolcli(mode, "x.npy", "--k", kernel, "--levels", 3, "--ceil", *flags, "-o", "y.npy")
    assert ran.code == 0
    sizes = [int(size) for size in kernel.split("x")]
    for level in (1, 2, 3):
        expected = pool(x, mode, [size**level for size in sizes] * (3 - len(sizes)), axes=(1, 2),
                        ceil_mode=True, **options)  # fmt: skip
        np.testing.assert_array_equal(np.load(tmp_path / f"y.L{level}.npy"), expected)


def test_records_relate_the_input_to_each_level(poolcli: Poolcli) -> None:
    x = RNG.integers(0, 255, (16, 16), np.uint8)
    np.save("x.npy", x)
    for record in poolcli("max", "x.npy", "--levels", 3, "--json").records:
        size = 16 >> record["level"]
        assert record["in"] == {
            "shape": [16, 16], "dtype": "uint8", "layout": None,
            "min": x.min(), "mean": x.mean(), "max": x.max(),
        }  # fmt: skip
        assert (record["out"]["shape"], record["out"]["max"]) == ([size, size], x.max())
        assert record["window"]["kernel_size"] == record["window"]["stride"] == [2, 2]


@pytest.mark.parametrize(
    "window", ["--k 3 --s 2", "--k 2 --p 1", "--k 2 --p same", "--k 2 --d 2", "--k 2 --s 3"]
)
def test_other_windows_pool_the_level_before(window: str, poolcli: Poolcli) -> None:
    np.save("x.npy", RNG.random((40, 40)))
    ran = poolcli("median", "x.npy", *window.split(), "--levels", 2, "-o", "y.npy", "--json")
    note = (
        "windows do not tile (stride = kernel size, no padding, no dilation, no footprint from a "
        "file): each level pools the unrounded previous level"
    )
    assert [record["notes"] for record in ran.records] == [[], [note]]
    assert ran.records[1]["in"]["shape"] == ran.records[0]["out"]["shape"]
    assert poolcli("median", "y.L1.npy", *window.split(), "-o", "z.npy").code == 0
    np.testing.assert_array_equal(np.load("y.L2.npy"), np.load("z.npy"))


def test_weighted_alpha_is_rounded_once(poolcli: Poolcli) -> None:
    pixels = RNG.integers(0, 256, (16, 16, 4), np.uint8)
    Image.fromarray(pixels).save("x.png")
    assert poolcli("avg", "x.png", "--levels", 3, "-o", "y.png").code == 0
    assert poolcli("avg", "x.png", "--k", 8, "-o", "z.png").code == 0
    with Image.open("y.L3.png") as image, Image.open("z.png") as alone:
        np.testing.assert_array_equal(np.asarray(image), np.asarray(alone))


@pytest.mark.parametrize("mode", ["mode", "median", "max", "avg"])
@pytest.mark.parametrize("name", ["rgb.png", "p.png", "grey16.png", "bits.png", "anim.gif"])
def test_images(mode: str, name: str, poolcli: Poolcli) -> None:
    colours = RNG.integers(0, 3, (24, 36, 3), np.uint8) * 90
    grey16 = RNG.integers(0, 60_000, (24, 36)).astype(np.uint16)
    frames = [Image.fromarray(np.roll(colours, shift, 0)) for shift in (0, 1, 2)]
    frames[0].save("rgb.png")
    frames[0].quantize(20).save("p.png")
    Image.fromarray(grey16).save("grey16.png")
    Image.fromarray(grey16 > 30_000).save("bits.png")
    frames[0].save("anim.gif", save_all=True, append_images=frames[1:])
    extension = Path(name).suffix
    assert poolcli(mode, name, "--levels", 2, "-o", f"y{extension}").code == 0
    assert poolcli(mode, name, "--k", 4, "-o", f"z{extension}").code == 0
    assert Path(f"y.L2{extension}").read_bytes() == Path(f"z{extension}").read_bytes()


def test_members_of_an_npz(poolcli: Poolcli) -> None:
    arrays = {"a": RNG.random((20, 30)), "b": RNG.integers(0, 9, (2, 16, 16))}
    np.savez("x.npz", **arrays)  # type: ignore[arg-type]
    assert poolcli("std", "x.npz", "--levels", 3, "-o", "y.npz").code == 0
    with np.load("y.L3.npz") as found:
        for name, x in arrays.items():
            np.testing.assert_array_equal(found[name], pool(x, "std", 8))


STREAMED = [
    "std x.npy --levels 3",
    "max x.npy --levels 3 --ceil",
    "sum x.npy --levels 2",
    "mode x.npy --k 1x2x2 --layout ZYX --levels 3",
    "median x.npy --levels 2 --ignore 3 --min-valid 0.4",
    "avg x.npy --levels 2 --dtype uint8 --k 3",
    "avg x.npy --levels 2 --k 3 --s 2 --p 1",
]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("line", STREAMED)
def test_streamed_levels_equal_those_computed_in_memory(
    line: str, order: Any, poolcli: Poolcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save("x.npy", np.asarray(RNG.integers(0, 9, (5, 57, 61)).astype(">i2"), order=order))
    found = []
    for name in ("memory", "file"):
        ran = poolcli(*line.split(), "-o", f"{name}/", "--json")
        assert ran.code == 0, ran.err
        described = [
            {**record, "output": Path(record["output"]).name, "seconds": 0}
            for record in ran.records
        ]
        for side in ("in", "out"):
            for record in described:
                record[side]["mean"] = pytest.approx(record[side]["mean"], rel=1e-12)
        files = {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        found.append((files, described))
        monkeypatch.setattr(array_summary, "MAX_BYTES_IN_MEMORY", 0)
        monkeypatch.setattr(large_outputs, "MAX_BYTES_IN_MEMORY", 0)
        monkeypatch.setattr(blocks, "MAX_WORKING_SET_BYTES", 3000)
    assert found[0] == found[1]


def test_geotags_of_each_level(poolcli: Poolcli) -> None:
    extent = ["-a_ullr", "1000", "2000", "1240", "1520", "-a_srs", "EPSG:32632"]
    gdal.make("x.tif", (24, 24), *extent)
    before = gdal.info("x.tif")["cornerCoordinates"]
    assert poolcli("avg", "x.tif", "--levels", 3, "-o", "y.tif").code == 0
    for level in (1, 2, 3):
        found = gdal.info(f"y.L{level}.tif")
        assert found["geoTransform"] == [1000, 10 * 2**level, 0, 2000, 0, -20 * 2**level]
        assert found["cornerCoordinates"] == before


@pytest.mark.parametrize("mode", ["mode", "std", "avg"])
def test_pyramids_in_one_file_hold_the_same_levels(mode: str, poolcli: Poolcli) -> None:
    tifffile = pytest.importorskip("tifffile")
    stack = RNG.integers(0, 4, (3, 48, 64)).astype(np.uint16)
    tifffile.imwrite("x.tif", stack, photometric="minisblack")
    line = [mode, "x.tif", "--layout", "ZYX", "--axes", "YX", "--levels", 2]
    assert poolcli(*line, "-o", "y.tif").code == 0
    assert poolcli(*line, "--pyramid", "-o", "p.tif").code == 0
    with tifffile.TiffFile("p.tif") as file:
        levels = [level.asarray() for level in file.series[0].levels]
    np.testing.assert_array_equal(levels[0], stack)
    for level in (1, 2):
        exact = pool(stack, mode, 2**level, dtype=np.uint16)
        np.testing.assert_array_equal(levels[level], exact)
        np.testing.assert_array_equal(tifffile.imread(f"y.L{level}.tif"), exact)


def test_the_table_shows_the_input_of_every_level(poolcli: Poolcli) -> None:
    np.save("x.npy", np.arange(16.0).reshape(4, 4))
    out = poolcli("avg", "x.npy", "--levels", 2).out
    assert "4x4 → 2x2" in out
    assert "4x4 → 1x1" in out
