"""`min_valid`: windows in which too few elements are left after ignoring."""

from __future__ import annotations

from fractions import Fraction
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import poolcli
from poolcli.core import blocks
from poolcli.core.kernels import out_of_core_ranked
from poolcli.core.modes import MODES
from poolcli.core.recipe import Options
from poolcli.core.window import Window
from tests.core.test_out_of_core import ArrayOnDisk, pooled

ALL_MODES = tuple(MODES)


def sparse(shape: tuple[int, ...], dtype: str = "u1", seed: int = 0) -> Any:
    """Return an array in which about half of the elements are 0."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(shape) < 0.5, 0, rng.integers(1, 9, shape)).astype(dtype)


@pytest.mark.parametrize("mode", ALL_MODES)
@pytest.mark.parametrize("share", [0.07, np.float32(0.07), np.float64(0.07), Fraction(7, 100)])
def test_a_share_is_read_exactly(mode: str, share: Any) -> None:
    x = np.zeros((2, 100), np.float64)
    x[0, :7] = 1
    x[1, :6] = 1
    found = poolcli.pool(x, mode, 100, axes=1, ignore=0, min_valid=share)
    assert found[1] == 0
    assert found[0] == poolcli.pool(x[0], mode, 100, ignore=0)
    assert found[0] > 0 or mode in ("std", "range")


def test_padding_is_not_counted() -> None:
    x = np.array([5, 0, 0, 7], np.int32)
    padded = {"kernel_size": 3, "stride": 1, "padding": 1, "ignore": 0}
    assert poolcli.pool(x, "max", min_valid=0.5, **padded).tolist() == [5, 0, 0, 7]
    assert poolcli.pool(x, "max", min_valid=0.51, **padded).tolist() == [0, 0, 0, 0]
    values, indices = poolcli.pool(x, "max", min_valid=0.5, return_indices=True, **padded)
    assert (values.tolist(), indices.tolist()) == ([5, 0, 0, 7], [0, -1, -1, 3])


def test_it_changes_nothing_if_nothing_is_ignored() -> None:
    x = sparse((6, 8))
    for ignore in (None, [], -9999, 0.5):
        expected = poolcli.pool(x, "avg", 2, ignore=ignore)
        np.testing.assert_array_equal(
            poolcli.pool(x, "avg", 2, ignore=ignore, min_valid=1), expected
        )


def test_the_first_value_is_given() -> None:
    x = np.array([1, 2, 255, 0, 3, 9, 9, 9], np.uint8)
    found = poolcli.pool(x, "max", 4, ignore=[7, 0, 255], min_valid=0.75)
    assert found.tolist() == [7, 9]
    assert poolcli.global_pool(x, "max", ignore=[0, 255], min_valid=0.75).tolist() == [9]
    assert poolcli.adaptive_pool(x, "max", 2, ignore=[0, 255], min_valid=0.75).tolist() == [0, 9]


@pytest.mark.parametrize(
    ("value", "message"),
    [(1.5, "from 0 to 1, not 1.5"), (-0.1, "from 0 to 1"), (float("nan"), "from 0 to 1"),
     (2, "from 0 to 1"), (float("inf"), "from 0 to 1")],
)  # fmt: skip
def test_a_share_is_from_0_to_1(value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        poolcli.pool(np.zeros(4), "max", 2, min_valid=value)
    assert caught.value.argument == "min_valid"  # type: ignore[attr-defined]


@pytest.mark.parametrize("value", ["0.5", True, [0.5], 1j])
def test_other_types_are_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="min_valid must be a number"):
        poolcli.pool(np.zeros(4), "max", 2, min_valid=value)


@pytest.mark.parametrize("mode", ALL_MODES)
@pytest.mark.parametrize("channels", ["plain", "alpha"])
def test_channels_of_pixels(mode: str, channels: Any) -> None:
    """Each channel is a plane of its own, alpha is never empty, `mode` counts whole pixels."""
    x = sparse((6, 8, 4), seed=3)
    x[0, 0] = x[1, 1] = x[0, 1] = x[4:6, 2:4] = 0
    x[x == 0] = 200
    options = Options(ignore=200, min_valid=0.5, channels=channels)
    found = pooled(x, mode, Window.fixed(2), (0, 1), options)
    without = pooled(x, mode, Window.fixed(2), (0, 1), options._replace(min_valid=None))
    windows = x.reshape(3, 2, 4, 2, 4).swapaxes(1, 2)
    counts = np.count_nonzero(windows != 200, axis=(2, 3))
    if channels == "alpha":
        counts[..., -1] = 4
    if mode == "mode":
        counts = np.count_nonzero((windows != 200).any(axis=-1), axis=(2, 3))[..., None]
    expected = np.where(counts < 2, 200, without)
    np.testing.assert_array_equal(found, expected)
    assert (found != without).any()


@pytest.mark.parametrize("mode", ["median", "quantile", "mode"])
def test_windows_larger_than_memory(mode: str) -> None:
    x = sparse((40, 60), "i2")
    x[:, 30:] *= x[:, 30:] > 6
    window, options = Window.adaptive((1, 2)), Options(ignore=0, min_valid=0.3)
    expected = pooled(x, mode, window, (0, 1), options)
    assert expected[0, 0] > 0
    assert expected[0, 1] == 0
    with (
        mock.patch.object(out_of_core_ranked, "MAX_GATHERED_BYTES", 100),
        mock.patch.multiple(blocks, MAX_WORKING_SET_BYTES=600, MAX_INPUT_BLOCK_BYTES=500),
    ):
        found = pooled(ArrayOnDisk(x), mode, window, (0, 1), options)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("mode", ALL_MODES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_blocks_and_threads_do_not_matter(mode: str, data: st.DataObject) -> None:
    x = sparse((23, 31), data.draw(st.sampled_from(["u1", "f4", "i8"])))
    kwargs: dict[str, Any] = {
        "kernel_size": data.draw(st.sampled_from([1, 2, 3, 5, 9, 14, 27])),
        "stride": data.draw(st.integers(2, 5)),
        "padding": data.draw(st.sampled_from([0, "same"])),
        "ignore": 0,
        "min_valid": data.draw(st.sampled_from([0.3, 0.5, 0.55])),
    }
    if kwargs["kernel_size"] > 23:
        kwargs["padding"] = "same"
    expected = poolcli.pool(x, mode, threads=1, **kwargs)
    with mock.patch.multiple(blocks, MAX_WORKING_SET_BYTES=300, MAX_INPUT_BLOCK_BYTES=300):
        for order in "CF":
            found = poolcli.pool(np.asarray(x, order=order), mode, threads=3, **kwargs)
            np.testing.assert_array_equal(found, expected)
