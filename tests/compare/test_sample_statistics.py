"""Statistics over inputs: equal to those of the standard library, in any order."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolcli.compare.sample_statistics import SampleStatistics

VALUES = st.lists(st.floats(0, 1e6), min_size=2, max_size=20)


def sample_of(values: list[float]) -> SampleStatistics:
    sample = SampleStatistics()
    for value in values:
        sample.add(value)
    return sample


@settings(max_examples=40)
@given(values=VALUES, seed=st.randoms())
def test_mean_and_deviation_do_not_depend_on_the_order(values: list[float], seed: object) -> None:
    sample = sample_of(values)
    assert sample.mean == pytest.approx(statistics.fmean(values), rel=1e-15)
    assert sample.deviation == pytest.approx(statistics.stdev(values), rel=1e-14)
    seed.shuffle(values)  # type: ignore[attr-defined]
    other = sample_of(values)
    assert (other.mean, other.deviation) == (sample.mean, sample.deviation)


def test_close_values_keep_their_deviation() -> None:
    values = [1e9 + offset for offset in (0.0, 0.25, 0.5)]
    assert sample_of(values).deviation == 0.25


def test_what_is_undefined_does_not_count() -> None:
    sample = SampleStatistics()
    for value in (None, float("nan"), float("inf")):
        sample.add(value)
    assert (sample.count, sample.mean, sample.deviation) == (0, None, None)
    sample.add(0.5)
    assert (sample.count, sample.mean, sample.deviation) == (1, 0.5, None)


def test_extreme_values_do_not_overflow() -> None:
    assert sample_of([1e-300, 1e300]).deviation == pytest.approx(1e300 / 2**0.5)
