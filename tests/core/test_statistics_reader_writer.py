"""Statistics computed while reading or writing equal those of the whole array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolcli.core.engine.statistics import Statistics, block_statistics, compute_statistics
from poolcli.core.engine.statistics_reader_writer import StatisticsReader, StatisticsWriter


def as_tuple(stats: Statistics) -> tuple[Any, ...]:
    return stats.min, stats.max, stats.sum, stats.count


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_reading_any_blocks_gives_the_statistics_of_the_array(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=4)))
    order = data.draw(st.sampled_from("CF"))
    ignore = data.draw(st.sampled_from([None, 3]))
    x = np.random.default_rng(data.draw(st.integers(0, 9))).integers(-9, 9, shape)
    x = np.asarray(x, order=order)
    reader = StatisticsReader(x, ignore)
    for _ in range(data.draw(st.integers(0, 8))):
        ends = [sorted((data.draw(st.integers(0, n)), data.draw(st.integers(0, n)))) for n in shape]
        is_whole = data.draw(st.lists(st.booleans(), min_size=len(shape), max_size=len(shape)))
        index = tuple(
            slice(0, n) if axis_is_whole else slice(*end)
            for n, end, axis_is_whole in zip(shape, ends, is_whole, strict=True)
        )
        np.testing.assert_array_equal(reader[index], x[index])
    assert as_tuple(reader.statistics()) == as_tuple(compute_statistics(x, ignore))
    assert as_tuple(reader.statistics()) == as_tuple(compute_statistics(x, ignore))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", ">f4", "bool", "complex64"])
@pytest.mark.parametrize("size", [0, 1, 127, 128, 129, 5000])
def test_statistics_of_a_block(dtype: str, size: int) -> None:
    x = np.random.default_rng(size).integers(0, 256, (size, 3)).astype(dtype)
    stats = block_statistics(x)
    if x.dtype.kind == "c" or not size:
        assert as_tuple(stats) == as_tuple(Statistics())
    else:
        assert as_tuple(stats) == (x.min(), x.max(), x.sum(dtype=np.float64), x.size)
    assert as_tuple(block_statistics(x[:, ::2])) == as_tuple(block_statistics(x[:, ::2].copy()))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32"])
@pytest.mark.parametrize("size", [1, 255, 256, 257, 100_001])
def test_sums_of_large_integers_are_exact(dtype: str, size: int) -> None:
    largest = np.iinfo(dtype).max
    assert block_statistics(np.full(size, largest, dtype)).sum == size * largest
    x = np.random.default_rng(size).integers(0, largest, size, dtype, endpoint=True)
    assert block_statistics(x).sum == sum(map(int, x))
    assert block_statistics(x[::-3]).sum == sum(map(int, x[::-3]))


def test_statistics_of_written_blocks() -> None:
    out = np.zeros((4, 4), np.float32)
    writer = StatisticsWriter(out)
    writer[0:2, 0:4] = np.full((2, 4), np.nan, np.float32)
    writer[2:4, 0:4] = np.arange(8, dtype=np.float32).reshape(2, 4)
    assert as_tuple(writer.statistics) == (0, 7, 28, 8)
    assert np.isnan(out[:2]).all()
