"""Windows that fit an input into a longest side: output sizes, and the values they give."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import poolcli
from poolcli.core.axis import adaptive_axis, fitted_sizes
from poolcli.core.errors import ArgumentError, ArgumentTypeError, WindowError
from poolcli.core.window import Window

sizes_of_axes = st.lists(st.integers(1, 10**7), min_size=1, max_size=4)


@given(sizes=sizes_of_axes, longest_side=st.integers(1, 10**7))
def test_sizes_keep_the_aspect_ratio(sizes: list[int], longest_side: int) -> None:
    found = fitted_sizes(sizes, longest_side)
    if max(sizes) <= longest_side:
        assert found == tuple(sizes)
        return
    assert max(found) == longest_side
    for size, out in zip(sizes, found, strict=True):
        exact = Fraction(size * longest_side, max(sizes))
        assert out == max(math.floor(exact + Fraction(1, 2)), 1)


def test_windows_are_adaptive_and_kept_axes_are_not() -> None:
    window = Window.fit(100)
    assert window.on_axes((300, 200)) == (adaptive_axis(300, 100), adaptive_axis(200, 67))
    assert all(axis.is_identity for axis in window.on_axes((100, 20)))
    assert window.on_axes((3, 1000, 500))[0].out_size == 1
    assert window.is_adaptive
    assert not window.is_global


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "int64"])
def test_means_of_integers_are_exact(dtype: str) -> None:
    rng = np.random.default_rng(3)
    info = np.iinfo(dtype)
    x = rng.integers(info.min, info.max, (37, 23), dtype, endpoint=True)
    axes = Window.fit(16).on_axes(x.shape)
    found = poolcli.adaptive_pool(x, "avg", [axis.out_size for axis in axes], dtype=dtype)
    assert found.shape == (16, 10)
    for i, j in np.ndindex(found.shape):
        rows, columns = (
            slice(axis.first_position(k), axis.last_position(k) + 1)
            for axis, k in zip(axes, (i, j), strict=True)
        )
        values = [int(value) for value in x[rows, columns].flat]
        assert found[i, j] == math.floor(Fraction(sum(values), len(values)) + Fraction(1, 2))


def test_errors_name_the_argument() -> None:
    with pytest.raises(ArgumentError, match="longest_side must be at least 1, not 0") as error:
        Window.fit(0)
    assert error.value.argument == "longest_side"
    with pytest.raises(ArgumentTypeError, match=r"longest_side must be an integer, not 2\.5"):
        Window.fit(2.5)  # type: ignore[arg-type]
    with pytest.raises(WindowError, match="there is nothing to pool") as misfit:
        Window.fit(3).on_axes((0, 9))
    assert misfit.value.argument == "longest_side"
