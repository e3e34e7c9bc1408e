"""Ranked modes out of core give the same results as in memory."""

from __future__ import annotations

import errno
import tempfile
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import poolcli
from poolcli.core import blocks
from poolcli.core.engine.run_blocks import run_recipe
from poolcli.core.errors import TemporaryFileError
from poolcli.core.kernels import (
    out_of_core_most_frequent,
    out_of_core_ranked,
    out_of_core_selection,
)
from poolcli.core.make_recipe import make_recipe
from poolcli.core.recipe import Options
from poolcli.core.window import Window


class ArrayOnDisk:
    """A source that is not a NumPy array, as a file is not, and counts how often it is read."""

    def __init__(self, array: Any) -> None:
        self.data = array
        self.shape, self.dtype, self.strides = array.shape, array.dtype, array.strides
        self.reads = 0

    def __getitem__(self, index: Any) -> Any:
        self.reads += 1
        return self.data[index].copy()


def pooled(source: Any, mode: str, window: Window, axes: tuple[int, ...], options: Options) -> Any:
    recipe = make_recipe(source.shape, source.dtype, mode, window, axes, options)
    out = np.empty(recipe.out_shape, recipe.out_dtype)
    run_recipe(recipe, source, out, None, 2)
    return out


@pytest.mark.parametrize("mode", ["median", "quantile", "mode"])
@settings(max_examples=70, deadline=None)
@given(data=st.data())
def test_results_equal_those_in_memory(mode: str, data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(["u1", "i1", "?", "i2", ">u2", "f2", "i4", "f4", "u8", "f8"]))
    shape = data.draw(st.sampled_from([(40, 33), (3, 20, 17), (20, 17, 3), (3, 300), (9, 8, 7, 3)]))
    axes = data.draw(st.sampled_from([(0, 1), (len(shape) - 2, len(shape) - 1), (0,)]))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    has_any_bits = data.draw(st.booleans())
    if has_any_bits and np.dtype(dtype).kind != "b":
        x = np.frombuffer(rng.bytes(int(np.prod(shape)) * np.dtype(dtype).itemsize), dtype)
        x = x.reshape(shape)
    else:
        x = rng.integers(0, 5, shape).astype(dtype)
    x = np.asarray(x, order=data.draw(st.sampled_from("CF")))
    if x.dtype.kind == "f" and not data.draw(st.booleans()):
        x = np.nan_to_num(x)
    windows = [Window.global_window(), Window.adaptive((2,) * len(axes))]
    windows.append(Window.fixed(tuple(x.shape[axis] // 2 + 1 for axis in axes), None, 0, 1))
    windows.append(Window.fixed((4,) * len(axes), 3, 2, 2))
    window = data.draw(st.sampled_from(windows))
    options = Options(ignore=data.draw(st.sampled_from([None, 0, 3])))
    if mode == "quantile":
        method = data.draw(st.sampled_from(["linear", "lower", "nearest"]))
        options = options._replace(q=data.draw(st.sampled_from([0, 0.3, 1])), method=method)
    expected = pooled(x, mode, window, axes, options)
    max_sorted = data.draw(st.sampled_from([1, 50, 1 << 20]))
    max_windows = data.draw(st.sampled_from([1, 64]))
    block_bytes = data.draw(st.sampled_from([512, 1 << 20]))
    with (
        mock.patch.object(out_of_core_ranked, "MAX_GATHERED_BYTES", 0),
        mock.patch.object(out_of_core_selection, "MAX_SORTED_ELEMENTS", max_sorted),
        mock.patch.object(out_of_core_selection, "MAX_16_BIT_WINDOWS", max_windows),
        mock.patch.multiple(
            out_of_core_most_frequent,
            MAX_UNSORTED_ELEMENTS=max_sorted,
            MAX_DISTINCT_VALUES=data.draw(st.sampled_from([0, 4, 1 << 20])),
            MIN_READ_KEYS=data.draw(st.sampled_from([1, 5, 1000])),
        ),
        mock.patch.object(blocks, "MAX_INPUT_BLOCK_BYTES", block_bytes),
    ):
        source = ArrayOnDisk(x)
        found = pooled(source, mode, window, axes, options)
    assert source.reads
    np.testing.assert_array_equal(found, expected)


def test_windows_of_arrays_in_memory_are_gathered() -> None:
    recipe = make_recipe(
        (4, 4), np.dtype("f8"), "median", Window.global_window(), (0, 1), Options()
    )
    with mock.patch.object(out_of_core_ranked, "MAX_GATHERED_BYTES", 0):
        assert not out_of_core_ranked.needs_out_of_core(recipe, np.zeros((4, 4)))
        assert out_of_core_ranked.needs_out_of_core(recipe, ArrayOnDisk(np.zeros((4, 4))))
    assert poolcli.global_pool(np.arange(9.0), "median").tolist() == [4]


@pytest.mark.parametrize("mode", ["median", "mode"])
@pytest.mark.parametrize("dilation", [2, 3, 7])
def test_dilated_windows_read_in_blocks(mode: str, dilation: int) -> None:
    x = np.random.default_rng(dilation).integers(0, 9, (3, 300), np.int16)
    window = Window.fixed((40,), 5, 4, dilation)
    expected = pooled(x, mode, window, (1,), Options())
    with (
        mock.patch.object(out_of_core_ranked, "MAX_GATHERED_BYTES", 0),
        mock.patch.object(blocks, "MAX_INPUT_BLOCK_BYTES", 64),
    ):
        found = pooled(ArrayOnDisk(x), mode, window, (1,), Options())
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", ["u2", "i4", "f4"])
@pytest.mark.parametrize("max_unsorted", [1, 7, 40, 1 << 20])
def test_the_smallest_of_equally_frequent_elements_wins(dtype: str, max_unsorted: int) -> None:
    rng = np.random.default_rng(max_unsorted)
    for frequency in (1, 3):
        values = rng.choice(30_000, 60, replace=False) - (0 if dtype == "u2" else 15_000)
        x = rng.permutation(np.repeat(values, frequency)).astype(dtype)
        with (
            mock.patch.object(out_of_core_ranked, "MAX_GATHERED_BYTES", 0),
            mock.patch.multiple(
                out_of_core_most_frequent,
                MAX_UNSORTED_ELEMENTS=max_unsorted,
                MAX_DISTINCT_VALUES=0,
                MIN_READ_KEYS=3,
            ),
        ):
            found = pooled(ArrayOnDisk(x), "mode", Window.global_window(), (0,), Options())
        assert found.tolist() == [values.min()]


@pytest.mark.parametrize("n_distinct", [3, 1 << 10, 1 << 60])
def test_the_number_of_reads_does_not_depend_on_the_values(n_distinct: int) -> None:
    x = np.random.default_rng(0).integers(0, n_distinct, 4096)
    reads = {}
    with (
        mock.patch.object(out_of_core_ranked, "MAX_GATHERED_BYTES", 0),
        mock.patch.object(blocks, "MAX_INPUT_BLOCK_BYTES", 4096),
        mock.patch.object(out_of_core_selection, "MAX_SORTED_ELEMENTS", 64),
        mock.patch.multiple(
            out_of_core_most_frequent, MAX_UNSORTED_ELEMENTS=64, MAX_DISTINCT_VALUES=64
        ),
    ):
        for mode in ("mode", "median"):
            source = ArrayOnDisk(x)
            pooled(source, mode, Window.global_window(), (0,), Options())
            reads[mode] = source.reads
    assert reads["mode"] == x.nbytes // 4096
    assert reads["median"] <= 4 * x.nbytes // 4096


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_file() -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", no_file)
    x = np.arange(100)
    with (
        mock.patch.object(out_of_core_ranked, "MAX_GATHERED_BYTES", 0),
        mock.patch.multiple(
            out_of_core_most_frequent, MAX_UNSORTED_ELEMENTS=10, MAX_DISTINCT_VALUES=10
        ),
        pytest.raises(TemporaryFileError, match=r"No space left on device; TMPDIR names"),
    ):
        pooled(ArrayOnDisk(x), "mode", Window.global_window(), (0,), Options())
