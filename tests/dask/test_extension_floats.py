"""Lazy pooling of bfloat16 and float8."""

from __future__ import annotations

import numpy as np
import pytest

import poolcli

da = pytest.importorskip("dask.array")
lazy = pytest.importorskip("poolcli.dask")
ml_dtypes = pytest.importorskip("ml_dtypes")


@pytest.mark.parametrize("name", ["bfloat16", "float8_e4m3fn", "float8_e5m2"])
def test_values_are_those_of_pool(name: str) -> None:
    x = np.random.default_rng(0).normal(size=(20, 21)).astype(getattr(ml_dtypes, name))
    chunked = da.from_array(x, chunks=(7, 11))
    pairs = [
        (poolcli.pool(x, "avg", 9, 1, "same"), lazy.pool(chunked, "avg", 9, 1, "same")),
        (poolcli.global_pool(x, "max"), lazy.global_pool(chunked, "max")),
        (
            poolcli.pool(x, "sum", 3, padding=1, padding_mode="constant:1", ignore=0),
            lazy.pool(chunked, "sum", 3, padding=1, padding_mode="constant:1", ignore=0),
        ),
    ]
    for expected, pooled in pairs:
        assert pooled.dtype == expected.dtype == x.dtype
        assert pooled.compute(scheduler="synchronous").tobytes() == expected.tobytes()
