"""Pooling a Dask array gives what pooling the array in memory gives, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import poolcli
from tests.dask.strategies import Call, calls

da = pytest.importorskip("dask.array")
lazy = pytest.importorskip("poolcli.dask")


def bits(array: np.ndarray[Any, Any]) -> bytes:
    """Return the elements as bytes, in which all NaNs are the same."""
    if array.dtype.kind == "c":
        array = np.stack([array.real, array.imag])
    if array.dtype.kind == "f":
        array = np.where(np.isnan(array), array.dtype.type(np.nan), array)
    return array.tobytes()


def assert_equal_bits(found: Any, expected: np.ndarray[Any, Any]) -> None:
    """Check shape, dtype and bits of a Dask array, before and after it is computed."""
    assert isinstance(found, da.Array)
    computed = found.compute(scheduler="synchronous")
    assert isinstance(computed, np.ndarray)
    for array in (found, computed):
        assert (array.shape, array.dtype) == (expected.shape, expected.dtype)
    assert bits(computed) == bits(expected), (computed, expected)


def result_or_error(function: Any, x: Any, call: Call) -> Any:
    """Return what a function returns, or the type and message of its error as a str."""
    try:
        return function(x, call.mode, **call.kwargs)
    except (ValueError, TypeError) as error:
        return repr(error)


def assert_equal_to_eager(call: Call) -> None:
    """Check that both functions return the same arrays, or raise the same error."""
    x = da.from_array(call.x, chunks=call.chunks)
    expected, found = (
        result_or_error(getattr(module, call.function), array, call)
        for module, array in ((poolcli, call.x), (lazy, x))
    )
    if isinstance(expected, str):
        assert found == expected
    elif isinstance(expected, tuple):
        assert len(found) == 2
        for array, values in zip(found, expected, strict=True):
            assert_equal_bits(array, values)
    else:
        assert_equal_bits(found, expected)


@given(calls())
@settings(max_examples=60, deadline=None)
def test_random_calls(call: Call) -> None:
    assert_equal_to_eager(call)


@pytest.mark.parametrize("padding_mode", ["replicate", "symmetric"])
def test_padding_of_empty_chunks(padding_mode: str) -> None:
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    kwargs = {"kernel_size": 3, "padding": 2, "padding_mode": padding_mode}
    for chunks in (((0, 2), (0, 1, 2)), ((0, 0, 1, 0, 1), (1, 0, 2, 0))):
        assert_equal_to_eager(Call("pool", x, chunks, "sum", kwargs))
