"""Transposed copies equal those of NumPy, for all widths of elements and odd shapes."""

from __future__ import annotations

import numpy as np
import pytest

from poolcli.core.reordered_view import copy_transposed


@pytest.mark.parametrize("width", [1, 2, 4, 8])
@pytest.mark.parametrize(
    "shape", [(64, 64), (17, 40), (2, 2), (3, 33, 20), (5, 9, 700), (600, 2500)]
)
def test_copy_transposed(shape: tuple[int, ...], width: int) -> None:
    x = np.random.default_rng(0).integers(0, 255, shape).astype(f"u{width}")
    wider = np.zeros((*shape[:-2], shape[-1], shape[-2] + 9), x.dtype)
    for out in (np.zeros(shape[::-1], x.dtype).T, wider):
        target = out if out.shape == shape else np.moveaxis(out[..., 3 : 3 + shape[-2]], -1, -2)
        copy_transposed(target, x)
        np.testing.assert_array_equal(target, x)
