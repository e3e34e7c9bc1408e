"""Tests of the shift and the noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poolcli.compare.perturbations import shifted, with_noise

RANDOM = np.random.default_rng(5)


def test_shift_repeats_the_edge() -> None:
    assert shifted(np.arange(6).reshape(2, 3), 1).tolist() == [[0, 0, 1], [3, 3, 4]]


def test_noise_has_the_requested_strength_and_is_reproducible() -> None:
    values = RANDOM.normal(3, 2, 100_000)
    assert np.std(with_noise(values, 0.5) - values) == pytest.approx(1, rel=0.02)
    assert np.array_equal(with_noise(values, 0.5), with_noise(values, 0.5))


def test_noise_clips_integers_and_leaves_alpha() -> None:
    values = RANDOM.integers(0, 256, (64, 64, 4), np.uint8)
    noisy = with_noise(values, 3.0, has_alpha=True)
    assert noisy.dtype == np.uint8
    assert np.array_equal(noisy[..., 3], values[..., 3])
    assert {0, 255} <= set(np.unique(noisy[..., :3]))


def test_ignored_elements_get_no_noise() -> None:
    values = np.abs(RANDOM.normal(size=(8, 8))) + 1
    values[2:5, 3:7] = -9999
    assert np.array_equal(with_noise(values, 1.0, [-9999.0]) == -9999, values == -9999)


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.int8])
def test_noise_on_extreme_integers_does_not_wrap(dtype: Any) -> None:
    limits = np.iinfo(dtype)
    noisy = with_noise(np.array([limits.max, limits.min] * 300, dtype), 0.1)
    assert (noisy[::2] > limits.max // 4).all()
    assert (noisy[1::2] < limits.max // 4).all()


def test_noise_beyond_the_range_of_floats_gives_infinities() -> None:
    values = np.array([1.0, -np.inf, np.inf, 1e300])
    assert np.isinf(with_noise(values, 1e308)[[0, 3]]).all()


def test_noise_is_not_correlated_with_data_of_a_common_seed() -> None:
    values = np.random.default_rng(0).normal(size=10_000)
    assert abs(np.corrcoef(values, with_noise(values, 1.0) - values)[0, 1]) < 0.05
