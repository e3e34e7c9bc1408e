"""Several `--ignore`, `--min-valid` and `--axes` together, for every mode, window and command."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import poolcli as library
from poolcli.core.modes import MODES
from tests import oracle
from tests.conftest import Poolcli

STACK = np.random.default_rng(4).integers(0, 5, (4, 3, 6), np.uint8)
GIVEN = ("--layout", "ZYX", "--axes", "ZX", "--ignore", 0, "--ignore", 3, "--min-valid", 0.6)
KWARGS: dict[str, Any] = {"axes": (0, 2), "ignore": [0, 3], "min_valid": 0.6}

WINDOWS: dict[str, tuple[str, dict[str, Any]]] = {
    "--k 2": ("pool", {"kernel_size": 2}),
    "--k 3 --s 2 --p 1 --ceil": (
        "pool", {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}
    ),
    "--k 2x3 --s 1 --p same --d 2": (
        "pool", {"kernel_size": (2, 3), "stride": 1, "padding": "same", "dilation": 2}
    ),
    "--adaptive 3x4": ("adaptive_pool", {"output_size": (3, 4)}),
    "--fit 5": ("adaptive_pool", {"output_size": (3, 5)}),
    "--global": ("global_pool", {}),
}  # fmt: skip


@pytest.mark.parametrize("options", WINDOWS)
@pytest.mark.parametrize("mode", MODES)
def test_all_modes_and_windows(poolcli: Poolcli, mode: str, options: str) -> None:
    np.save("x.npy", STACK)
    name, window = WINDOWS[options]
    found = getattr(library, name)(STACK, mode, **window, **KWARGS)
    expected, _ = getattr(oracle, name)(STACK, mode, **window, **KWARGS)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    poolcli(mode, "x.npy", *options.split(), *GIVEN, "-o", "y.npy")
    np.testing.assert_array_equal(np.load("y.npy"), found)


def test_commands_that_examine_one_input(poolcli: Poolcli) -> None:
    np.save("x.npy", STACK)
    shown = poolcli("explain", "sum", "x.npy", "--k", "4x6", *GIVEN).out
    assert "ignoring 0 and 3" in shown
    assert "elements left: 0" in shown
    (record,) = poolcli("info", "x.npy", *GIVEN[:-2], "--json").records
    valid = STACK[(STACK != 0) & (STACK != 3)]
    assert record["in"]["mean"] == pytest.approx(valid.mean())
    assert record["would_make"]["--k 2"] == [2, 3, 3]
    rows = poolcli("compare", "x.npy", *GIVEN, "--modes", "max,sum", "--json").records
    assert [row["shape"] for row in rows if row["mode"]] == [[2, 3, 3]] * 2
