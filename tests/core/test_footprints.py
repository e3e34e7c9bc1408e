"""Footprints: their elements, and windows that consist of them."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest

import poolcli
from poolcli.core import blocks
from poolcli.core.footprint import Footprint
from poolcli.core.footprint_mask import footprint_mask
from poolcli.core.modes import MODES
from tests.core.test_independence_of_blocks import random_values
from tests.oracle.footprints import footprint_elements


@pytest.mark.parametrize("word", ["disk", "cross", "ring"])
@pytest.mark.parametrize(
    "kernel", [(1,), (6,), (1, 1), (2, 2), (5, 5), (6, 6), (4, 9), (1, 5, 5), (3, 4, 5), (31, 31)]
)
def test_words(word: str, kernel: tuple[int, ...]) -> None:
    mask = footprint_mask(Footprint(word), kernel)
    assert mask.shape == kernel
    assert set(map(tuple, np.argwhere(mask).tolist())) == footprint_elements(word, list(kernel))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["f4", "u1", "f2"])
def test_values_depend_on_the_elements_of_the_window_alone(mode: str, dtype: str) -> None:
    x = random_values((2, 33, 41), dtype)
    ring = np.array([[0, 1, 1, 1, 0], [1, 1, 0, 1, 1], [0, 1, 0, 0, 0]], np.bool_)
    for footprint, kernel in (("disk", (9, 11)), (ring, (3, 5))):
        window: dict[str, Any] = {"kernel_size": kernel, "footprint": footprint, "dilation": 2}
        whole = poolcli.pool(x, mode, stride=1, padding=2, **window)
        fortran = poolcli.pool(np.asfortranarray(x), mode, stride=1, padding=2, **window)
        assert fortran.tobytes() == whole.tobytes()
        with mock.patch.multiple(blocks, MAX_WORKING_SET_BYTES=3000, MAX_INPUT_BLOCK_BYTES=1000):
            split = poolcli.pool(x, mode, stride=1, padding=2, **window)
        assert split.tobytes() == whole.tobytes()
        rows, columns = (slice(5, 5 + 2 * size - 1) for size in kernel)
        alone = poolcli.pool(x[:, rows, columns], mode, stride=1, **window)
        assert alone[:, 0, 0].tobytes() == whole[:, 7, 7].tobytes()


@pytest.mark.parametrize("dtype", ["f4", "f2"])
def test_std_of_nearly_equal_narrow_floats(dtype: str) -> None:
    # Squares leave the last bit of these values open, so that they are computed by deviations.
    x = (1 + random_values((40, 40), "f8") * 1e-4).astype(dtype)
    found = poolcli.pool(x, "std", 5, 1, footprint="disk")
    mask = footprint_mask(Footprint("disk"), (5, 5))
    windows = np.lib.stride_tricks.sliding_window_view(x.astype(np.float64), (5, 5))[..., mask]
    np.testing.assert_array_equal(found, windows.std(axis=-1).astype(dtype))


def test_all_elements_are_no_footprint() -> None:
    x = random_values((20, 20), "f4")
    found = poolcli.pool(x, "avg", 3, footprint=np.ones((3, 3), np.uint8))
    assert found.tobytes() == poolcli.pool(x, "avg", 3).tobytes()


def test_an_array_names_the_pooled_axes() -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    footprint = np.zeros((2, 2, 2), np.bool_)
    footprint[1, 0, 1] = True
    np.testing.assert_array_equal(poolcli.pool(x, "max", 2, footprint=footprint), [[[13, 15]]])


def test_means_count_the_elements_of_the_footprint() -> None:
    x = np.array([2.0, 4, 6])
    ends = [1, 0, 1]
    counted = poolcli.pool(x, "avg", 3, 1, 1, footprint=ends)
    np.testing.assert_array_equal(counted, [2, 4, 2])
    excluded = poolcli.pool(x, "avg", 3, 1, 1, footprint=ends, count_include_pad=False)
    np.testing.assert_array_equal(excluded, [4, 4, 4])


def test_indices_are_those_of_the_elements_that_count() -> None:
    x = np.array([[9, 1, 9], [5, 3, 5], [9, 5, 9]])
    values, indices = poolcli.pool(x, "max", 3, 1, footprint="cross", return_indices=True)
    assert (values.tolist(), indices.tolist()) == ([[5]], [[3]])


@pytest.mark.parametrize(
    ("footprint", "kernel", "message"),
    [
        ("square", 3, "the footprint must be disk, cross, ring or a boolean array"),
        ([[0, 2]], (1, 2), "not an array of int64"),
        ([0.5], 1, "not an array of float64"),
        (np.zeros((3, 3), np.bool_), 3, "at least one axis and one element"),
        (True, 3, "at least one axis"),
        (np.ones((3, 5), np.bool_), 3, "footprint is 3x5, the kernel size 3; they must be equal"),
    ],
)
def test_wrong_footprints(footprint: Any, kernel: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message) as error:
        poolcli.pool(np.zeros((9, 9)), "max", kernel, footprint=footprint)
    assert error.value.argument == "footprint"  # type: ignore[attr-defined,union-attr]
