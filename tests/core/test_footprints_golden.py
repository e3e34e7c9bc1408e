"""Footprints equal the filters of SciPy with ``footprint=`` and the shapes of scikit-image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

import poolcli
from tests.core.test_padding_modes_golden import pad_with_numpy
from tests.golden import FOOTPRINT_FAMILIES, Case, cases, named

Array = np.ndarray[Any, Any]

REDUCTIONS: dict[str, Callable[..., Array]] = {
    "max": np.max,
    "min": np.min,
    "avg": np.mean,
    "sum": np.sum,
    "median": np.median,
    "std": np.std,
}


def ellipsoid(*kernel: int) -> Array:
    """Return the elements whose centre lies in the ellipsoid inscribed in a kernel."""
    mask = np.zeros(kernel, bool)
    for at in np.ndindex(*kernel):
        # Distances from the centre in units of half a kernel, squared, in exact integers.
        scale = np.prod([k * k for k in kernel])
        total = sum(
            (2 * i + 1 - k) ** 2 * scale // (k * k) for i, k in zip(at, kernel, strict=True)
        )
        mask[at] = total <= scale
    return mask


def irregular_cases() -> list[Case]:
    """Return the cases whose footprint is neither a disk nor a cross, but random."""
    found = [case for family in FOOTPRINT_FAMILIES for case in cases(family)]
    return [case for case in found if "irregular" in case.name]


@pytest.mark.parametrize("family", FOOTPRINT_FAMILIES)
def test_values_equal_those_of_other_libraries(family: str) -> None:
    for case in cases(family):
        with named(case):
            kwargs, rtol = dict(case.kwargs), case.tolerance
            if not isinstance(kwargs["footprint"], str):
                kwargs["footprint"] = np.array(kwargs["footprint"])
            values = poolcli.pool(case.x, **kwargs)
            assert values.dtype == case.values.dtype
            np.testing.assert_allclose(values, case.values, rtol=rtol, atol=rtol)


def test_a_masked_view_of_windows_gives_the_same() -> None:
    compared = [case for case in irregular_cases() if case.kwargs["mode"] in REDUCTIONS]
    assert {case.kwargs["mode"] for case in compared} == {*REDUCTIONS}
    for case in compared:
        with named(case):
            assert_masked_view_agrees(case)


def assert_masked_view_agrees(case: Case) -> None:
    kwargs = case.kwargs
    mode, footprint = kwargs["mode"], np.array(kwargs["footprint"])
    x = case.x
    if "padding" in kwargs:
        x = pad_with_numpy(x, kwargs["padding"], kwargs["padding_mode"])
    elements = sliding_window_view(x, footprint.shape)[..., footprint]
    expected = REDUCTIONS[mode](elements, axis=-1)
    np.testing.assert_allclose(case.values, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dilation", [1, 2])
def test_a_dilated_footprint_is_a_larger_one_with_gaps(dilation: int) -> None:
    for case in irregular_cases()[::4]:
        with named(case):
            assert_dilated_footprint_has_gaps(case, dilation)


def assert_dilated_footprint_has_gaps(case: Case, dilation: int) -> None:
    footprint = np.array(case.kwargs["footprint"])
    wide = np.zeros([dilation * (k - 1) + 1 for k in footprint.shape], bool)
    wide[(slice(None, None, dilation),) * wide.ndim] = footprint
    x = np.pad(case.x, [(k, k) for k in wide.shape], "symmetric")
    kwargs = {key: case.kwargs[key] for key in ("mode", "q", "method") if key in case.kwargs}
    expected = poolcli.pool(x, kernel_size=wide.shape, stride=2, footprint=wide, **kwargs)
    found = poolcli.pool(
        x, kernel_size=footprint.shape, stride=2, dilation=dilation, footprint=footprint, **kwargs
    )
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(
    "kernel", [(1, 1), (2, 2), (3, 3), (4, 4), (6, 3), (5, 9), (8, 8), (12, 5), (31, 31), (3, 4, 5)]
)
def test_disk_and_ring_of_any_kernel(kernel: tuple[int, ...]) -> None:
    disk = ellipsoid(*kernel)
    ring = disk.copy()
    if min(kernel) > 2:
        ring[(slice(1, -1),) * len(kernel)] &= ~ellipsoid(*(k - 2 for k in kernel))
    x = np.random.default_rng(5).integers(0, 1000, [k + 4 for k in kernel], np.int16)
    for word, mask in (("disk", disk), ("ring", ring)):
        for mode in ("max", "avg", "median"):
            expected = poolcli.pool(x, mode, kernel, 1, footprint=mask)  # type: ignore[call-overload]
            found = poolcli.pool(x, mode, kernel, 1, footprint=word)  # type: ignore[call-overload]
            np.testing.assert_array_equal(found, expected)
