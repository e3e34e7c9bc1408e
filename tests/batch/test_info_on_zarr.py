"""`info` and `explain` on Zarr stores: levels and storage, and the chunks that are read."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from poolcli.batch import statistics_of_store
from tests.conftest import Poolcli
from tests.io.zarr.stores import AXES, VALUES, chunk_reads, http_server, write_array, write_image

VALIDATOR = jsonschema.Draft202012Validator(
    json.loads(files("poolcli.report").joinpath("schemas", "record.schema.json").read_text("utf-8"))
)


def test_the_json_describes_axes_and_levels(poolcli: Poolcli) -> None:
    write_image("x.zarr", levels=2, shards=(2, 8, 8, 8), chunks=(1, 4, 4, 4))
    write_array("y.zarr", zarr_format=2)
    np.save("z.npy", VALUES)
    ran = poolcli("info", "x.zarr", "y.zarr", "z.npy", "missing.zarr", "--json")
    for record in ran.records:
        VALIDATOR.validate(record)
    records = {record["input"]: record for record in ran.records}
    image, array = records["x.zarr"], records["y.zarr"]
    assert (image["format"], image["member"], image["in"]["layout"]) == ("ZARR", "0", "CZYX")
    assert image["pixel_size"]["Z"] == {"size": 0.1, "unit": "µm"}
    store = image["store"]
    assert store["zarr_format"] == 3
    assert store["axes"][1] == {"name": "z", "type": "space", "unit": "micrometer"}
    assert [level["path"] for level in store["levels"]] == ["0", "1"]
    assert store["levels"][1] == {
        "path": "1",
        "shape": [2, 5, 5, 6],
        "dtype": "uint16",
        "chunks": [1, 4, 4, 4],
        "shards": [2, 8, 8, 8],
        "codecs": ["zstd"],
        "scale": [0.1, 0.2, 0.2, 0.2],
        "translation": None,
    }
    assert (array["store"]["axes"], array["store"]["zarr_format"], array["member"]) == (
        None,
        2,
        None,
    )
    assert array["store"]["levels"][0]["path"] == ""
    assert (array["in"]["min"], array["in"]["max"]) == (0, int(VALUES.max()))
    assert records["z.npy"]["store"] is records["missing.zarr"]["store"] is None


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_codecs_are_named(poolcli: Poolcli, zarr_format: Any) -> None:
    import numcodecs
    from zarr.codecs import BloscCodec, TransposeCodec

    options: dict[str, Any] = {
        2: {
            "filters": [numcodecs.Delta(dtype="<u2")],
            "compressors": numcodecs.Blosc(cname="zstd"),
        },
        3: {
            "filters": [TransposeCodec(order=(3, 2, 1, 0))],
            "compressors": BloscCodec(cname="zstd"),
        },
    }[zarr_format]
    write_array("x.zarr", zarr_format=zarr_format, **options)
    (level,) = poolcli("info", "x.zarr", "--json").record["store"]["levels"]
    assert level["codecs"] == [{2: "delta", 3: "transpose"}[zarr_format], "blosc zstd"]
    write_array("y.zarr", zarr_format=zarr_format, compressors=None)
    assert poolcli("info", "y.zarr", "--json").record["store"]["levels"][0]["codecs"] == []
    assert "none" in poolcli("info", "y.zarr").out


def test_the_table_shows_the_levels(poolcli: Poolcli) -> None:
    write_image("x.zarr", levels=2, shards=(2, 8, 8, 8), chunks=(1, 4, 4, 4))
    lines = poolcli("info", "x.zarr").out.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("array"))
    headings = ["array", "shape", "chunks", "shards", "codecs", "pixel", "size"]
    assert lines[first].split() == headings
    assert lines[first + 2].split() == [
        "x.zarr:1", "2x5x5x6", "1x4x4x4", "2x8x8x8", "zstd", "0.2x0.2x0.2", "µm",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("limit", "shown", "note"),
    [
        (10_000, 0, None),
        (1000, 1, "min, mean and max are those of dataset 1 (2x5x5x6)"),
        (10, None, "min, mean and max were left out"),
    ],
)
def test_statistics_of_large_arrays_are_those_of_a_coarser_level(
    poolcli: Poolcli,
    monkeypatch: pytest.MonkeyPatch,
    limit: int,
    shown: int | None,
    note: str | None,
) -> None:
    write_image("x.zarr", levels=3)
    monkeypatch.setattr(statistics_of_store, "MAX_MEASURED_BYTES", limit)
    reads = chunk_reads(monkeypatch)
    record = poolcli("info", "x.zarr", "--json").record
    assert {Path(path).parts[-6] for path in reads} == (set() if shown is None else {str(shown)})
    step = 2 ** (shown or 0)
    expected = None if shown is None else int(VALUES[:, ::step, ::step, ::step].max())
    assert record["in"]["max"] == expected
    assert record["in"]["shape"] == [2, 9, 10, 11]
    assert [text for text in record["notes"] if note and note in text] == record["notes"]


def test_less_is_read_from_a_url(
    poolcli: Poolcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_image("x.zarr", levels=2)
    monkeypatch.setattr(statistics_of_store, "MAX_DOWNLOADED_BYTES", 1000)
    with http_server(tmp_path) as url:
        record = poolcli("info", f"{url}/x.zarr", "--json").record
    assert record["in"]["max"] == int(VALUES[:, ::2, ::2, ::2].max())
    assert poolcli("info", "x.zarr", "--json").record["in"]["max"] == int(VALUES.max())


def test_a_store_without_spatial_axes_is_described(poolcli: Poolcli) -> None:
    write_image("x.zarr", VALUES[0, 0], axes=[{"name": "t", "type": "time"}, AXES[0]])
    record = poolcli("info", "x.zarr", "--json").record
    assert (record["status"], record["in"]["layout"], record["would_make"]) == ("ok", "TC", {})
    assert "name the ones to pool with --axes" in record["notes"][0]


def test_explain_reads_the_chunks_of_what_it_shows(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_array("x.zarr", np.arange(10_000).reshape(100, 100), chunks=(10, 10))
    reads = chunk_reads(monkeypatch)
    ran = poolcli("explain", "max", "x.zarr", "--at", "55,42")
    assert ran.code == 0
    assert "5542" in ran.out
    places = [tuple(map(int, Path(path).parts[-2:])) for path in reads]
    assert len(places) == len(set(places)) <= 9
    assert (5, 4) in places
