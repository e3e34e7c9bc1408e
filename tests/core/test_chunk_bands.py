"""Pooling of sources that are stored in chunks: equal values, and each chunk decoded about once."""

from __future__ import annotations

import math
from collections import OrderedDict
from itertools import product
from typing import Any

import numpy as np
import pytest

from poolcli.core import blocks
from poolcli.core.engine import chunk_bands
from poolcli.core.engine.run_blocks import run_recipe
from poolcli.core.engine.statistics import compute_statistics
from poolcli.core.engine.statistics_reader_writer import StatisticsReader
from poolcli.core.make_recipe import make_recipe
from poolcli.core.window import Window

RNG = np.random.default_rng(3)


class ChunkedArray:
    """An array that is read in whole chunks, and keeps the last ones."""

    def __init__(self, array: Any, chunk_shape: tuple[int, ...], kept_bytes: int) -> None:
        self.array = array
        self.shape, self.dtype = array.shape, array.dtype
        self.chunk_shape = chunk_shape
        self.kept = max(kept_bytes // (math.prod(chunk_shape) * array.itemsize), 1)
        self.cache: OrderedDict[tuple[int, ...], None] = OrderedDict()
        self.decoded = 0

    @property
    def chunk_count(self) -> int:
        counts = zip(self.shape, self.chunk_shape, strict=True)
        return math.prod(-(-size // chunk) for size, chunk in counts)

    def __getitem__(self, index: tuple[slice, ...]) -> Any:
        touched = [
            range(part.start // chunk, -(-part.stop // chunk))
            for part, chunk in zip(index, self.chunk_shape, strict=True)
        ]
        for key in product(*touched):
            self.decoded += key not in self.cache
            self.cache[key] = None
            self.cache.move_to_end(key)
            if len(self.cache) > self.kept:
                self.cache.popitem(last=False)
        return self.array[index]


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MAX_WORKING_SET_BYTES", 1 << 14)
    monkeypatch.setattr(chunk_bands, "MAX_CHUNKS_BYTES", 1 << 16)
    monkeypatch.setattr(chunk_bands, "BAND_BYTES", 3 << 14)


CASES: list[tuple[Any, ...]] = [
    ((600, 900), (64, 64), "max", Window.fixed(2), None, 1.0),
    ((600, 900), (128, 128), "max", Window.fixed(2), None, 1.0),
    ((600, 900), (48, 48), "avg", Window.fixed(3, stride=2), None, 1.2),
    ((600, 900), (16, 900), "median", Window.fixed(3), None, 1.0),
    ((900, 600), (900, 16), "min", Window.fixed(2), None, 1.0),
    ((600, 900), (100, 300), "mode", Window.fixed(4), None, 1.6),
    ((80, 90, 100), (32, 32, 32), "max", Window.fixed(2), None, 1.0),
    ((200, 60, 70), (1, 16, 70), "max", Window.fixed(2), (1, 2), 1.0),
    ((200, 60, 70), (1, 16, 70), "max", Window.global_window(), (0,), 1.0),
]


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize(("shape", "chunk", "mode", "window", "axes", "most"), CASES)
def test_chunks_are_decoded_about_once(
    shape: tuple[int, ...],
    chunk: tuple[int, ...],
    mode: str,
    window: Window,
    axes: Any,
    most: float,
) -> None:
    array = RNG.integers(0, 1000, shape).astype(np.uint16)
    recipe = make_recipe(shape, array.dtype, mode, window, axes)
    expected, found = (np.empty(recipe.out_shape, recipe.out_dtype) for _ in range(2))
    run_recipe(recipe, array, expected, threads=1)
    source = ChunkedArray(array, chunk, 1 << 17)
    reader = StatisticsReader(source)
    run_recipe(recipe, reader, found, threads=1)
    statistics = reader.statistics()
    assert np.array_equal(found, expected)
    assert statistics == compute_statistics(array)
    assert source.decoded <= most * source.chunk_count


@pytest.mark.usefixtures("small_limits")
def test_elements_outside_of_windows_are_measured_too() -> None:
    array = RNG.integers(0, 1000, (301, 403)).astype(np.uint16)
    source = ChunkedArray(array, (64, 64), 1 << 17)
    recipe = make_recipe(array.shape, array.dtype, "max", Window.fixed(2, stride=3), None)
    reader = StatisticsReader(source)
    run_recipe(recipe, reader, np.empty(recipe.out_shape, recipe.out_dtype))
    assert reader.statistics() == compute_statistics(array)
    assert compute_statistics(source) == compute_statistics(array)
