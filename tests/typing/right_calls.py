"""Calls of the public functions, with the types that type checkers must infer."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

from poolcli import ModeName, adaptive_pool, global_pool, pool, unpool

Array = npt.NDArray[Any]
Indices = npt.NDArray[np.int64]


def one_array_without_indices(x: npt.NDArray[np.float32]) -> None:
    assert_type(pool(x), Array)
    assert_type(pool(x, "avg", 3, 2, 1, 1), Array)
    assert_type(pool(x, "max", return_indices=False), Array)
    assert_type(adaptive_pool(x), Array)
    assert_type(adaptive_pool(x, "max", 7, return_indices=False), Array)
    assert_type(global_pool(x), Array)
    assert_type(global_pool(x, "max", return_indices=False), Array)


def a_pair_with_indices(x: npt.NDArray[np.float32]) -> None:
    assert_type(pool(x, return_indices=True), tuple[Array, Indices])
    assert_type(pool(x, "min", 3, axes=(1, 2), return_indices=True), tuple[Array, Indices])
    assert_type(adaptive_pool(x, "max", 7, return_indices=True), tuple[Array, Indices])
    values, indices = global_pool(x, "max", return_indices=True)
    assert_type(values, Array)
    assert_type(indices, Indices)


def either_where_the_value_is_not_known(x: npt.NDArray[np.float32], flag: bool) -> None:
    assert_type(pool(x, return_indices=flag), Array | tuple[Array, Indices])
    assert_type(adaptive_pool(x, "max", return_indices=flag), Array | tuple[Array, Indices])
    assert_type(global_pool(x, "max", return_indices=flag), Array | tuple[Array, Indices])


def every_argument(x: npt.NDArray[np.float32], mode: ModeName) -> None:
    pool([[1, 2], [3, 4]], mode, (2, 2), stride=[1, 1], padding="SAME", dilation=(1, 1))
    pool(x, mode, padding=[(0, 1), (1, 0)], ceil_mode=True)
    pool(x, mode, padding=1, padding_mode="reflect", footprint="disk")
    pool(x, mode, 3, padding="same", padding_mode="constant:-1", footprint=np.eye(3, dtype=bool))
    pool(x, mode, padding_mode=None, footprint=[[True, False], [False, True]])
    pool(x, "avg", count_include_pad=False, divisor_override=4)
    pool(x, "quantile", q=0.9, method="lower")
    pool(x, "lp", norm_type=2, ignore=0, min_valid=0.5)
    pool(x, "gem", norm_type=None, q=None, method=None, ignore=None, min_valid=Fraction(1, 3))
    pool(x, "mode", ignore=[0, 255], axes=0, dtype=np.uint8, threads=1)
    pool(x, "sum", ignore=np.float32(0), dtype="int64")
    pool(x, "sum", ignore=(float("nan"), 1 + 2j, Fraction(1, 3)))
    adaptive_pool(x, mode, (7, None), axes=(-2, -1), ignore=np.array([1, 2]), min_valid=1)
    adaptive_pool(x, mode, None, norm_type=3.0, q=1, method="nearest", dtype=None, threads=None)
    global_pool(x, mode, axes=(2, 3), keepdims=False, ignore=0, min_valid=0.5)
    global_pool(x, mode, norm_type=3.0, q=1, method="midpoint", dtype=float, threads=2)


class Labelled:
    """An array like those of xarray, dask and PyTorch."""

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        raise NotImplementedError


class OnAnyDevice:
    """An array that has only DLPack."""

    def __dlpack__(self, *, stream: int | None = None) -> object:
        raise NotImplementedError

    def __dlpack_device__(self) -> tuple[int, int]:
        raise NotImplementedError


class Described:
    """An array that has only the array interface."""

    @property
    def __array_interface__(self) -> dict[str, Any]:
        raise NotImplementedError


class DescribedInC:
    """An array that has only the array interface of C."""

    __array_struct__: object = None


def arrays_of_other_libraries(at: Indices) -> None:
    assert_type(pool(Labelled()), Array)
    assert_type(pool(OnAnyDevice(), return_indices=True), tuple[Array, Indices])
    assert_type(adaptive_pool(Described(), "max", 7), Array)
    assert_type(global_pool(DescribedInC()), Array)
    assert_type(pool(memoryview(b"abcd")), Array)
    assert_type(pool(bytearray(4)), Array)
    assert_type(unpool(OnAnyDevice(), Described(), 8), Array)
    pool(Labelled(), footprint=OnAnyDevice(), dtype="bfloat16")


def unpooling(x: npt.NDArray[np.float32], at: Indices) -> None:
    assert_type(unpool(x, at, 8), Array)
    unpool(x, at, (4, None), axes=(-2, -1), fill=-1)
    unpool([[1, 2]], [[0, 3]], [2, 4], axes=0, fill=Fraction(1, 2))
    unpool(x, at, 8, fill=x.min())
