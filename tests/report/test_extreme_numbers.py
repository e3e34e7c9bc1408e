"""Tests with numbers outside float64's range: every report prints them without warnings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poolcli.core.engine.statistics import compute_statistics
from poolcli.core.modes import MODES
from poolcli.io.images.normalize_to_uint8 import normalize_to_uint8
from poolcli.report.format_values import format_number
from poolcli.report.record import json_number
from tests.conftest import Poolcli

LONG_DOUBLE = np.finfo(np.longdouble)
EXTREMES = {
    "mixed": [
        LONG_DOUBLE.max,
        -LONG_DOUBLE.max,
        LONG_DOUBLE.tiny,
        LONG_DOUBLE.smallest_subnormal,
        np.inf,
        -np.inf,
        np.nan,
        0,
    ],
    "finite": [
        LONG_DOUBLE.max,
        -LONG_DOUBLE.max,
        LONG_DOUBLE.tiny,
        LONG_DOUBLE.smallest_subnormal,
        1,
        2,
        3,
        0,
    ],
    "largest": [LONG_DOUBLE.max] * 8,
    "tiniest": [LONG_DOUBLE.smallest_subnormal * each for each in range(8)],
}


@pytest.mark.skipif(LONG_DOUBLE.maxexp <= 1024, reason="long doubles have float64's range")
def test_long_doubles_outside_float64_as_text() -> None:
    assert format_number(np.longdouble("1.5e4000")) == "1.5e+4000"
    assert format_number(np.longdouble("-2e-4000")) == "-2e-4000"
    assert format_number(np.clongdouble(np.longdouble("1e4000"))) == "1e+4000+0j"
    assert json_number(np.longdouble("1e4000")) is None
    stats = compute_statistics(np.array(["1e4000", "3e4000"], np.longdouble))
    assert format_number(stats.mean) == "2e+4000"


def test_long_doubles_within_float64_as_text() -> None:
    for value in (0.0, 2.5, 1 / 3, 1234567.89, 2.5e20, -7.0, float("nan"), float("inf"), 1e-9):
        assert format_number(np.longdouble(value)) == format_number(value)
    assert json_number(np.longdouble(2.5)) == 2.5


@pytest.mark.parametrize("kind", [np.float64, np.longdouble])
def test_normalize_handles_the_full_range(kind: Any) -> None:
    info = np.finfo(kind)
    assert normalize_to_uint8(np.array([-info.max, 0, info.max], kind)).tolist() == [0, 128, 255]
    least = info.smallest_subnormal
    assert normalize_to_uint8(np.array([0, 2 * least, 4 * least], kind)).tolist() == [0, 128, 255]


@pytest.mark.parametrize("dtype", ["longdouble", "clongdouble"])
@pytest.mark.parametrize("name", EXTREMES)
def test_every_report_accepts_extreme_values(
    poolcli: Poolcli, tmp_path: Path, name: str, dtype: str
) -> None:
    x = np.array(EXTREMES[name], np.longdouble).reshape(2, 4).astype(dtype)
    np.save(tmp_path / "x.npy", x)
    modes = [mode.name for mode in MODES.values() if mode.accepts_complex or dtype == "longdouble"]
    for mode in modes:
        out = ("-o", "y.npy", "--overwrite")
        assert poolcli(mode, "x.npy", *out, "--preview", "--values", "--html", "r.html").code == 0
        assert poolcli(mode, "x.npy", *out, "--json").record["status"] == "ok"
        assert poolcli("explain", mode, "x.npy").code == 0
    assert poolcli("info", "x.npy").code == 0
    assert poolcli("compare", "x.npy", "--json").code == 0


@pytest.mark.parametrize("rank", [33, 64])
def test_arrays_with_many_axes(poolcli: Poolcli, tmp_path: Path, rank: int) -> None:
    np.save(tmp_path / "x.npy", np.arange(8.0).reshape(*[1] * (rank - 2), 2, 4))
    assert "= 2.5" in poolcli("explain", "median", "x.npy").out
    assert "2.5 4.5" in poolcli("median", "x.npy", "--values").out
    assert poolcli("compare", "x.npy").code == 0


def test_empty_planes_are_not_listed(poolcli: Poolcli, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((1 << 27, 0, 4, 4), np.uint8))
    assert poolcli("max", "x.npy", "--values", "--preview", "--html", "r.html").code == 0
