"""Tests of the JSON lines against their JSON Schema."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from PIL import Image

from tests.conftest import Poolcli

SCHEMA = json.loads(
    files("poolcli.report").joinpath("schemas", "record.schema.json").read_text("utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@pytest.fixture(autouse=True)
def _inputs(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.png")
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "b.gif", save_all=True, append_images=frames[1:])
    np.savez(tmp_path / "c.npz", one=np.ones((4, 4)), two=np.full((4, 6), np.nan))
    np.save(tmp_path / "d.npy", np.zeros((2, 3, 8, 8), np.float16))
    np.save(tmp_path / "at.npy", np.zeros((2, 3, 8, 8), np.int64))
    (tmp_path / "broken.png").write_bytes(b"broken")


@pytest.mark.parametrize(
    "line",
    [
        "max a.png b.gif c.npz d.npy broken.png gone.png -o out/",
        "avg a.png --levels 2",
        "median d.npy --global",
        "avg a.png --adaptive 3x5",
        "max d.npy --k 3x2 --s 1 --p 1:0x0:1 --d 1 --ceil",
        "max a.png --dry-run",
        "std b.gif -o x.npy",
        "unpool d.npy --indices at.npy --output-size 8x9",
        "info a.png b.gif c.npz d.npy broken.png gone.png",
    ],
)
def test_lines_match_the_schema(poolcli: Poolcli, line: str) -> None:
    records = poolcli(*line.split(), "--json").records
    if not line.startswith("info"):
        records += poolcli(*line.split(), "--json", "--skip-existing").records
    assert records
    for record in records:
        VALIDATOR.validate(record)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "fine"},
        {"extra": 1},
        {"window": {}},
        {"frames": 0},
        {"status": "failed"},
        {"error": {"type": "X", "message": "y"}},
        {"notes": None},
    ],
)
def test_schema_refuses_other_values_and_missing_keys(
    poolcli: Poolcli, change: dict[str, Any]
) -> None:
    record = poolcli("max", "a.png", "--json").record
    VALIDATOR.validate(record)
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(record | change)
    for missing in record:
        with pytest.raises(jsonschema.ValidationError):
            VALIDATOR.validate({k: v for k, v in record.items() if k != missing})


def test_schema_separates_lines_of_pooling_and_of_info(poolcli: Poolcli) -> None:
    pooled = poolcli("max", "a.png", "--json").record
    inspected = poolcli("info", "a.png", "--json").record
    wrong = (
        pooled | {"mode": None},
        pooled | {"format": "PNG"},
        inspected | {"mode": "max"},
        inspected | {"output": "a.png"},
        {key: value for key, value in inspected.items() if key != "format"},
    )
    for record in wrong:
        with pytest.raises(jsonschema.ValidationError):
            VALIDATOR.validate(record)


def test_info_prints_the_schema(poolcli: Poolcli) -> None:
    result = poolcli("info", "--schema")
    assert (result.code, result.err) == (0, "")
    assert json.loads(result.out) == SCHEMA
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
