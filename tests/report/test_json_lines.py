"""Tests of the JSON lines: keys, values, and what is null."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.report.record import Record
from tests.conftest import Poolcli

FEATURE_MAP = np.array([[1, 3, 2, 4], [5, 6, 7, 8], [2, 4, 1, 3], [0, 1, 2, 4]], np.float32)

KEYS = ["input", "member", "level", "frames", "output", "status", "mode", "window", "in", "out",
        "notes", "seconds", "error"]  # fmt: skip
ARRAY_KEYS = ["shape", "dtype", "layout", "min", "mean", "max"]
WINDOW_KEYS = ["kernel_size", "stride", "padding", "dilation", "ceil_mode"]


def test_complete_line(poolcli: Poolcli, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 6, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "img.png")
    record = poolcli("max", "img.png", "--json").record
    assert list(record) == KEYS
    assert 0 < record.pop("seconds") < 60
    output = pixels.reshape(4, 2, 3, 2, 3).max((1, 3))
    assert record == {
        "input": "img.png",
        "member": None,
        "level": None,
        "frames": 1,
        "output": "img.max-k2-s2.png",
        "status": "ok",
        "mode": "max",
        "window": {
            "kernel_size": [2, 2],
            "stride": [2, 2],
            "padding": [[0, 0], [0, 0]],
            "dilation": [1, 1],
            "ceil_mode": False,
        },
        "in": {
            "shape": [8, 6, 3],
            "dtype": "uint8",
            "layout": "HWC",
            "min": int(pixels.min()),
            "mean": pixels.mean(),
            "max": int(pixels.max()),
        },
        "out": {
            "shape": [4, 3, 3],
            "dtype": "uint8",
            "layout": "HWC",
            "min": int(output.min()),
            "mean": output.mean(),
            "max": int(output.max()),
        },
        "notes": [],
        "error": None,
    }


@pytest.mark.parametrize("args", ["gone.png", "x.npy --skip-existing", "x.npy --adaptive 2"])
def test_all_keys_are_always_present(poolcli: Poolcli, tmp_path: Path, args: str) -> None:
    np.save("x.npy", FEATURE_MAP)
    (tmp_path / "x.max-k2-s2.npy").write_text("")
    record = poolcli("max", *args.split(), "--json").record
    assert list(record) == KEYS
    assert list(record["in"]) == list(record["out"]) == ARRAY_KEYS
    assert list(record["window"]) == WINDOW_KEYS


def test_padding_of_same_and_kernel_of_global_are_numbers(poolcli: Poolcli) -> None:
    np.save("x.npy", FEATURE_MAP)
    record = poolcli("max", "x.npy", "--k", 3, "--s", 2, "--p", "same", "--json").record
    assert record["window"]["padding"] == [[0, 1], [0, 1]]
    record = poolcli("max", "x.npy", "--global", "--json").record
    assert record["window"]["kernel_size"] == [4, 4]


def test_each_member_and_level_has_a_line(poolcli: Poolcli) -> None:
    np.savez("x.npz", first=FEATURE_MAP, second=np.zeros((6, 6), np.uint8))
    records = poolcli("max", "x.npz", "--levels", 2, "--json").records
    assert [(record["member"], record["level"]) for record in records] == [
        ("first", 1),
        ("second", 1),
        ("first", 2),
        ("second", 2),
    ]
    with np.load("x.max-k2-s2.L2.npz") as arrays:
        assert {key: arrays[key].shape for key in arrays} == {"first": (1, 1), "second": (1, 1)}


def test_nan_and_infinities_are_null(poolcli: Poolcli) -> None:
    np.save("x.npy", np.array([[np.nan, np.inf], [1, -np.inf]]))
    statistics = poolcli("max", "x.npy", "--k", 1, "--json").record["in"]
    assert (statistics["min"], statistics["mean"], statistics["max"]) == (None, None, None)
    record = Record(input="x", status="ok", mode="max")
    record.before.mean = math.nan
    assert json.loads(json.dumps(record.as_json(), allow_nan=False))["in"]["mean"] is None


def test_nan_and_ignored_elements_do_not_count_in_statistics(poolcli: Poolcli) -> None:
    np.save("x.npy", np.array([[np.nan, -9999, 1, 4]], np.float32))
    record = poolcli("max", "x.npy", "--k", 1, "--ignore", -9999, "--json").record
    assert [record["in"][key] for key in ("min", "mean", "max")] == [1, 2.5, 4]


def test_large_integers_are_exact(poolcli: Poolcli) -> None:
    np.save("x.npy", np.array([[2**63 + 1, 2**64 - 1]], np.uint64))
    record = poolcli("max", "x.npy", "--k", 1, "--json").record
    assert (record["in"]["min"], record["in"]["max"]) == (2**63 + 1, 2**64 - 1)


def test_long_doubles_become_floats(poolcli: Poolcli) -> None:
    np.save("x.npy", np.array([[1, 2], [3, np.nan]], np.longdouble))
    result = poolcli("min", "x.npy", "--k", 1, "--json")
    assert result.code == 0
    assert [result.record["out"][key] for key in ("min", "mean", "max")] == [1.0, 2.0, 3.0]


def test_complex_arrays_have_no_statistics(poolcli: Poolcli) -> None:
    np.save("x.npy", np.ones((4, 4), np.complex64) * 1j)
    record = poolcli("avg", "x.npy", "--json").record
    assert record["out"]["min"] is None
    assert record["out"]["dtype"] == "complex64"
    assert "0+1j" in poolcli("avg", "x.npy", "--overwrite").out
