"""Descriptions of output arrays: chunks, shards, codecs and fill values like the input's."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import zarr
from zarr.codecs import BloscCodec, BytesCodec, GzipCodec, TransposeCodec, ZstdCodec

from poolcli.errors import FormatError
from poolcli.io.zarr.array_spec import array_spec
from poolcli.io.zarr.output_store import create_array, open_output_array, write_group

FORMATS: tuple[Literal[2, 3], ...] = (2, 3)

BLOSC_2 = {"id": "blosc", "cname": "lz4", "clevel": 7, "shuffle": 2, "blocksize": 0}
DELTA = {"id": "delta", "dtype": "<i4", "astype": "<i4"}


def v2_array(folder: Path, dtype: str = "i4", **metadata: Any) -> zarr.Array[Any]:
    """Write the metadata of an array of 100 x 90 elements in chunks of 32 x 30."""
    folder.mkdir()
    document = {
        "zarr_format": 2,
        "shape": [100, 90],
        "chunks": [32, 30],
        "dtype": np.dtype(dtype).str,
        "compressor": BLOSC_2,
        "filters": None,
        "fill_value": 0,
        "order": "C",
        **metadata,
    }
    (folder / ".zarray").write_text(json.dumps(document))
    return zarr.open_array(folder, mode="r")


def written(folder: Path, values: np.ndarray[Any, Any], **options: Any) -> zarr.Array[Any]:
    """Create an array by a description, and write values into it."""
    spec = array_spec("0", values.shape, values.dtype, **options)
    create_array(str(folder), pickle.loads(pickle.dumps(spec)))
    write_group(str(folder), spec.zarr_format, {})
    open_output_array(str(folder), "0")[...] = values
    return zarr.open_array(folder / "0", mode="r", zarr_format=spec.zarr_format)


@pytest.mark.parametrize("zarr_format", FORMATS)
@pytest.mark.parametrize(
    "dtype", ["bool", "i1", "u2", "i8", "u8", "f2", "f4", ">f8", ">u4", "c8", "c16"]
)
@pytest.mark.parametrize("like_format", [None, 2, 3])
def test_every_dtype_is_stored_exactly(
    tmp_path: Path, dtype: str, zarr_format: Literal[2, 3], like_format: Literal[2, 3] | None
) -> None:
    like = None
    if like_format is not None:
        like = zarr.create_array(
            tmp_path / "in", shape=(40, 30), chunks=(16, 16), dtype=dtype, zarr_format=like_format
        )
    values = np.random.default_rng(0).integers(0, 2, (40, 30)).astype(dtype) * 1
    values = values.astype(dtype)
    out = written(tmp_path / "out", values, like=like, zarr_format=zarr_format)
    assert out.dtype.newbyteorder("=") == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(out[:], values)
    assert out.metadata.zarr_format == zarr_format


def test_default_chunks_extend_over_the_spatial_axes() -> None:
    spec = array_spec("0", (9, 3, 500, 5000, 5000), "u2", spatial=(2, 3, 4))
    assert spec.chunks == (1, 1, 64, 64, 64)
    assert spec.shards is None
    assert array_spec("0", (5000, 5000), "u1").chunks == (1024, 1024)
    assert array_spec("0", (3, 40, 5000), "f4", spatial=(1, 2)).unit == (1, 40, 512)
    assert array_spec("0", (0, 5), "f4").chunks == (1, 5)
    [compressor] = spec.codecs.compressors
    assert compressor["configuration"] == {
        "typesize": 2,
        "cname": "zstd",
        "clevel": 5,
        "shuffle": "shuffle",
        "blocksize": 0,
    }


def test_chunks_and_shards_are_those_of_the_input(tmp_path: Path) -> None:
    like = zarr.create_array(
        tmp_path / "a", shape=(300, 300), chunks=(32, 16), shards=(128, 64), dtype="u1"
    )
    spec = array_spec("1", (150, 150), "u1", like=like)
    assert (spec.chunks, spec.shards, spec.unit) == ((32, 16), (128, 64), (128, 64))
    spec = array_spec("1", (70, 10), "u1", like=like)
    assert (spec.chunks, spec.shards) == ((32, 10), (96, 10))
    spec = array_spec("1", (150, 150), "u1", like=like, zarr_format=2)
    assert (spec.chunks, spec.shards) == ((32, 16), None)
    spec = array_spec("1", (150, 150), "u1", like=like, chunks=(50, 50))
    assert (spec.chunks, spec.shards) == ((50, 50), (150, 100))


def test_requested_chunks_are_for_all_axes_or_for_the_spatial_ones(tmp_path: Path) -> None:
    like = zarr.create_array(tmp_path / "a", shape=(4, 90, 90), chunks=(2, 9, 9), dtype="u1")
    shape = (4, 45, 45)
    for chunks, expected in [((8,), (2, 8, 8)), ((8, 7), (2, 8, 7)), ((1, 8, 7), (1, 8, 7))]:
        assert array_spec("0", shape, "u1", like=like, chunks=chunks, spatial=(1, 2)).chunks == (
            expected
        )
    with pytest.raises(FormatError, match=r"8x8x8x8 has 4 sizes; .* 3 axes .* 2 spatial axes"):
        array_spec("0", shape, "u1", chunks=(8, 8, 8, 8), spatial=(1, 2))


def test_codecs_of_zarr_2_are_kept(tmp_path: Path) -> None:
    spec = array_spec("0", (50, 45), "i4", like=v2_array(tmp_path / "a"), zarr_format=2)
    assert spec.codecs == ((), None, (BLOSC_2,), "C")
    like = v2_array(tmp_path / "b", filters=[DELTA], compressor={"id": "zlib", "level": 3})
    spec = array_spec("0", (50, 45), "i4", like=like, zarr_format=2)
    assert spec.codecs == ((DELTA,), None, ({"id": "zlib", "level": 3},), "C")
    like = v2_array(tmp_path / "c", compressor=None, order="F", dtype=">i4")
    spec = array_spec("0", (50, 45), "i4", like=like, zarr_format=2)
    assert (spec.codecs, spec.dtype) == (((), None, (), "F"), ">i4")


@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3")
def test_codecs_of_zarr_2_have_their_equivalents_in_zarr_3(tmp_path: Path) -> None:
    filters = [DELTA, {"id": "shuffle", "elementsize": 4}, {"id": "crc32c"}]
    like = v2_array(
        tmp_path / "a",
        dtype=">i4",
        order="F",
        filters=filters,
        compressor={"id": "zlib", "level": 3},
    )
    codecs = array_spec("0", (50, 45), "i4", like=like).codecs
    assert codecs.filters == (
        {"name": "numcodecs.delta", "configuration": {"dtype": "<i4", "astype": "<i4"}},
    )
    assert codecs.serializer == {"name": "bytes", "configuration": {"endian": "little"}}
    assert codecs.compressors == (
        {"name": "numcodecs.shuffle", "configuration": {"elementsize": 4}},
        {"name": "crc32c"},
        {"name": "gzip", "configuration": {"level": 3}},
    )
    for number, options in enumerate(({"like": like}, {"like": like, "zarr_format": 2})):
        values = np.arange(50 * 45, dtype="i4").reshape(50, 45)
        out = written(tmp_path / f"{number}", values, **options)
        np.testing.assert_array_equal(out[:], values)


def test_the_order_of_elements_is_kept(tmp_path: Path) -> None:
    values = np.arange(50 * 45, dtype="i4").reshape(50, 45)
    out = written(tmp_path / "3", values, like=v2_array(tmp_path / "a", order="F"))
    assert out.metadata.to_dict()["codecs"][0] == {
        "name": "transpose",
        "configuration": {"order": (1, 0)},
    }
    again = written(tmp_path / "2", values, like=out, zarr_format=2)
    assert again.metadata.to_dict()["order"] == "F"
    np.testing.assert_array_equal(again[:], values)


def test_the_byte_order_of_zarr_2_is_kept_in_zarr_3(tmp_path: Path) -> None:
    like = v2_array(tmp_path / "a", dtype=">i4")
    serializer = array_spec("0", (50, 45), "i4", like=like).codecs.serializer
    assert serializer == {"name": "bytes", "configuration": {"endian": "big"}}


def test_codecs_of_zarr_3_are_kept_or_translated(tmp_path: Path) -> None:
    like = zarr.create_array(
        tmp_path / "a",
        shape=(64, 64),
        chunks=(8, 8),
        shards=(32, 32),
        dtype="u2",
        filters=[TransposeCodec(order=(1, 0))],
        serializer=BytesCodec(endian="big"),
        compressors=[BloscCodec(cname="zlib", clevel=4, shuffle="bitshuffle")],
    )
    codecs = array_spec("0", (32, 32), "u2", like=like).codecs
    made = zarr.create_array(
        tmp_path / "b",
        shape=(64, 64),
        chunks=(8, 8),
        shards=(32, 32),
        dtype="u2",
        filters=codecs.filters,
        serializer=codecs.serializer,
        compressors=codecs.compressors,
    )
    assert made.metadata.to_dict()["codecs"] == like.metadata.to_dict()["codecs"]
    spec = array_spec("0", (32, 32), "u2", like=like, zarr_format=2)
    blosc = {"id": "blosc", "cname": "zlib", "clevel": 4, "shuffle": 2, "blocksize": 0}
    assert (spec.codecs, spec.dtype) == (((), None, (blosc,), "F"), ">u2")


@pytest.mark.filterwarnings("ignore:Numcodecs codecs")
def test_codecs_without_options(tmp_path: Path) -> None:
    values = np.arange(64, dtype="u2").reshape(8, 8)
    for name in ("lz4", "crc32"):
        filters = [{"name": f"numcodecs.{name}", "configuration": {}}]
        like = zarr.create_array(
            tmp_path / name, shape=(8, 8), chunks=(4, 4), dtype="u2", compressors=filters
        )
        out = written(tmp_path / f"{name} out", values, like=like)
        assert out.metadata.to_dict()["codecs"] == like.metadata.to_dict()["codecs"]
        np.testing.assert_array_equal(out[:], values)


@pytest.mark.parametrize(
    ("compressors", "expected"),
    [
        ((ZstdCodec(level=9),), {"id": "zstd", "level": 9, "checksum": False}),
        ((GzipCodec(level=2),), {"id": "gzip", "level": 2}),
        ((), None),
    ],
)
def test_compressors_of_zarr_3_in_zarr_2(
    tmp_path: Path, compressors: Any, expected: dict[str, object] | None
) -> None:
    like = zarr.create_array(
        tmp_path / "a", shape=(64, 64), chunks=(8, 8), dtype="u1", compressors=compressors
    )
    codecs = array_spec("0", (32, 32), "u1", like=like, zarr_format=2).codecs
    assert codecs.compressors == (() if expected is None else (expected,))


@pytest.mark.parametrize("zarr_format", FORMATS)
def test_codecs_adapt_to_another_dtype(tmp_path: Path, zarr_format: Literal[2, 3]) -> None:
    like = v2_array(tmp_path / "a", filters=[DELTA], compressor={**BLOSC_2, "shuffle": -1})
    spec = array_spec("0", (50, 45), "u2", like=like, zarr_format=zarr_format)
    delta = spec.codecs.filters[0]
    assert (delta.get("configuration") or delta)["dtype"] == "<u2"
    assert array_spec("0", (50, 45), "f8", like=like, zarr_format=zarr_format).codecs.filters == ()
    blosc = array_spec("0", (50, 45), "f8", like=like).codecs.compressors[0]["configuration"]
    assert (blosc["typesize"], blosc["shuffle"]) == (8, "shuffle")
    blosc = array_spec("0", (50, 45), "u1", like=like).codecs.compressors[0]["configuration"]
    assert (blosc["typesize"], blosc["shuffle"]) == (1, "bitshuffle")


def test_codecs_that_change_values_are_left_out(tmp_path: Path) -> None:
    rounding = {"id": "fixedscaleoffset", "dtype": "<f8", "astype": "u1", "scale": 10, "offset": 0}
    like = v2_array(tmp_path / "a", dtype="f8", filters=[rounding], compressor=None)
    values = np.linspace(0, 1, 60).reshape(6, 10)
    for zarr_format in FORMATS:
        out = written(tmp_path / f"{zarr_format}", values, like=like, zarr_format=zarr_format)
        np.testing.assert_array_equal(out[:], values)
        assert len(out.compressors) == 1


@pytest.mark.parametrize(
    ("like", "fill", "dtype", "expected"),
    [
        ("u1", 255, "f4", 255.0),
        ("i8", -1, "u8", 0),
        ("i8", 2**62 + 1, "i8", 2**62 + 1),
        ("i8", 2**62 + 1, "f8", 0.0),
        ("f4", np.nan, "u1", 0),
        ("f8", np.inf, "f4", np.inf),
        ("f8", 7.0, "i2", 7),
        ("f8", 1e300, "f4", 0.0),
        ("bool", True, "f4", 1.0),
        ("c8", 1 + 2j, "c16", 1 + 2j),
        ("c8", 1 + 2j, "f4", 0.0),
    ],
)
@pytest.mark.filterwarnings("error")
def test_fill_values_are_kept_where_the_dtype_holds_them(
    tmp_path: Path, like: str, fill: object, dtype: str, expected: object
) -> None:
    array = zarr.create_array(tmp_path / "a", shape=(4, 4), dtype=like, fill_value=fill)
    for zarr_format in FORMATS:
        spec = array_spec("0", (4, 4), dtype, like=array, zarr_format=zarr_format)
        assert spec.fill_value == expected
        assert type(spec.fill_value) is type(expected)
        folder = str(tmp_path / f"{zarr_format}")
        create_array(folder, spec)
        np.testing.assert_array_equal(open_output_array(folder, "0")[:], np.full((4, 4), expected))


def test_fill_value_nan_is_kept(tmp_path: Path) -> None:
    array = zarr.create_array(tmp_path / "a", shape=(4, 4), dtype="f4", fill_value=np.nan)
    for zarr_format in FORMATS:
        out = written(
            tmp_path / f"{zarr_format}",
            np.full((4, 4), np.nan, "f4"),
            like=array,
            zarr_format=zarr_format,
        )
        assert np.isnan(out.fill_value)
        assert np.isnan(out[:]).all()
        assert out.nchunks_initialized == 0


def test_an_undefined_fill_value_exists_in_zarr_2_alone(tmp_path: Path) -> None:
    like = v2_array(tmp_path / "a", fill_value=None)
    assert array_spec("0", (4, 4), "i4", like=like, zarr_format=2).fill_value is None
    assert array_spec("0", (4, 4), "i4", like=like).fill_value == 0
