"""The JSON lines are as their schema says."""

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


@pytest.fixture(autouse=True)
def _inputs(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.png")
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "b.gif", save_all=True, append_images=frames[1:])
    np.savez(tmp_path / "c.npz", one=np.ones((4, 4)), two=np.full((4, 6), np.nan))
    np.save(tmp_path / "d.npy", np.zeros((2, 3, 8, 8), np.float16))
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
        "info a.png b.gif c.npz d.npy broken.png gone.png",
    ],
)
def test_lines_are_valid(poolcli: Poolcli, line: str) -> None:
    found = poolcli(*line.split(), "--json").records
    if not line.startswith("info"):
        found += poolcli(*line.split(), "--json", "--skip-existing").records
    assert found
    for record in found:
        jsonschema.validate(record, SCHEMA)


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
def test_the_schema_is_strict(poolcli: Poolcli, change: dict[str, Any]) -> None:
    record = poolcli("max", "a.png", "--json").record
    jsonschema.validate(record, SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(record | change, SCHEMA)
    for key in record:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({k: v for k, v in record.items() if k != key}, SCHEMA)


def test_lines_of_either_kind_are_strict(poolcli: Poolcli) -> None:
    pooled = poolcli("max", "a.png", "--json").record
    known = poolcli("info", "a.png", "--json").record
    wrong = (
        pooled | {"mode": None},
        pooled | {"format": "PNG"},
        known | {"mode": "max"},
        known | {"output": "a.png"},
        {key: value for key, value in known.items() if key != "format"},
    )
    for record in wrong:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(record, SCHEMA)


def test_it_is_printed(poolcli: Poolcli) -> None:
    ran = poolcli("info", "--schema")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out) == SCHEMA
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
