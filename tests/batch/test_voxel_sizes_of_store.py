"""Voxel sizes of a Zarr store stay in a TIFF, and come back from it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.conftest import Poolcli
from tests.io.zarr.stores import AXES, write_image

zarr = pytest.importorskip("zarr")

tifffile = pytest.importorskip("tifffile")

X = np.random.default_rng(1).integers(0, 99, (2, 8, 12, 16)).astype(np.uint16)


def sizes(poolcli: Poolcli, path: str) -> dict[str, tuple[float, str]]:
    record = json.loads(poolcli("info", path, "--json").out)
    return {letter: (step["size"], step["unit"]) for letter, step in record["pixel_size"].items()}


def test_a_stack_and_back(poolcli: Poolcli) -> None:
    write_image("x.zarr", X)
    assert poolcli("max", "x.zarr", "--k", "1x2x2", "-o", "y.tif").code == 0
    with tifffile.TiffFile("y.tif") as file:
        assert file.is_ome
        assert file.series[0].shape == (2, 8, 6, 8)
        assert file.series[0].axes == "CZYX"
    expected = {"Z": (0.1, "µm"), "Y": (0.2, "µm"), "X": (0.2, "µm")}
    assert sizes(poolcli, "y.tif") == expected
    assert poolcli("max", "y.tif", "--layout", "CZYX", "--levels", 1, "-o", "z.zarr").code == 0
    datasets = zarr.open_group("z.zarr").attrs["ome"]["multiscales"][0]["datasets"]
    assert datasets[0]["coordinateTransformations"][0]["scale"] == [1.0, 0.1, 0.2, 0.2]


@pytest.mark.parametrize("levels", [[], ["--levels", "2", "--pyramid"]])
def test_a_picture_and_a_pyramid(poolcli: Poolcli, levels: list[str]) -> None:
    write_image("x.zarr", X[:1, :1])
    assert poolcli("max", "x.zarr", *levels, "-o", "y.tif").code == 0
    step = 0.1 if levels else 0.2
    assert sizes(poolcli, "y.tif")["X"] == (step, "µm")


def test_sizes_are_exact_and_intervals_stay(poolcli: Poolcli) -> None:
    times = [{"name": "t", "type": "time", "unit": "second"}, *AXES[1:]]
    write_image("x.zarr", X, axes=times)
    ran = poolcli("avg", "x.zarr", "--k", "1x3x3", "-o", "y.tif", "--json")
    assert ran.record["notes"] == []
    assert sizes(poolcli, "y.tif")["X"] == (0.3, "µm")
    assert poolcli("max", "y.tif", "--layout", "TZYX", "--k", 1, "-o", "z.zarr").code == 0
    (dataset,) = zarr.open_group("z.zarr").attrs["ome"]["multiscales"][0]["datasets"]
    assert dataset["coordinateTransformations"][0]["scale"] == [0.1, 0.1, 0.3, 0.3]


def test_notes_name_what_is_dropped(poolcli: Poolcli) -> None:
    write_image("x.zarr", X)
    ran = poolcli("max", "x.zarr", "--adaptive", "3x6x5", "-o", "y.tif", "--json")
    assert ran.record["notes"] == [
        "the scale along z, x was dropped: the result has no common step"
    ]
    write_image("z.zarr", X.astype(np.uint64))
    ran = poolcli("max", "z.zarr", "-o", "z.tif", "--json")
    assert ran.record["notes"] == [
        "the voxel size was dropped: OME-XML has no such axes or no such dtype"
    ]
