"""Means of integers that are not ignored, computed from the sums of all elements."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import poolcli
from poolcli.core import blocks
from poolcli.core.kernels.mean_of_valid_integers import MAX_FLOAT32_ELEMENTS, round_means
from tests import oracle
from tests.core.strategies import INTEGERS

KERNELS = [(2, 2), (3, 3), (4, 4), (8, 8), (1, 8), (2, 1), (6, 4), (15, 17), (16, 16), (64, 2)]


@pytest.mark.parametrize("value", [-128, -1, 0, 1, 127, 128, 254, 255])
def test_every_mean_of_bytes_is_rounded_half_up(value: int) -> None:
    dtype = np.dtype(np.int8 if value < 0 else np.uint8)
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    for count in [*range(1, 65), 99, 127, 128]:
        assert_rounded(np.arange(low * count, high * count + 1), count, value, dtype)


@pytest.mark.parametrize("value", [-32768, -1, 0, 1, 65535])
def test_means_of_16_bits_near_ties_are_rounded_half_up(value: int) -> None:
    dtype = np.dtype(np.int16 if value < 0 else np.uint16)
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    for count in range(1, 33):
        ties = np.arange(low, high) * count + count // 2
        for distance in (-1, 0, 1):
            assert_rounded((ties + distance).clip(low * count, high * count), count, value, dtype)


def assert_rounded(valid_sums: Any, count: int, value: int, dtype: Any) -> None:
    n_elements = MAX_FLOAT32_ELEMENTS[dtype.itemsize]
    sum_dtype = np.dtype(f"{dtype.kind}{2 * dtype.itemsize}")
    sums = (valid_sums + value * (n_elements - count)).astype(sum_dtype)
    found = np.empty(sums.shape, dtype)
    round_means(sums, np.full(sums.shape, count, sum_dtype), value, n_elements, found)
    np.testing.assert_array_equal(found, (2 * valid_sums + count) // (2 * count))


@pytest.mark.parametrize("kernel", KERNELS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_means_without_ignored_elements(kernel: tuple[int, int], data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from([name for name in INTEGERS if name != "bool"]))
    info = np.iinfo(dtype)
    values = st.sampled_from([0, 3, info.min, info.max, -1])
    ignore = data.draw(values | st.lists(values, min_size=1, max_size=3))
    rows, columns = (size * data.draw(st.integers(1, 4 if size < 9 else 2)) for size in kernel)
    shape = rows, columns + data.draw(st.integers(0, 3))
    rng = np.random.default_rng(data.draw(st.integers(0, 9)))
    x = rng.integers(info.min, info.max, shape, dtype, endpoint=True)
    for value in np.atleast_1d(np.array(ignore, object)):
        if info.min <= value <= info.max:
            x[rng.random(shape) < data.draw(st.sampled_from([0, 0.02, 0.5, 1]))] = value
    layout = data.draw(st.sampled_from(["C", "F", "reversed"]))
    x = np.asfortranarray(x) if layout == "F" else x[:, ::-1] if layout == "reversed" else x
    kwargs = {
        "kernel_size": kernel,
        "stride": data.draw(st.sampled_from([None, 1, 2, 3] if max(kernel) < 9 else [None])),
        "padding": data.draw(st.sampled_from([0, 0, tuple(size // 2 for size in kernel)])),
        "axes": (0, 1),
        "ignore": ignore,
        "dtype": data.draw(st.sampled_from([None, dtype, "uint8", "int8", "float32"])),
    }
    expected, _ = oracle.pool(x, "avg", **kwargs)
    working_set, input_block = data.draw(
        st.sampled_from([(1 << 22, 1 << 24), (200, 1 << 24), (200, 50)])
    )
    with (
        mock.patch.object(blocks, "MAX_WORKING_SET_BYTES", working_set),
        mock.patch.object(blocks, "MAX_INPUT_BLOCK_BYTES", input_block),
    ):
        found = poolcli.pool(x, "avg", **kwargs)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == expected.dtype
