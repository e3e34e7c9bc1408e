"""What is measured on its way is what is measured at rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolcli.core.engine.statistics import Statistics, block_statistics, compute_statistics
from poolcli.core.engine.streaming_statistics import StatisticsReader, StatisticsWriter


def told(stats: Statistics) -> tuple[Any, ...]:
    return stats.min, stats.max, stats.sum, stats.count


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_boxes_are_read(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=4)))
    order = data.draw(st.sampled_from("CF"))
    ignore = data.draw(st.sampled_from([None, 3]))
    x = np.random.default_rng(data.draw(st.integers(0, 9))).integers(-9, 9, shape)
    x = np.asarray(x, order=order)
    meter = StatisticsReader(x, ignore)
    for _ in range(data.draw(st.integers(0, 8))):
        ends = [sorted((data.draw(st.integers(0, n)), data.draw(st.integers(0, n)))) for n in shape]
        whole = data.draw(st.lists(st.booleans(), min_size=len(shape), max_size=len(shape)))
        box = tuple(
            slice(0, n) if all_of_it else slice(*end)
            for n, end, all_of_it in zip(shape, ends, whole, strict=True)
        )
        np.testing.assert_array_equal(meter[box], x[box])
    assert told(meter.statistics()) == told(compute_statistics(x, ignore))
    assert told(meter.statistics()) == told(compute_statistics(x, ignore))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", ">f4", "bool", "complex64"])
@pytest.mark.parametrize("size", [0, 1, 127, 128, 129, 5000])
def test_blocks(dtype: str, size: int) -> None:
    x = np.random.default_rng(size).integers(0, 256, (size, 3)).astype(dtype)
    found = block_statistics(x)
    if x.dtype.kind == "c" or not size:
        assert told(found) == told(Statistics())
    else:
        assert told(found) == (x.min(), x.max(), x.sum(dtype=np.float64), x.size)
    assert told(block_statistics(x[:, ::2])) == told(block_statistics(x[:, ::2].copy()))


def test_what_is_written() -> None:
    out = np.zeros((4, 4), np.float32)
    meter = StatisticsWriter(out)
    meter[0:2, 0:4] = np.full((2, 4), np.nan, np.float32)
    meter[2:4, 0:4] = np.arange(8, dtype=np.float32).reshape(2, 4)
    assert told(meter.stats) == (0, 7, 28, 8)
    assert np.isnan(out[:2]).all()
