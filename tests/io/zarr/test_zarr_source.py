"""Blocks of Zarr arrays, the chunks that are read for them, and damage that is found."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolcli.errors import ReadError
from poolcli.io.zarr.zarr_source import ZarrSource
from tests.io.zarr.stores import VALUES, chunk_reads, edit_json, write_array

KINDS: dict[str, dict[str, Any]] = {
    "v2": {"zarr_format": 2},
    "v2 in Fortran order": {"zarr_format": 2, "order": "F"},
    "v3": {},
    "sharded": {"shards": (2, 8, 8, 12), "chunks": (1, 4, 2, 3)},
    "big-endian": {"values": VALUES.astype(">u2")},
}


@pytest.fixture(scope="module", params=KINDS)
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ZarrSource:
    path = tmp_path_factory.mktemp("stores") / "x.zarr"
    return ZarrSource(write_array(path, **KINDS[request.param]), "0")


def test_shape_and_chunks(source: ZarrSource) -> None:
    assert (source.shape, source.dtype) == (VALUES.shape, source.array.dtype)
    assert source.chunk_shape in ((2, 4, 4, 4), (1, 4, 2, 3))


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_blocks_are_those_of_the_array(source: ZarrSource, data: st.DataObject) -> None:
    block = tuple(
        slice(*sorted((data.draw(st.integers(0, size)), data.draw(st.integers(0, size)))))
        for size in VALUES.shape
    )
    np.testing.assert_array_equal(source[block], VALUES[block])
    assert source[block].shape == VALUES[block].shape


def test_arrays_without_axes_or_elements(tmp_path: Path) -> None:
    scalar = ZarrSource(write_array(tmp_path / "a.zarr", np.float32(7)), "")
    assert scalar[()].tolist() == 7
    empty = ZarrSource(write_array(tmp_path / "b.zarr", np.zeros((0, 3)), chunks=(1, 3)), "")
    assert empty[0:0, 1:3].shape == (0, 2)


def test_unaligned_blocks_read_each_chunk_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.arange(64).reshape(8, 8)
    source = ZarrSource(write_array(tmp_path / "x.zarr", values, chunks=(4, 2)), "")
    reads = chunk_reads(monkeypatch)
    np.testing.assert_array_equal(source[1:3, 3:4], values[1:3, 3:4])
    assert [path[-5:] for path in reads] == ["c/0/1"]  # chunks beside it are not needed
    for row in range(4, 7):
        np.testing.assert_array_equal(source[row : row + 2, 1:7], values[row : row + 2, 1:7])
    assert sorted(path[-5:] for path in reads[1:]) == ["c/1/0", "c/1/1", "c/1/2", "c/1/3"]
    source[4:8, 0:8]  # whole chunks are read at once, and not kept
    assert len(reads) == 9


@pytest.mark.parametrize(
    ("kind", "file", "name"),
    [
        ("v2", "0.1.2.2", "0/1/2/2 of dataset 0 (0.1.2.2)"),
        ("v3", "c/0/2/1/0", "0/2/1/0 of dataset 0 (c/0/2/1/0)"),
        ("sharded", "c/0/1/0/0", "0/2/0/0 of dataset 0 (c/0/1/0/0)"),
    ],
)
def test_damaged_chunks_are_named(tmp_path: Path, kind: str, file: str, name: str) -> None:
    source = ZarrSource(write_array(tmp_path / "x.zarr", **KINDS[kind]), "0")
    (tmp_path / "x.zarr" / file).write_bytes(b"damaged")
    for block in (VALUES.shape, (2, 9, 10, 10)):
        with pytest.raises(ReadError, match="the chunk ") as raised:
            source[tuple(slice(0, size) for size in block)]
        assert str(raised.value).startswith(f"the chunk {name} is damaged: ")


def test_a_chunk_of_the_wrong_size_is_damaged(tmp_path: Path) -> None:
    source = ZarrSource(write_array(tmp_path / "x.zarr", compressors=None), "")
    file = tmp_path / "x.zarr/c/0/0/0/0"
    file.write_bytes(file.read_bytes()[:-2])
    with pytest.raises(ReadError, match="the chunk 0/0/0/0 of the array "):
        source[0:1, 0:1, 0:1, 0:1]


def test_chunks_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    source = ZarrSource(write_array(tmp_path / "x.zarr"), "0")
    file = tmp_path / "x.zarr/c/0/1/0/0"
    file.unlink()
    file.symlink_to(file)
    with pytest.raises(ReadError, match=r"the chunk 0/1/0/0 of dataset 0 \(c/0/1/0/0\) cannot be"):
        source[0:2, 0:8, 0:4, 0:4]


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_a_store_that_has_vanished_or_changed_is_found(tmp_path: Path, zarr_format: int) -> None:
    array = write_array(
        tmp_path / "x.zarr", VALUES.astype("f4"), zarr_format=zarr_format, fill_value=np.nan
    )
    source = ZarrSource(array, "0")
    source.check()
    file = tmp_path / "x.zarr" / ("zarr.json" if zarr_format == 3 else ".zarray")
    source.array.attrs["note"] = "attributes may change"
    source.check()
    before = file.read_text()
    edit_json(file, shape=[2, 9, 10, 12])
    with pytest.raises(ReadError, match="dataset 0 was changed while it was read"):
        source.check()
    file.write_text(before[:50])
    with pytest.raises(ReadError, match="cannot be read any more"):
        source.check()
    shutil.rmtree(tmp_path / "x.zarr")
    with pytest.raises(ReadError, match="dataset 0 vanished while it was read"):
        source.check()
