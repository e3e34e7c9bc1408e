"""Comparisons of Zarr stores that are too large for memory show a part, and read only that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolcli.compare import comparison_input
from poolcli.compare.part_of_store import middle_block
from tests.conftest import Poolcli
from tests.io.zarr.stores import VALUES, chunk_reads, write_array, write_image


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison_input, "MAX_ELEMENTS", 400)


@pytest.mark.usefixtures("small_limit")
def test_a_coarser_level_is_compared(poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch) -> None:
    write_image("x.zarr", levels=3)
    reads = chunk_reads(monkeypatch)
    ran = poolcli("compare", "x.zarr", "--modes", "max,avg", "-o", "sheet.png")
    assert ran.code == 0, ran.err
    assert "dataset 1 (2x5x5x6) is compared; 2x9x10x11 is too large" in ran.out
    assert reads
    assert all("/1/c/" in path for path in reads)


@pytest.mark.usefixtures("small_limit")
def test_the_middle_is_compared(poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch) -> None:
    write_array("x.zarr", VALUES, chunks=(1, 1, 10, 11))
    reads = chunk_reads(monkeypatch)
    ran = poolcli("compare", "x.zarr", "--modes", "max", "-o", "sheet.png")
    assert ran.code == 0, ran.err
    assert "the middle 1x3x10x11 of 2x9x10x11 is compared" in ran.out.replace("\n", " ")
    places = {Path(path).parts[-4:] for path in reads}
    assert places == {("0", plane, "0", "0") for plane in "345"}


@given(st.lists(st.integers(1, 40), min_size=1, max_size=4), st.data())
def test_middle_blocks_fit(shape: list[int], data: Any) -> None:
    axes = list(range(len(shape)))
    pooled = tuple(sorted(data.draw(st.sets(st.sampled_from(axes), min_size=1))))
    limit = data.draw(st.integers(1, 2000))
    block = middle_block(tuple(shape), pooled, limit)
    elements = 1
    for part, size in zip(block, shape, strict=True):
        assert 0 <= part.start < part.stop <= size
        elements *= part.stop - part.start
    assert elements <= limit
