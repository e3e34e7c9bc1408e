"""Zarr chunks of the codec pickle are not decoded, because decoding could run code."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Poolcli

PICKLE = {"id": "pickle"}


class MakesFolder:
    """An object that makes the folder ``ran`` when it is unpickled."""

    def __reduce__(self) -> Any:
        return Path.mkdir, (Path("ran"),)


def test_the_object_runs_code_when_it_is_unpickled(poolcli: Poolcli) -> None:
    pickle.loads(pickle.dumps(MakesFolder()))
    assert Path("ran").is_dir()


@pytest.mark.parametrize(
    ("dtype", "compressor", "filters"),
    [
        ("<i4", None, [PICKLE]),
        ("<i4", PICKLE, None),
        ("<i4", None, [{"id": "delta", "dtype": "<i4"}, PICKLE]),
        ("|O", None, [PICKLE]),
        ("|O", None, [{"id": "vlen-utf8"}, PICKLE]),
    ],
)
def test_no_chunk_is_decoded(poolcli: Poolcli, dtype: str, compressor: Any, filters: Any) -> None:
    store = Path("x.zarr")
    store.mkdir()
    document = {
        "zarr_format": 2,
        "shape": [4, 4],
        "chunks": [4, 4],
        "dtype": dtype,
        "compressor": compressor,
        "filters": filters,
        "fill_value": 0,
        "order": "C",
    }
    (store / ".zarray").write_text(json.dumps(document))
    (store / "0.0").write_bytes(pickle.dumps(MakesFolder()))
    assert poolcli("max", store, "--k", 2).code == 1
    poolcli("info", store)
    assert not Path("ran").exists()
