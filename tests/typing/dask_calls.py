"""Calls of the functions for Dask arrays: right ones with their types, and wrong ones."""

from __future__ import annotations

from fractions import Fraction
from typing import assert_type

import numpy as np
from dask.array import Array

from poolcli import ModeName
from poolcli.dask import adaptive_pool, global_pool, pool


def one_array_or_a_pair(x: Array, flag: bool) -> None:
    assert_type(pool(x), Array)
    assert_type(pool(x, "avg", 3, 2, 1, 1), Array)
    assert_type(adaptive_pool(x, "max", 7, return_indices=False), Array)
    assert_type(global_pool(x), Array)
    assert_type(pool(x, return_indices=True), tuple[Array, Array])
    assert_type(adaptive_pool(x, "max", 7, return_indices=True), tuple[Array, Array])
    assert_type(global_pool(x, "min", return_indices=True), tuple[Array, Array])
    assert_type(pool(x, return_indices=flag), Array | tuple[Array, Array])
    assert_type(adaptive_pool(x, "max", return_indices=flag), Array | tuple[Array, Array])
    assert_type(global_pool(x, "max", return_indices=flag), Array | tuple[Array, Array])


def every_argument(x: Array, mode: ModeName) -> None:
    pool(x, mode, (2, 2), stride=[1, 1], padding="same", dilation=(1, 1), ceil_mode=True)
    pool(x, mode, padding=[(0, 1), (1, 0)], padding_mode="reflect", footprint=np.eye(2, dtype=bool))
    pool(x, "avg", count_include_pad=False, divisor_override=4, axes=(0, 1), dtype=np.uint8)
    pool(x, "quantile", q=0.9, method="lower", ignore=[0, float("nan")], min_valid=Fraction(1, 3))
    adaptive_pool(x, mode, (7, None), norm_type=3.0, axes=(-2, -1), ignore=0, threads=None)
    global_pool(x, mode, axes=(2, 3), keepdims=False, ignore=0, min_valid=0.5, threads=2)


def wrong_calls(x: Array) -> None:
    pool(np.zeros((4, 4)), "max")  # type: ignore[call-overload]  # pyright: ignore
    pool(x, "maxx")  # type: ignore[call-overload]  # pyright: ignore
    pool(x, "max", 2.5)  # type: ignore[call-overload]  # pyright: ignore
    adaptive_pool(x, "avg", 7, stride=2)  # type: ignore[call-overload]  # pyright: ignore
    global_pool(x, keepdims="no")  # type: ignore[call-overload]  # pyright: ignore
    values: Array
    values = pool(x, return_indices=True)  # type: ignore[assignment]  # pyright: ignore
    values.ndim  # noqa: B018
