"""Pyramids in one TIFF: the input, and its pooled levels as SubIFDs or overviews."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from poolcli import pool
from tests.conftest import Poolcli
from tests.io.tiff.gdal import info, translate

tifffile = pytest.importorskip("tifffile")
pytest.importorskip("imagecodecs")

RNG = np.random.default_rng(3)


def levels_of(path: Path) -> list[npt.NDArray[Any]]:
    """Return the levels that tifffile finds in the only series of a file."""
    with tifffile.TiffFile(path) as file:
        (series,) = file.series
        return [level.asarray() for level in series.levels]


def check_levels(path: Path, source: npt.NDArray[Any], axes: tuple[int, int], count: int) -> None:
    levels = levels_of(path)
    assert len(levels) == count + 1
    np.testing.assert_array_equal(levels[0], source)
    for number, level in enumerate(levels):
        np.testing.assert_array_equal(level, pool(source, "max", 2**number, axes=axes))


def test_a_photo(poolcli: Poolcli, tmp_path: Path) -> None:
    photo = RNG.integers(0, 256, (90, 123, 3), np.uint8)
    Image.fromarray(photo).save("photo.png")
    ran = poolcli("max", "photo.png", "--levels", 3, "--pyramid", "--json")
    assert ran.code == 0
    assert {each["output"] for each in ran.records} == {"photo.max-k2-s2-pyramid.tif"}
    assert [each["level"] for each in ran.records] == [1, 2, 3]
    check_levels(tmp_path / "photo.max-k2-s2-pyramid.tif", photo, (0, 1), 3)
    with tifffile.TiffFile("photo.max-k2-s2-pyramid.tif") as file:
        (page,) = file.pages
        assert page.is_tiled
        assert [each.is_reduced for each in page.pages] == [True] * 3


def test_an_array_keeps_its_dtype_at_every_level(poolcli: Poolcli, tmp_path: Path) -> None:
    values = RNG.integers(0, 60_000, (64, 48)).astype(np.uint16)
    np.save("x.npy", values)
    assert poolcli("avg", "x.npy", "--levels", 2, "--pyramid", "-o", "p.tif").code == 0
    first, second, _ = levels_of(tmp_path / "p.tif")
    np.testing.assert_array_equal(first, values)
    np.testing.assert_array_equal(second, pool(values, "avg", 2, dtype="uint16"))


@pytest.mark.parametrize("layout", [[], ["--layout", "TZCYX", "--axes", "YX"]])
def test_an_imagej_hyperstack_becomes_ome(
    layout: list[str], poolcli: Poolcli, tmp_path: Path
) -> None:
    stack = RNG.integers(0, 60_000, (2, 4, 3, 40, 50)).astype(np.uint16)
    voxels = {"axes": "TZCYX", "spacing": 0.5, "unit": "um", "finterval": 2.5, "Info": "text"}
    tifffile.imwrite("ij.tif", stack, imagej=True, metadata=voxels, resolution=(5, 4))
    line = ["max", "ij.tif", *layout, "--levels", 2, "--pyramid", "-o", "p.tif", "--json"]
    note = "ImageJ's metadata were dropped, but for axes, voxel size and frame interval: "
    notes = poolcli(*line).records[0]["notes"]
    assert notes == [note + "OME-XML describes the levels of a pyramid"]
    check_levels(tmp_path / "p.tif", stack, (3, 4), 2)
    with tifffile.TiffFile("p.tif") as file:
        pixels = tifffile.xml2dict(file.ome_metadata)["OME"]["Image"]["Pixels"]
    sizes = [pixels[f"PhysicalSize{letter}"] for letter in "XYZ"]
    assert sizes == [0.2, 0.25, 0.5]
    assert (pixels["PhysicalSizeXUnit"], pixels["TimeIncrement"]) == ("µm", 2.5)


def test_ome_xml_stays(poolcli: Poolcli, tmp_path: Path) -> None:
    stack = RNG.integers(0, 60_000, (2, 64, 48)).astype(np.uint16)
    voxels = {"axes": "CYX", "PhysicalSizeX": 0.2, "Channel": {"Name": ["DAPI", "GFP"]}}
    tifffile.imwrite("a.ome.tif", stack, ome=True, metadata=voxels, compression="zlib")
    assert poolcli("max", "a.ome.tif", "--levels", 1, "--pyramid", "-o", "p.ome.tif").code == 0
    check_levels(tmp_path / "p.ome.tif", stack, (1, 2), 1)
    with tifffile.TiffFile("p.ome.tif") as file:
        assert "GFP" in file.ome_metadata
        assert file.pages[0].compression == 8


def test_geotiff_levels_are_overviews(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.fromarray(RNG.random((600, 512)).astype(np.float32)).save("plain.tif")
    corners = ["500000", "5200000", "510240", "5188000"]
    translate("plain.tif", "geo.tif", "-a_ullr", *corners)
    assert poolcli("avg", "geo.tif", "--levels", 3, "--pyramid", "-o", "p.tif").code == 0
    shown = [info(name) for name in ("geo.tif", "p.tif")]
    assert shown[0]["cornerCoordinates"] == shown[1]["cornerCoordinates"]
    overviews = [each["size"] for each in shown[1]["bands"][0]["overviews"]]
    assert overviews == [[256, 300], [128, 150], [64, 75]]


def test_levels_with_other_numbers_of_pages(poolcli: Poolcli, tmp_path: Path) -> None:
    tifffile.imwrite("z.tif", np.zeros((4, 16, 16), np.uint8), photometric="minisblack")
    ran = poolcli("max", "z.tif", "--layout", "ZYX", "--levels", 1, "--pyramid", "-o", "p.tif")
    assert ran.code == 1
    assert "--axes YX" in ran.err
    assert not (tmp_path / "p.tif").exists()


@pytest.mark.parametrize(
    "line",
    [
        ["--pyramid"],
        ["--pyramid", "--levels", 2, "-o", "x.png"],
        ["--pyramid", "--levels", 2, "--format", "png"],
        ["--pyramid", "--levels", 2, "--dtype", "uint8"],
    ],
)
def test_what_a_pyramid_cannot_be(line: list[Any], poolcli: Poolcli) -> None:
    np.save("x.npy", np.zeros((8, 8), np.uint8))
    ran = poolcli("max", "x.npy", *line)
    assert ran.code == 2
    assert "--pyramid" in ran.err
