"""Stacks: pages of a TIFF as axes of one array, and arrays written as pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from poolcli import global_pool, pool
from tests.conftest import Poolcli

tifffile = pytest.importorskip("tifffile")
pytest.importorskip("imagecodecs")

RNG = np.random.default_rng(4)


def read(path: str) -> tuple[npt.NDArray[Any], str]:
    """Return the values of a file with all axes, and their letters."""
    with tifffile.TiffFile(path) as file:
        series = file.series[0]
        return series.asarray().reshape(series.get_shape(squeeze=False)), series.get_axes(
            squeeze=False
        )


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> npt.NDArray[Any]:
    """Return a stack of 6 slices, which several files hold."""
    monkeypatch.chdir(tmp_path)
    values = RNG.integers(0, 60_000, (6, 40, 51)).astype(np.uint16)
    plain = {"photometric": "minisblack", "metadata": None}
    tifffile.imwrite("plain.tif", values, **plain)
    tifffile.imwrite("tiles.tif", values, tile=(16, 16), compression=5, predictor=2, **plain)
    tifffile.imwrite("shaped.tif", values, photometric="minisblack", metadata={"axes": "ZYX"})
    tifffile.imwrite("imagej.tif", values, imagej=True, metadata={"axes": "ZYX"})
    tifffile.imwrite("ome.ome.tif", values, ome=True, metadata={"axes": "ZYX"})
    np.save("array.npy", values)
    return values


NAMES = ["plain.tif", "tiles.tif", "shaped.tif", "imagej.tif", "ome.ome.tif", "array.npy"]


@pytest.mark.parametrize("name", NAMES)
def test_projection(name: str, stack: npt.NDArray[Any], poolcli: Poolcli) -> None:
    line = ["max", name, "--layout", "ZYX", "--axes", "Z", "--global", "-o", "out.tif"]
    assert poolcli(*line).code == 0
    values, _ = read("out.tif")
    np.testing.assert_array_equal(values.reshape(40, 51), stack.max(axis=0))


@pytest.mark.parametrize("name", NAMES[:-1])
@pytest.mark.parametrize("mode", ["max", "avg", "mode", "median"])
def test_binning(name: str, mode: str, stack: npt.NDArray[Any], poolcli: Poolcli) -> None:
    assert poolcli(mode, name, "--layout", "ZYX", "--k", 2, "-o", "out.tif").code == 0
    values, axes = read("out.tif")
    expected = pool(stack, mode, (2, 2, 2), dtype="uint16")  # type: ignore[call-overload]
    np.testing.assert_array_equal(values.reshape(expected.shape), expected)
    assert "".join(letter for letter in axes if letter in "ZYX") == "ZYX"


@pytest.mark.parametrize("channels", [(), (3,)])
def test_large_uncompressed_pages(channels: tuple[int, ...], poolcli: Poolcli) -> None:
    """Pages of which some rows are read at a time, whether they follow each other or not."""
    values = RNG.integers(0, 60_000, (5, 701, 411, *channels)).astype(np.uint16)
    plain: dict[str, Any] = {"photometric": "rgb" if channels else "minisblack", "metadata": None}
    tifffile.imwrite("together.tif", values, **plain)
    with tifffile.TiffWriter("apart.tif") as file:
        for page in values:
            file.write(page, contiguous=False, software="a" * 9, **plain)
    layout = ["--layout", "ZYXC" if channels else "ZYX"]
    kernel = (2, 3, 3) + (1,) * len(channels)
    for name in ("together.tif", "apart.tif"):
        project = ["max", name, *layout, "--axes", "Z", "--global", "-o", "z.npy"]
        assert poolcli(*project, "--overwrite").code == 0
        np.testing.assert_array_equal(np.load("z.npy")[0], values.max(axis=0))
        shrink = ["max", name, *layout, "--axes", "ZYX", "--k", "2,3,3", "-o", "k.npy"]
        assert poolcli(*shrink, "--overwrite").code == 0
        expected = pool(values, "max", kernel)  # type: ignore[call-overload]
        np.testing.assert_array_equal(np.load("k.npy"), expected)


def test_projection_to_an_image_format(stack: npt.NDArray[Any], poolcli: Poolcli) -> None:
    line = ["max", "plain.tif", "--layout", "ZYX", "--axes", "Z", "--global", "-o", "out.png"]
    assert poolcli(*line).code == 0
    assert poolcli("max", "out.png", "--k", 1, "-o", "out.npy").code == 0
    np.testing.assert_array_equal(np.load("out.npy"), stack.max(axis=0))


def test_hyperstack(poolcli: Poolcli) -> None:
    values = RNG.integers(0, 255, (2, 6, 3, 20, 30)).astype(np.uint8)
    voxels = {"axes": "TZCYX", "spacing": 0.5, "unit": "um", "finterval": 2.0}
    tifffile.imwrite("ij.tif", values, imagej=True, metadata=voxels, resolution=(5, 5))
    assert poolcli("max", "ij.tif", "--layout", "tzcyx", "--k", "3x2x2", "-o", "out.tif").code == 0
    pooled, _ = read("out.tif")
    expected = pool(values, "max", (3, 2, 2), axes=(1, 3, 4))
    np.testing.assert_array_equal(pooled.reshape(expected.shape), expected)
    with tifffile.TiffFile("out.tif") as file:
        found = file.imagej_metadata
        assert (found["slices"], found["frames"], found["channels"]) == (2, 2, 3)
        assert (found["spacing"], found["finterval"]) == (1.5, 2.0)
        assert file.pages[0].resolution == (2.5, 2.5)


def test_colour_slices(poolcli: Poolcli) -> None:
    values = RNG.integers(0, 255, (4, 20, 30, 3)).astype(np.uint8)
    tifffile.imwrite("rgb.tif", values, photometric="rgb", metadata={"axes": "ZYXS"})
    assert poolcli("max", "rgb.tif", "--layout", "ZYXC", "--k", 2, "-o", "out.tif").code == 0
    pooled, axes = read("out.tif")
    np.testing.assert_array_equal(pooled, pool(values, "max", 2, axes=(0, 1, 2)))
    assert axes == "ZYXS"


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "int32", "float64", "int16"])
def test_arrays_with_more_axes_become_pages(dtype: str, poolcli: Poolcli) -> None:
    values = RNG.integers(0, 100, (2, 3, 8, 9)).astype(dtype)
    np.save("x.npy", values)
    assert poolcli("max", "x.npy", "--k", 1, "-o", "out.tif").code == 0
    pages, axes = read("out.tif")
    np.testing.assert_array_equal(pages, values)
    assert (pages.dtype, axes) == (values.dtype, "QQYX")


def test_global_pooling_of_an_array(poolcli: Poolcli) -> None:
    values = RNG.random((4, 8, 9)).astype(np.float32)
    np.save("x.npy", values)
    assert (
        poolcli("avg", "x.npy", "--layout", "TYX", "--axes", "T", "--global", "-o", "o.tif").code
        == 0
    )
    pages, axes = read("o.tif")
    np.testing.assert_array_equal(pages, global_pool(values, "avg", axes=(0,)))
    assert axes == "TYX"


@pytest.mark.parametrize(
    ("layout", "message"),
    [("TZYX", "name one axis"), ("ZYXC", "does not end with"), ("ZXY", "does not end with")],
)
def test_layouts_that_are_not_those_of_the_pages(
    layout: str, message: str, stack: npt.NDArray[Any], poolcli: Poolcli
) -> None:
    ran = poolcli("max", "plain.tif", "--layout", layout, "-o", "out.tif")
    assert ran.code == 1
    assert message in ran.err


def test_axes_that_metadata_name_otherwise(stack: npt.NDArray[Any], poolcli: Poolcli) -> None:
    ran = poolcli("max", "imagej.tif", "--layout", "TYX", "-o", "out.tif")
    assert ran.code == 1
    assert "Z=6" in ran.err


def test_several_images_are_no_stack(poolcli: Poolcli) -> None:
    with tifffile.TiffWriter("x.ome.tif", ome=True) as file:
        for _ in range(2):
            file.write(np.zeros((3, 8, 9), np.uint8), metadata={"axes": "ZYX"})
    ran = poolcli("max", "x.ome.tif", "--layout", "ZYX", "-o", "out.tif")
    assert ran.code == 1
    assert "its OME-XML describes 2 images: its pages are no single stack" in ran.err


def test_metadata_that_do_not_fit_are_noted(stack: npt.NDArray[Any], poolcli: Poolcli) -> None:
    with tifffile.TiffWriter("x.tif") as file:
        for _ in range(2):
            file.write(stack, photometric="minisblack", contiguous=False)
    line = ["max", "x.tif", "--layout", "ZYX", "-o", "out.tif", "--json"]
    note = "its metadata do not describe its 12 pages as one stack; the pages were taken as Z"
    assert any(each.startswith(note) for each in poolcli(*line).record["notes"])
    with tifffile.TiffWriter("x.tif") as file:
        for page in stack:
            file.write(page, contiguous=False)
    assert poolcli(*line, "--overwrite").record["notes"] == []


def test_pages_of_unlike_size(poolcli: Poolcli) -> None:
    with tifffile.TiffWriter("x.tif") as file:
        file.write(np.zeros((8, 8), np.uint8))
        file.write(np.zeros((4, 8), np.uint8))
    ran = poolcli("max", "x.tif", "--layout", "ZYX", "-o", "out.tif")
    assert (ran.code, "its pages differ" in ran.err) == (1, True)
    assert poolcli("max", "x.tif", "-o", "out.tif").code == 0


def test_a_stack_as_npy_is_not_rounded(stack: npt.NDArray[Any], poolcli: Poolcli) -> None:
    assert poolcli("avg", "plain.tif", "--layout", "ZYX", "--k", 2, "-o", "out.npy").code == 0
    np.testing.assert_array_equal(np.load("out.npy"), pool(stack, "avg", (2, 2, 2)))


def test_info_shows_the_axes(stack: npt.NDArray[Any], poolcli: Poolcli) -> None:
    record = poolcli("info", "imagej.tif", "--layout", "ZYX", "--json").record
    assert (record["in"]["shape"], record["in"]["layout"]) == ([6, 40, 51], "ZYX")
