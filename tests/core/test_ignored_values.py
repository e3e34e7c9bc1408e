"""Ignored values: reading them exactly, and masking elements; masked arrays are refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import poolcli
from poolcli.core.engine.statistics import compute_statistics
from poolcli.core.ignored_values import as_element, valid_mask

needs_long_double = pytest.mark.skipif(
    np.dtype(np.longdouble).itemsize <= 8, reason="long double is float64 on this platform"
)


def test_several_values_are_ignored() -> None:
    x = np.array([0, 255, 7, 9, 255, 0, 255, 255], np.uint8)
    for ignore in ([0, 255], (0, 255), np.array([0, 255]), [0, 255, 0]):
        assert poolcli.pool(x, "avg", 2, ignore=ignore).tolist() == [0, 8, 0, 0]
    assert poolcli.pool(x, "avg", 4, ignore=[255, 0]).tolist() == [8, 255]
    assert poolcli.pool(x, "max", 2, ignore=[]).tolist() == [255, 9, 255, 255]
    values, indices = poolcli.pool(x, "min", 4, ignore=[0, 255], return_indices=True)
    assert (values.tolist(), indices.tolist()) == ([7, 0], [2, -1])


def test_an_empty_window_gives_the_first_value_that_the_dtype_holds() -> None:
    x = np.zeros(2, np.uint8)
    assert poolcli.pool(x, "max", 2, ignore=[-9999, 7, 0]).tolist() == [7]
    assert poolcli.pool(x, "avg", 2, ignore=[np.nan, 0]).tolist() == [0]


def test_nan_can_be_one_of_several_values() -> None:
    x = np.array([np.nan, 1, -9999, 3], np.float32)
    assert poolcli.pool(x, "sum", 4, ignore=[-9999, np.nan]).tolist() == [4]


def test_a_pixel_is_ignored_where_all_channels_hold_the_same_value() -> None:
    pixels = np.array([[[0, 0], [255, 255], [0, 255], [255, 0]]], np.uint8)
    assert valid_mask(pixels, [0, 255], pixels=True).tolist() == [[False, False, True, True]]


def test_statistics_do_not_include_ignored_values() -> None:
    stats = compute_statistics(np.array([0, 255, 3, 5], np.uint8), (0, 255))
    assert (stats.min, stats.mean, stats.max) == (3, 4, 5)


@needs_long_double
@pytest.mark.parametrize(
    "value",
    [Fraction(1, 10), 10**400, 2**64 + 1, 2**63 + 1, Fraction(1, 10**400), np.longdouble("0.3")],
)
def test_long_doubles_are_read_exactly_and_rounded_once(value: Any) -> None:
    element = as_element(value, np.dtype(np.longdouble))
    exact = Fraction(*value.as_integer_ratio())
    error = abs(Fraction(*element.as_integer_ratio()) - exact)
    for other in (np.nextafter(element, -np.inf), np.nextafter(element, np.inf)):
        assert error <= abs(Fraction(*other.as_integer_ratio()) - exact)
    x = np.array([element, 1], np.longdouble)
    assert poolcli.pool(x, "sum", 2, ignore=value).tolist() == [1]


@needs_long_double
def test_numbers_beyond_the_range_of_long_double() -> None:
    dtype = np.dtype(np.longdouble)
    assert as_element(10**5000, dtype) == np.inf
    assert as_element(Fraction(-1, 10**5000), dtype) == 0
    assert as_element(Fraction(1, 10**4945), dtype) > 0


def test_real_and_imaginary_parts_are_read_separately() -> None:
    x = np.array([0.1 + 2j, 1, 3], np.clongdouble)
    assert poolcli.pool(x, "sum", 3, ignore=0.1 + 2j).tolist() == [4]
    assert poolcli.pool(x, "sum", 3, ignore=x[0]).tolist() == [4]
    assert as_element(Fraction(1, 10), np.dtype(np.complex64)) == np.complex64(0.1)


@pytest.mark.parametrize("name", ["pool", "adaptive_pool", "global_pool"])
def test_masked_arrays_are_refused_with_a_hint(name: str) -> None:
    masked = np.ma.array([[1, 2], [3, 4]], mask=[[True, False], [False, False]])
    nested = [[[0, 1]], ([2], [np.ma.masked, 3])]
    no_mask = np.ma.array([[1, 2]])
    for x in (masked, list(masked), (masked, masked), [[masked]], nested, no_mask):
        with pytest.raises(TypeError, match=r"masked array.*pool\(x\.filled\(v\), ignore=v\)"):
            getattr(poolcli, name)(x)
    for x in (np.ma.masked, np.ma.array(3), [np.ma.masked, 2.0], masked[0]):
        with pytest.raises(TypeError, match=r"masked array.*pool\(x\.filled\(v\), ignore=v\)"):
            getattr(poolcli, name)(x)
    assert poolcli.pool(masked.filled(9), "max", 2, ignore=9).tolist() == [[4]]


@pytest.mark.parametrize("value", ["0", b"0", [None], ["1"], {0: 1}])
def test_values_that_are_not_numbers_are_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="ignore must be a number"):
        poolcli.pool(np.zeros(4), "max", 2, ignore=value)


def test_a_0d_array_is_a_number() -> None:
    x = np.array([5, 3, 3, 5])
    assert poolcli.pool(x, "max", 2, ignore=np.array(5)).tolist() == [3, 3]
