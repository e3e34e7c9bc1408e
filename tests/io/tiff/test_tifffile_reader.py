"""Pages that are read with tifffile: palettes, stacks in one directory, sparse tiles, mixtures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from poolcli import pool
from tests.conftest import Poolcli
from tests.io.tiff.gdal import translate

tifffile = pytest.importorskip("tifffile")
pytest.importorskip("imagecodecs")

RNG = np.random.default_rng(5)


def read(path: str) -> list[npt.NDArray[Any]]:
    """Return the pages of a file as tifffile reads them."""
    with tifffile.TiffFile(path) as file:
        return [page.asarray() for page in file.pages]


def stack_in_one_directory(path: str, stack: npt.NDArray[Any]) -> None:
    """Write a stack as ImageJ does above 4 GB: all images follow a single directory."""
    count = len(stack)
    description = f"ImageJ=1.54f\nimages={count}\nslices={count}\nspacing=0.5\nunit=um\n"
    tifffile.imwrite(path, stack[0], description=description, metadata=None)
    with Path(path).open("ab") as file:
        file.write(stack[1:].tobytes())


@pytest.mark.parametrize("k", [1, 2])
def test_stacks_of_imagej_in_one_directory(k: int, poolcli: Poolcli) -> None:
    stack = RNG.integers(0, 60_000, (6, 16, 24)).astype(np.uint16)
    stack_in_one_directory("ij.tif", stack)
    assert tifffile.imread("ij.tif").shape == stack.shape
    assert poolcli("max", "ij.tif", "--k", k, "-o", "out.tif").code == 0
    np.testing.assert_array_equal(tifffile.imread("out.tif"), pool(stack, "max", k))
    with tifffile.TiffFile("out.tif") as file:  # as ImageJ reads its stacks
        (first,), nbytes = file.pages[0].dataoffsets, file.pages[0].nbytes
        offsets = [page.dataoffsets[0] for page in file.pages]
    assert offsets == [first + number * nbytes for number in range(6)]
    line = ["max", "ij.tif", "--layout", "ZYX", "--k", 2, "-o", "bins.tif"]
    assert poolcli(*line).code == 0
    np.testing.assert_array_equal(tifffile.imread("bins.tif"), pool(stack, "max", (2, 2, 2)))


def test_a_slice_of_a_stack_with_the_description_of_the_stack(poolcli: Poolcli) -> None:
    stack = RNG.integers(0, 60_000, (1, 16, 24)).astype(np.uint16)
    description = "ImageJ=1.54f\nimages=6\nslices=6\n"
    tifffile.imwrite("ij.tif", stack[0], description=description, metadata=None)
    ran = poolcli("max", "ij.tif", "-o", "out.tif", "--json")
    assert ran.code == 0
    assert "ImageJ's description, which does not fit" in str(ran.record["notes"])


def test_a_description_of_more_images_than_the_file_holds(poolcli: Poolcli) -> None:
    stack_in_one_directory("ij.tif", RNG.integers(0, 255, (3, 8, 8)).astype(np.uint16))
    data = Path("ij.tif").read_bytes()
    Path("ij.tif").write_bytes(data[:-40])
    ran = poolcli("max", "ij.tif", "-o", "out.tif")
    assert ran.code == 1
    assert "names 3 images, the file holds 2.688" in ran.err


@pytest.mark.parametrize("mode", ["mode", "max"])
def test_palettes_of_16_bit_indices(mode: str, poolcli: Poolcli) -> None:
    indices = RNG.integers(0, 1000, (16, 16)).astype(np.uint16)
    colours = RNG.integers(0, 65_536, (3, 65_536)).astype(np.uint16)
    tifffile.imwrite("p.tif", indices, photometric="palette", colormap=colours, metadata=None)
    ran = poolcli(mode, "p.tif", "--k", 2, "-o", "out.tif", "--json")
    assert ran.code == 0
    (found,) = read("out.tif")
    if mode == "mode":
        np.testing.assert_array_equal(found, pool(indices, "mode", 2))
        with tifffile.TiffFile("out.tif") as file:
            np.testing.assert_array_equal(file.pages[0].colormap, colours)
    else:
        expected = pool(colours.T[indices], "max", 2, axes=(0, 1))
        np.testing.assert_array_equal(found, expected)
        assert "labels were taken as colours" in str(ran.record["notes"])


def test_tiles_that_are_not_stored_have_the_nodata_value(poolcli: Poolcli) -> None:
    values = np.full((64, 64), -9999, np.int16)
    values[:32, :32] = RNG.integers(0, 100, (32, 32))
    tifffile.imwrite("plain.tif", values, metadata=None)
    options = ["-a_nodata", "-9999", "-co", "TILED=YES", "-co", "SPARSE_OK=TRUE"]
    options += ["-co", "BLOCKXSIZE=32", "-co", "BLOCKYSIZE=32"]
    translate("plain.tif", "sparse.tif", *options)
    with tifffile.TiffFile("sparse.tif") as file:
        assert 0 in file.pages[0].databytecounts
    assert poolcli("max", "sparse.tif", "--k", 2, "-o", "out.tif").code == 0
    np.testing.assert_array_equal(read("out.tif")[0], pool(values, "max", 2, ignore=-9999))


def test_pages_of_many_kinds_in_one_file(poolcli: Poolcli) -> None:
    pages = [
        RNG.integers(0, 255, (16, 20)).astype(np.uint8),
        RNG.integers(0, 60_000, (12, 14, 3)).astype(np.uint16),
        RNG.random((10, 10)).astype(np.float64),
        RNG.integers(0, 2, (9, 17)).astype(np.bool_),
    ]
    with tifffile.TiffWriter("mixed.tif") as writer:
        for page in pages:
            photometric = "rgb" if page.ndim == 3 else "minisblack"
            writer.write(page, photometric=photometric, metadata=None)
    assert poolcli("max", "mixed.tif", "--k", 2, "-o", "out.tif").code == 0
    for found, page in zip(read("out.tif"), pages, strict=True):
        np.testing.assert_array_equal(found, pool(page, "max", 2, axes=(0, 1)))
        assert found.dtype == page.dtype


def test_jpeg_pages_of_12_bits_are_written_without_loss(poolcli: Poolcli) -> None:
    values = RNG.integers(0, 4096, (32, 32)).astype(np.uint16)
    tifffile.imwrite("j.tif", values, compression="jpeg", metadata=None)
    (decoded,) = read("j.tif")
    ran = poolcli("max", "j.tif", "--k", 2, "-o", "out.tif", "--json")
    assert ran.code == 0
    np.testing.assert_array_equal(read("out.tif")[0], pool(decoded, "max", 2))
    assert "compressed with deflate" in str(ran.record["notes"])


def test_premultiplied_colours_of_8_bits_get_a_note(poolcli: Poolcli) -> None:
    values = RNG.integers(0, 100, (8, 8, 4)).astype(np.uint8)
    tifffile.imwrite("x.tif", values, photometric="rgb", extrasamples=["assocalpha"], metadata=None)
    record = poolcli("max", "x.tif", "-o", "out.tif", "--json").record
    assert "divided by it" in str(record["notes"])


def test_the_extension_of_ome_tiff_stays_whole(poolcli: Poolcli) -> None:
    tifffile.imwrite("a.ome.tif", np.zeros((2, 8, 8), np.uint8), ome=True)
    assert poolcli("max", "a.ome.tif", "--json").record["output"] == "a.max-k2-s2.ome.tif"
