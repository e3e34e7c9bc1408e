"""Files, pyramids, statistics and `unpool` of bfloat16 and float8."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction
from typing import Any
from unittest import mock

import numpy as np
import pytest

import poolcli
from poolcli.core import blocks
from poolcli.core.engine.run_blocks import pool_block, run_recipe
from poolcli.core.engine.run_levels import run_levels
from poolcli.core.engine.statistics import compute_statistics
from poolcli.core.engine.statistics_reader_writer import StatisticsReader, StatisticsWriter
from poolcli.core.float32_pooling import Float32View, pooled_in_float32
from poolcli.core.kernels import out_of_core_ranked
from poolcli.core.levels import level_recipes
from poolcli.core.make_recipe import make_recipe
from poolcli.core.modes import MODES
from poolcli.core.recipe import Options
from poolcli.core.window import Window
from tests.core.test_against_oracle import block_sizes
from tests.core.test_extension_floats import BFLOAT16, E4M3FN, assert_same_bits, named, rounded
from tests.core.test_independence_of_blocks import StreamedArray
from tests.core.test_out_of_core import ArrayOnDisk, pooled


@pytest.mark.parametrize("mode", ["max", "avg", "median", "mode"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_sources_are_read_and_written_block_by_block(mode: str, order: Any) -> None:
    x = np.random.default_rng(6).standard_normal((60, 50)).astype(BFLOAT16, order=order)
    recipe = make_recipe(x.shape, x.dtype, mode, Window.fixed(3, stride=2))
    expected = poolcli.pool(x, mode, 3, 2)
    out = np.empty(recipe.out_shape, recipe.out_dtype, order=order)
    source, writer = StatisticsReader(x), StatisticsWriter(out, None, out.dtype)
    with block_sizes((2000, 500)):
        run_recipe(recipe, StreamedArray(source), writer, threads=2)  # type: ignore[arg-type]
        part, _ = pool_block(recipe, x, ((3, 9), (0, 7)))
    assert_same_bits(out, expected)
    assert_same_bits(part, expected[3:9, :7])
    for found, array in ((source.statistics(), x), (writer.statistics, out)):
        numbers = array.astype(float)
        assert (found.min, found.max) == (numbers.min(), numbers.max())
        assert found.mean == pytest.approx(numbers.mean())


@pytest.mark.parametrize("mode", ["median", "quantile", "mode"])
def test_windows_larger_than_memory_are_read_in_parts(mode: str) -> None:
    x = np.random.default_rng(9).standard_normal((40, 33)).astype(BFLOAT16)
    source = ArrayOnDisk(x)
    with (
        mock.patch.object(out_of_core_ranked, "MAX_GATHERED_BYTES", 100),
        mock.patch.object(blocks, "MAX_INPUT_BLOCK_BYTES", 700),
    ):
        found = pooled(source, mode, Window.global_window(), (0, 1), Options())
    assert source.reads > 4
    assert_same_bits(found, poolcli.global_pool(x, mode))


def test_windows_of_arrays_in_memory_are_not_read_in_parts() -> None:
    x = np.zeros((40, 33), BFLOAT16)
    recipe = pooled_in_float32(make_recipe(x.shape, x.dtype, "median", Window.global_window()))
    with mock.patch.object(out_of_core_ranked, "MAX_GATHERED_BYTES", 100):
        for source, is_on_disk in ((x, False), (ArrayOnDisk(x), True)):
            view = Float32View(source)
            assert out_of_core_ranked.needs_out_of_core(recipe, view) is is_on_disk


@pytest.mark.parametrize("mode", MODES)
def test_levels_are_those_of_float32_rounded_once(mode: str) -> None:
    x = (np.random.default_rng(7).integers(-30, 30, (40, 32)) / 8).astype(BFLOAT16)
    arguments = (mode, Window.fixed(2), None, Options(), 3)
    for source in (x, StreamedArray(x)):
        recipes = level_recipes(x.shape, x.dtype, *arguments)
        outs = [np.empty(recipe.out_shape, recipe.out_dtype) for recipe in recipes]
        with block_sizes((500, 500)):
            run_levels(recipes, source, outs, threads=2)
        for level, out in enumerate(outs, 1):
            expected = poolcli.pool(x.astype(np.float32), mode, 2**level)
            assert_same_bits(out, rounded(expected, BFLOAT16))


def test_statistics_leave_out_nan_and_ignored_values() -> None:
    x = np.array([1, np.nan, 4, -9984], BFLOAT16)  # -9999 rounded
    for array in (x, x.astype(x.dtype.newbyteorder())):
        found = compute_statistics(array, ignore=-9999)
        assert (found.min, found.mean, found.max, found.count) == (1, 2.5, 4, 2)


def test_no_float32_copy_of_the_input_is_made() -> None:
    x = np.zeros((3000, 4000), BFLOAT16)
    poolcli.pool(x[:4], "max")
    tracemalloc.start()
    try:
        result = poolcli.pool(x, "max", threads=1)
        peak = tracemalloc.get_traced_memory()[1] - result.nbytes
    finally:
        tracemalloc.stop()
    assert peak < x.nbytes / 2


# ---- unpool ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bfloat16", "float8_e4m3fn", "float8_e5m2fnuz"])
def test_unpool_puts_values_back_exactly(name: str) -> None:
    x = (np.random.default_rng(8).standard_normal((2, 8, 8)) * 3).astype(named(name))
    values, indices = poolcli.pool(x, "max", return_indices=True)
    expected = poolcli.unpool(values.astype(np.float32), indices, 8)
    for given_values in (values, values.astype(values.dtype.newbyteorder())):
        assert_same_bits(poolcli.unpool(given_values, indices, 8), rounded(expected, x.dtype))
    filled = poolcli.unpool(values, indices, 8, fill=Fraction(1, 3))
    assert filled.min() <= filled[0, 0, 0] or filled.dtype == x.dtype
    assert (filled == np.asarray(1 / 3).astype(x.dtype)).sum() >= 2 * 48


def test_a_fill_value_beyond_the_range_is_refused() -> None:
    for values in (np.ones((1, 2), E4M3FN), np.ones((1, 2), "float8_e5m2")):
        with pytest.raises(ValueError, match=r"float8_.* cannot hold the fill value 100000"):
            poolcli.unpool(values, np.zeros((1, 2), int), 2, fill=100000)
