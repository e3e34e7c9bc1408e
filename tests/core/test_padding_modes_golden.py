"""Padding with values equals SciPy's filters, PyTorch's `pad`, and `numpy.pad` with a plain window.

SciPy's "reflect" is NumPy's "symmetric", its "mirror" is "reflect", "nearest" is "replicate" and
"wrap" is "circular".
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import poolcli
from poolcli.core.modes import MODES
from tests.golden import PADDING_MODE_FAMILIES, cases, named

NUMPY_NAMES = {"replicate": "edge", "circular": "wrap"}


def pad_with_numpy(
    x: np.ndarray[Any, Any], pairs: tuple[tuple[int, int], ...], padding_mode: str
) -> np.ndarray[Any, Any]:
    """Return a padded copy; `pairs` are for the last axes."""
    widths = [(0, 0)] * (x.ndim - len(pairs)) + list(pairs)
    name, _, constant = padding_mode.partition(":")
    if name == "constant":
        value = np.asarray(float(constant)).astype(x.dtype)
        return np.pad(x, widths, constant_values=value)
    return np.pad(x, widths, NUMPY_NAMES.get(name, name))  # type: ignore[call-overload]


@pytest.mark.parametrize("family", PADDING_MODE_FAMILIES)
def test_a_padded_copy_gives_the_values_of_other_libraries(family: str) -> None:
    for case in cases(family):
        with named(case):
            kwargs = dict(case.kwargs)
            x = pad_with_numpy(case.x, kwargs.pop("padding"), kwargs.pop("padding_mode"))
            values, rtol = poolcli.pool(x, **kwargs), case.tolerance
            assert values.dtype == case.values.dtype
            np.testing.assert_allclose(values, case.values, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("family", PADDING_MODE_FAMILIES)
def test_padding_modes_equal_those_of_other_libraries(family: str) -> None:
    for case in cases(family):
        with named(case):
            values, rtol = poolcli.pool(case.x, **case.kwargs), case.tolerance
            assert values.dtype == case.values.dtype
            np.testing.assert_allclose(values, case.values, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "float32", "float64"])
@pytest.mark.parametrize("mode", MODES)
def test_every_mode_sees_padding_as_a_padded_copy(mode: str, dtype: str) -> None:
    rng = np.random.default_rng(len(mode))
    x = (rng.integers(-16, 17, (2, 5, 6)) / 4).astype(dtype)
    window: dict[str, Any] = {"kernel_size": (3, 4), "stride": (2, 1), "dilation": (2, 1)}
    pairs = ((4, 2), (1, 3))
    for padding_mode in ("reflect", "symmetric", "replicate", "circular", "constant:1"):
        padded = pad_with_numpy(x, pairs, padding_mode)
        expected = poolcli.pool(padded, mode, **window)  # type: ignore[call-overload]
        found = poolcli.pool(x, mode, padding=pairs, padding_mode=padding_mode, **window)
        np.testing.assert_array_equal(found, expected)
