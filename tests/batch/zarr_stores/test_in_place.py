"""Levels that are added to the group of the input."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from ome_zarr_models import open_ome_zarr

import poolcli as poolcli_package
from tests.conftest import Poolcli
from tests.io.zarr.stores import set_multiscales, write_array, write_image

AXES = [{"name": name, "type": "space", "unit": "nanometer"} for name in "zyx"]
COLOUR = {"label-value": 1, "rgba": [255, 0, 0, 128]}
LABELS = np.random.default_rng(4).integers(0, 5, (16, 24, 20)).astype(np.uint32)


def write_labels(path: str, zarr_format: int = 3, name: str = "0") -> None:
    """Write a label image in a collection, with a colour and a key of another program."""
    group = zarr.create_group(path, zarr_format=zarr_format)
    names = {"dimension_names": "zyx"} if zarr_format == 3 else {}
    write_array(f"{path}/{name}", LABELS, zarr_format, chunks=(8, 8, 8), **names)
    transformations = [
        {"type": "scale", "scale": [0.1, 0.37, 4.0]},
        {"type": "translation", "translation": [1.0, 0.0, 2.5]},
    ]
    dataset = {"path": name, "coordinateTransformations": transformations}
    set_multiscales(group, {"axes": AXES, "datasets": [dataset], "name": "cells"})
    colours = {"version": "0.5" if zarr_format == 3 else "0.4", "colors": [COLOUR]}
    if zarr_format == 3:
        group.attrs["ome"] = {**group.attrs["ome"], "image-label": colours}
    else:
        group.attrs["image-label"] = colours
    group.attrs["other"] = {"kept": True}


def files(folder: str) -> dict[str, tuple[bytes, int]]:
    return {
        str(path): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in Path(folder).rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("zarr_format", "name", "expected"),
    [(3, "0", "12"), (2, "s0", ["s1", "s2"]), (3, "scale0/image", ["scale1/image", "scale2/image"]),
     (3, "full", ["full-1", "full-2"])],
)  # fmt: skip
def test_levels_are_added(poolcli: Poolcli, zarr_format: int, name: str, expected: Any) -> None:
    write_labels("x.zarr", zarr_format, name)
    before = files(f"x.zarr/{name}")
    ran = poolcli("mode", "x.zarr", "--levels", 2, "--in-place", "--json")
    assert ran.code == 0, ran.err
    assert [record["output"] for record in ran.records] == ["x.zarr"] * 2
    assert files(f"x.zarr/{name}") == before
    group = zarr.open_group("x.zarr", mode="r")
    for level, path in enumerate(expected, 1):
        found = group[path][...]
        np.testing.assert_array_equal(found, poolcli_package.pool(LABELS, "mode", (2**level,) * 3))
        assert group[path].chunks == tuple(min(8, size) for size in found.shape)
    attributes = group.attrs.asdict()
    assert attributes["other"] == {"kept": True}
    ome = attributes["ome"] if zarr_format == 3 else attributes
    assert ome["image-label"]["colors"] == [COLOUR]
    datasets = ome["multiscales"][0]["datasets"]
    assert [each["path"] for each in datasets] == [name, *expected]
    assert datasets[0]["coordinateTransformations"][0]["scale"] == [0.1, 0.37, 4.0]
    scale, translation = datasets[2]["coordinateTransformations"]
    assert scale["scale"] == [0.4, 1.48, 16.0]
    assert translation["translation"] == [1.15, 0.555, 8.5]
    open_ome_zarr(group)
    assert {path.name for path in Path().iterdir()} == {"x.zarr"}


def test_existing_levels_stay_without_overwrite(poolcli: Poolcli) -> None:
    write_labels("x.zarr")
    assert poolcli("mode", "x.zarr", "--levels", 3, "--in-place").code == 0
    before = files("x.zarr")
    ran = poolcli("max", "x.zarr", "--levels", 2, "--in-place")
    assert ran.code == 1
    assert "it has levels already (1, 2, 3); --overwrite replaces them\n" in ran.err
    assert files("x.zarr") == before
    Path(".poolcli-partial-x.zarr/replaced").mkdir(parents=True)  # of a run killed at its end
    ran = poolcli("mode", "x.zarr", "--levels", 3, "--in-place", "--skip-existing", "--json")
    assert {record["status"] for record in ran.records} == {"skipped"}
    assert [path.name for path in Path().iterdir()] == ["x.zarr"]
    assert files("x.zarr") == before
    assert poolcli("max", "x.zarr", "--levels", 2, "--in-place", "--overwrite").code == 0
    group = zarr.open_group("x.zarr", mode="r")
    assert sorted(group.keys()) == ["0", "1", "2"]
    np.testing.assert_array_equal(group["1"][...], poolcli_package.pool(LABELS, "max", (2, 2, 2)))


def test_what_is_no_level_is_never_replaced(poolcli: Poolcli) -> None:
    write_labels("x.zarr")
    zarr.create_group("x.zarr/1").create_array("table", shape=(3,), dtype="u1")
    Path("x.zarr/2").mkdir()
    Path("x.zarr/2/notes.txt").write_text("mine")
    before = files("x.zarr")
    for options in ((), ("--overwrite",), ("--skip-existing",)):
        ran = poolcli("max", "x.zarr", "--levels", 2, "--in-place", *options)
        assert ran.code == 1
        assert "what it has at 1 is no level of the image, and is not replaced" in ran.err
        shutil.move("x.zarr/1", "1")
        ran = poolcli("max", "x.zarr", "--levels", 2, "--in-place", *options)
        assert "what it has at 2 is no level of the image" in ran.err
        shutil.move("1", "x.zarr/1")
    assert files("x.zarr") == before


def test_consolidated_metadata_list_the_levels(poolcli: Poolcli) -> None:
    for zarr_format in (2, 3):
        name = f"v{zarr_format}.zarr"
        write_labels(name, zarr_format)
        with warnings.catch_warnings(action="ignore"):  # version 3 does not specify them yet
            zarr.consolidate_metadata(name, zarr_format=zarr_format)
        assert poolcli("mode", name, "--levels", 1, "--in-place").code == 0
        group = zarr.open_group(name, mode="r", use_consolidated=True)
        assert sorted(group.keys()) == ["0", "1"]
        multiscales = group.attrs.get("multiscales") or group.attrs["ome"]["multiscales"]
        assert len(multiscales[0]["datasets"]) == 2


def test_label_images_inside_an_image(poolcli: Poolcli) -> None:
    write_image("x.zarr", np.ones((1, 8, 8, 8), np.uint8))
    zarr.create_group("x.zarr/labels", attributes={"ome": {"version": "0.5", "labels": ["cells"]}})
    write_labels("x.zarr/labels/cells")
    assert poolcli("mode", "x.zarr/labels/cells", "--levels", 1, "--in-place").code == 0
    assert {path.name for path in Path("x.zarr/labels").iterdir()} == {"zarr.json", "cells"}
    metadata = json.loads(Path("x.zarr/labels/cells/zarr.json").read_text())
    assert len(metadata["attributes"]["ome"]["multiscales"][0]["datasets"]) == 2


def test_what_is_no_image_gets_no_levels(poolcli: Poolcli) -> None:
    write_array("plain.zarr", LABELS)
    np.save("x.npy", LABELS)
    for name, message in (
        ("plain.zarr", "it is no OME-Zarr image whose group could get levels"),
        ("x.npy", "it is not a Zarr group"),
    ):
        ran = poolcli("mode", name, "--layout", "ZYX", "--levels", 1, "--in-place")
        assert ran.code == 1
        assert message in ran.err


def test_old_levels_at_a_url_are_removed(poolcli: Poolcli) -> None:
    url = "memory://test_in_place/x.zarr"
    write_image(url, levels=3)
    assert poolcli("max", url, "--levels", 1, "--in-place", "--overwrite").code == 0
    assert sorted(zarr.open_group(url, mode="r").keys()) == ["0", "1"]
