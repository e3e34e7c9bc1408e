"""Arrays and groups of a store that is written."""

import json
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import zarr

from poolcli.io.zarr.array_spec import array_spec
from poolcli.io.zarr.output_store import create_array, open_output_array, write_group

FORMATS = pytest.mark.parametrize("zarr_format", [2, 3])


@FORMATS
def test_a_group_appears_when_its_metadata_are_written(
    tmp_path: Path, zarr_format: Literal[2, 3]
) -> None:
    location = str(tmp_path / "a.zarr")
    spec = array_spec("0", (8, 8), "u1", zarr_format=zarr_format, axis_names="yx")
    create_array(location, spec)
    open_output_array(location, "0")[:] = 7
    names = {2: [".zattrs", ".zgroup"], 3: ["zarr.json"]}[zarr_format]
    assert not any((tmp_path / "a.zarr" / name).exists() for name in names)
    write_group(location, zarr_format, {"a": 1})
    assert all((tmp_path / "a.zarr" / name).exists() for name in names)
    group = zarr.open_group(location, mode="r")
    assert group.attrs.asdict() == {"a": 1}
    assert (group["0"][:] == 7).all()


@FORMATS
def test_chunks_are_files_in_folders(tmp_path: Path, zarr_format: Literal[2, 3]) -> None:
    create_array(str(tmp_path), array_spec("0", (8, 8), "u1", zarr_format=zarr_format, chunks=(4,)))
    open_output_array(str(tmp_path), "0")[4:, :4] = 7
    chunk = {2: "0/1/0", 3: "0/c/1/0"}[zarr_format]
    files = [str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file()]
    assert [each for each in files if each[-1].isdecimal()] == [chunk]


@FORMATS
def test_empty_chunks_are_not_stored(tmp_path: Path, zarr_format: Literal[2, 3]) -> None:
    create_array(str(tmp_path), array_spec("0", (8, 8), "u1", zarr_format=zarr_format, chunks=(4,)))
    array = open_output_array(str(tmp_path), "0")
    array[:] = np.eye(8)
    assert array.nchunks_initialized == 2
    array[:] = 0
    assert array.nchunks_initialized == 0


@FORMATS
def test_names_of_axes_are_stored(tmp_path: Path, zarr_format: Literal[2, 3]) -> None:
    create_array(
        str(tmp_path), array_spec("0", (8, 8), "u1", zarr_format=zarr_format, axis_names="yx")
    )
    if zarr_format == 3:
        assert json.loads((tmp_path / "0" / "zarr.json").read_text())["dimension_names"] == [*"yx"]
    else:
        attributes = json.loads((tmp_path / "0" / ".zattrs").read_text())
        assert attributes == {"_ARRAY_DIMENSIONS": [*"yx"]}


@FORMATS
def test_groups_between_group_and_array_are_created(
    tmp_path: Path, zarr_format: Literal[2, 3]
) -> None:
    for path in ("scale0/image", "scale1/image"):
        create_array(str(tmp_path), array_spec(path, (8, 8), "u1", zarr_format=zarr_format))
    assert not (tmp_path / {2: ".zgroup", 3: "zarr.json"}[zarr_format]).exists()
    write_group(str(tmp_path), zarr_format, {})
    group = zarr.open_group(tmp_path, mode="r")
    assert [name for name, _ in sorted(group.members(max_depth=None))] == [
        "scale0",
        "scale0/image",
        "scale1",
        "scale1/image",
    ]


@FORMATS
@pytest.mark.filterwarnings("ignore:Consolidated metadata")
def test_consolidated_metadata_show_new_arrays(tmp_path: Path, zarr_format: Literal[2, 3]) -> None:
    zarr.create_group(tmp_path, zarr_format=zarr_format, attributes={"old": 1})
    create_array(str(tmp_path), array_spec("0", (8, 8), "u1", zarr_format=zarr_format))
    zarr.consolidate_metadata(str(tmp_path), zarr_format=zarr_format)
    create_array(str(tmp_path), array_spec("1", (4, 4), "u1", zarr_format=zarr_format))
    assert [*zarr.open_group(tmp_path, mode="r").array_keys()] == ["0"]
    write_group(str(tmp_path), zarr_format, {"new": 2})
    group = zarr.open_group(tmp_path, mode="r")
    assert group.metadata.consolidated_metadata is not None
    assert sorted(group.array_keys()) == ["0", "1"]
    assert group.attrs.asdict() == {"new": 2}


@FORMATS
@pytest.mark.filterwarnings("ignore:Consolidated metadata")
def test_consolidated_metadata_of_an_enclosing_group_show_new_arrays(
    tmp_path: Path, zarr_format: Literal[2, 3]
) -> None:
    root = zarr.create_group(tmp_path / "x.zarr", zarr_format=zarr_format)
    root.create_group("labels/cells")
    zarr.consolidate_metadata(root.store, zarr_format=zarr_format)
    location = str(tmp_path / "x.zarr" / "labels" / "cells")
    create_array(location, array_spec("0", (8, 8), "u1", zarr_format=zarr_format))
    write_group(location, zarr_format, {"new": 2})
    group = zarr.open_group(tmp_path / "x.zarr", mode="r")
    assert group.metadata.consolidated_metadata is not None
    assert group["labels/cells/0"].shape == (8, 8)
    assert group["labels/cells"].attrs.asdict() == {"new": 2}


def test_a_store_in_memory_is_written() -> None:
    url = "memory://poolcli-test-output-store/a.zarr"
    create_array(url, array_spec("0", (8, 8), "u1"))
    open_output_array(url, "0")[:] = 3
    write_group(url, 3, {"a": 1})
    group = zarr.open_group(url, mode="r")
    assert (group["0"][:] == 3).all()
    assert group.attrs.asdict() == {"a": 1}
