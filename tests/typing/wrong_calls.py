"""Calls that type checkers must refuse.

Both checkers run so that a comment that suppresses no error is an error.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import poolcli
from poolcli import ModeName, adaptive_pool, global_pool, pool


def wrong_modes(x: npt.NDArray[np.float32], text: str) -> None:
    pool(x, "maxx")  # type: ignore[call-overload]  # pyright: ignore
    pool(x, mode=text)  # type: ignore[call-overload]  # pyright: ignore
    adaptive_pool(x, "mean", 7)  # type: ignore[call-overload]  # pyright: ignore
    global_pool(x, "MAX")  # type: ignore[call-overload]  # pyright: ignore
    mode: ModeName = "average"  # type: ignore[assignment]  # pyright: ignore
    pool(x, mode)


def wrong_types(x: npt.NDArray[np.float32]) -> None:
    pool(x, "quantile", q="0.5")  # type: ignore[call-overload]  # pyright: ignore
    pool(x, "quantile", method="hazen")  # type: ignore[call-overload]  # pyright: ignore
    pool(x, "max", 2.5)  # type: ignore[call-overload]  # pyright: ignore
    pool(x, "max", padding=0.5)  # type: ignore[call-overload]  # pyright: ignore
    pool(x, "max", padding_mode=0)  # type: ignore[call-overload]  # pyright: ignore
    pool(x, "max", footprint={1, 2})  # type: ignore[call-overload]  # pyright: ignore
    global_pool(x, footprint="disk")  # type: ignore[call-overload]  # pyright: ignore
    pool(x, "lp", norm_type="2")  # type: ignore[call-overload]  # pyright: ignore
    pool(x, "max", ignore="0")  # type: ignore[call-overload]  # pyright: ignore
    pool(x, "max", axes="HW")  # type: ignore[call-overload]  # pyright: ignore
    pool(x, "max", return_indices="yes")  # type: ignore[call-overload]  # pyright: ignore
    adaptive_pool(x, "avg", 7.0)  # type: ignore[call-overload]  # pyright: ignore
    global_pool(x, "avg", keepdims="no")  # type: ignore[call-overload]  # pyright: ignore


def wrong_arrays() -> None:
    pool(object())  # type: ignore[call-overload]  # pyright: ignore
    pool(None)  # type: ignore[call-overload]  # pyright: ignore
    global_pool({1: 2})  # type: ignore[call-overload]  # pyright: ignore


def wrong_names_and_positions(x: npt.NDArray[np.float32]) -> None:
    pool(x, kernel=2)  # type: ignore[call-overload]  # pyright: ignore
    pool(x, "max", 2, 2, 0, 1, True)  # type: ignore[call-overload]  # pyright: ignore
    adaptive_pool(x, "avg", 7, stride=2)  # type: ignore[call-overload]  # pyright: ignore
    global_pool(x, "avg", 2)  # type: ignore[call-overload]  # pyright: ignore
    poolcli.pooling()  # type: ignore[attr-defined]  # pyright: ignore


def a_pair_is_no_array(x: npt.NDArray[np.float32]) -> None:
    values: npt.NDArray[Any]
    values = pool(x, return_indices=True)  # type: ignore[assignment]  # pyright: ignore
    values, _, _ = pool(x, return_indices=True)  # type: ignore[misc]  # pyright: ignore
    values.sum()
