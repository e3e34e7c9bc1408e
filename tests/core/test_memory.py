"""The memory that pooling takes in addition to its input and its result."""

from __future__ import annotations

import tracemalloc
from functools import cache
from typing import Any

import numpy as np
import pytest

import poolcli
from poolcli.core.modes import MODES

MEGABYTE = 1 << 20
WINDOWS: dict[str, dict[str, Any]] = {
    "small": {"kernel_size": 2},
    "overlapping": {"kernel_size": 3, "stride": 2, "padding": "same"},
    "dilated": {"kernel_size": 3, "stride": 5, "dilation": 20},
    "tall": {"kernel_size": (900, 1), "stride": (100, 7)},
    "large": {"kernel_size": 600},
}


@cache
def random_floats(*shape: int) -> np.ndarray[Any, Any]:
    """Return integers below 99 as float32; an array of millions is made once for all tests."""
    return np.random.default_rng(0).integers(0, 99, shape).astype(np.float32)


def peak_bytes(mode: str, x: np.ndarray[Any, Any], **window: Any) -> int:
    """Return the peak of allocated bytes without those of the result."""
    pool = poolcli.pool  # the import allocates memory, too
    tracemalloc.start()
    try:
        result = pool(x, mode, threads=1, **window)
        return tracemalloc.get_traced_memory()[1] - result.nbytes
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("ignore", [None, 0])
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("mode", MODES)
def test_no_copy_of_the_input_is_made(mode: str, window: str, ignore: int | None) -> None:
    x = random_floats(1200, 4000)
    assert peak_bytes(mode, x, ignore=ignore, **WINDOWS[window]) < 12 * MEGABYTE


@pytest.mark.parametrize("ignore", [None, 0])
@pytest.mark.parametrize("dtype", ["float32", "float16", ">f8", ">i4", "uint8"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("mode", ["median", "quantile", "mode"])
def test_ranked_modes_copy_a_huge_window_once(
    mode: str, dtype: str, order: Any, ignore: int | None
) -> None:
    x = random_floats(1500, 2000).astype(dtype, order=order)
    assert peak_bytes(mode, x, ignore=ignore, kernel_size=x.shape) < x.nbytes + 10 * MEGABYTE


@pytest.mark.parametrize("mode", ["max", "avg", "median"])
def test_plans_of_unlike_adaptive_blocks_are_not_all_kept(mode: str) -> None:
    x = np.random.default_rng(0).integers(0, 99, (8009, 3001)).astype(np.float32)
    adaptive_pool = poolcli.adaptive_pool
    tracemalloc.start()
    try:
        result = adaptive_pool(x, mode, (2803, 1201), threads=1)
        peak = tracemalloc.get_traced_memory()[1] - result.nbytes
    finally:
        tracemalloc.stop()
    assert peak < 40 * MEGABYTE
