"""Tests of the measurements of arrays."""

from __future__ import annotations

import numpy as np
import pytest

from poolcli.compare.measurements import finite_mean, peak_mean, relative_change
from poolcli.compare.perturbations import with_noise


def test_only_finite_elements_count() -> None:
    values = np.array([1.0, np.nan, np.inf, 3.0])
    assert peak_mean(values) == 3
    assert relative_change(values, values * 2) == 1
    assert relative_change(np.zeros(3), np.ones(3)) is None
    assert peak_mean(np.array([np.nan])) is None


def test_elements_ignored_in_one_array_do_not_count_as_a_change() -> None:
    before, after = np.array([3.0, 4.0, 5.0]), np.array([3.0, 4.0, -9999.0])
    assert relative_change(before, after, [-9999.0]) == 0
    assert relative_change(after, before, [-9999.0]) == 0


def test_mean_of_huge_numbers_does_not_overflow() -> None:
    values = np.full(1000, np.finfo(float).max)
    values[::2] /= 2
    assert finite_mean(values) == pytest.approx(0.75 * np.finfo(float).max)
    assert peak_mean(values) == np.finfo(float).max


def test_change_of_huge_numbers_does_not_overflow() -> None:
    values = np.random.default_rng(5).normal(size=1000) * 1e300
    assert relative_change(values, values * 1.5) == pytest.approx(0.5)
    assert relative_change(values, with_noise(values, 0.1)) == pytest.approx(0.1, rel=0.1)
