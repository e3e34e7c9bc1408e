"""The value of a window depends only on its elements and their order.

It does not depend on blocks, threads, neighbouring windows, memory layout or how the window is
given.
"""

from __future__ import annotations

from itertools import product
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import poolcli
from poolcli.core import blocks
from poolcli.core.engine.run_blocks import run_recipe
from poolcli.core.kernels import reduce_windows_pairwise
from poolcli.core.make_recipe import make_recipe
from poolcli.core.recipe import Options
from poolcli.core.window import Window

Array = np.ndarray[Any, Any]

DTYPES = ("f2", "f4", "f8", "g", "c8", "c16", "u1", "i4", "i8")
MODES_AND_ARGUMENTS: list[tuple[str, dict[str, Any]]] = [
    ("avg", {}),
    ("avg", {"ignore": 0}),
    ("sum", {}),
    ("std", {}),
    ("std", {"ignore": 0}),
    ("lp", {}),
    ("lp", {"norm_type": 2.5}),
    ("gem", {}),
    ("gem", {"norm_type": -1}),
    ("median", {}),
    ("quantile", {"q": 0.3}),
    ("quantile", {"q": 0.5, "ignore": 0}),
    ("mode", {}),
    ("max", {}),
    ("rms", {}),
    ("blur", {}),
    ("blur", {"ignore": 0}),
    ("range", {}),
    ("range", {"ignore": 0}),
]
WINDOWS = [((3, 3), 1, 1), ((9, 5), (3, 2), 1), ((1, 11), 2, 1), ((20, 17), 7, 1), ((3, 4), 2, 2)]


def random_values(shape: tuple[int, ...], dtype: str, seed: int = 0) -> Array:
    """Return numbers of many magnitudes, 10 % of them 0."""
    rng = np.random.default_rng(seed)
    kind = np.dtype(dtype)
    if kind.kind in "iu":
        info = np.iinfo(kind)
        x = rng.integers(info.min, info.max, shape, dtype=kind, endpoint=True)
    else:
        wide = rng.standard_normal(shape) * 10.0 ** rng.integers(-3, 4, shape)
        x = (wide + 1j * rng.standard_normal(shape) if kind.kind == "c" else wide).astype(kind)
    x[rng.random(shape) < 0.1] = 0
    return x


def mode_cases() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (dtype, mode, arguments)
        for dtype, (mode, arguments) in product(DTYPES, MODES_AND_ARGUMENTS)
        if mode in ("avg", "sum", "blur") or not dtype.startswith("c")
    ]


@pytest.mark.parametrize(("dtype", "mode", "arguments"), mode_cases())
def test_a_window_pooled_alone_has_the_same_value(
    dtype: str, mode: str, arguments: dict[str, Any]
) -> None:
    x = random_values((2, 41, 37), dtype)
    for kernel, stride, dilation in WINDOWS:
        whole = poolcli.pool(x, mode, kernel, stride, 0, dilation, **arguments)
        np.testing.assert_array_equal(
            poolcli.pool(np.asfortranarray(x), mode, kernel, stride, 0, dilation, **arguments),
            whole,
        )
        steps = stride if isinstance(stride, tuple) else (stride, stride)
        for i, j in ((0, 0), (1, 2), (whole.shape[1] - 1, whole.shape[2] - 1)):
            rows, columns = (
                slice(i_or_j * step, i_or_j * step + (size - 1) * dilation + 1, dilation)
                for i_or_j, step, size in zip((i, j), steps, kernel, strict=True)
            )
            alone = poolcli.global_pool(x[:, rows, columns], mode, **arguments)
            np.testing.assert_array_equal(alone[:, 0, 0], whole[:, i, j])


NEIGHBOURED_MODES = ("avg", "sum", "std", "lp", "gem", "median", "quantile", "rms", "blur", "range")


@pytest.mark.parametrize("mode", NEIGHBOURED_MODES)
@pytest.mark.parametrize("dtype", ["f4", "f8", "g"])
def test_neighbouring_windows_do_not_change_values(dtype: str, mode: str) -> None:
    x = random_values((9, 9), dtype) * np.dtype(dtype).type(1e-30)
    with_neighbours = np.full((18, 18), 1e30, dtype)
    with_neighbours[:9, :9] = x
    for kernel in (3, 9):
        found = poolcli.pool(with_neighbours, mode, kernel)
        expected = poolcli.pool(x, mode, kernel)
        np.testing.assert_array_equal(found[: len(expected), : len(expected)], expected)


def test_std_of_tiny_values_next_to_huge_values() -> None:
    tiny = [1e-310, 3e-310]
    found = poolcli.pool(np.array([*tiny, 1e300, 3e300]), "std", 2)
    np.testing.assert_array_equal(found, [*poolcli.pool(np.array(tiny), "std", 2), 1e300])
    assert found[0] == pytest.approx(1e-310, rel=1e-12)


def test_quantiles_of_large_integers_next_to_windows_with_ignored_elements() -> None:
    large = 2**60 + 1
    x = np.array([large, large, large, 0, 5, 7], np.int64)
    found = poolcli.pool(x, "quantile", 3, ignore=0, dtype="int64")
    assert found.tolist() == [large, 6]
    assert poolcli.pool(x[:3], "quantile", 3, dtype="int64").tolist() == [large]
    # The outer windows have fewer elements because of the padding.
    edges = poolcli.pool(x[:3], "quantile", 3, 1, 1, dtype="int64")
    assert edges.tolist() == [large] * 3


class StreamedArray:
    """A readable and writable array that is not an ndarray, like a file."""

    def __init__(self, array: Array) -> None:
        self.array = array
        self.shape, self.dtype, self.strides = array.shape, array.dtype, array.strides

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        return self.array[index]

    def __setitem__(self, index: tuple[slice, ...], value: Array) -> None:
        self.array[index] = value


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_block_sizes_threads_and_files_do_not_change_values(data: st.DataObject) -> None:
    dtype = data.draw(st.sampled_from(["f2", "f4", "f8", "g", "i4"]))
    mode, arguments = data.draw(st.sampled_from(MODES_AND_ARGUMENTS))
    rank = data.draw(st.integers(1, 3))
    shape = tuple(data.draw(st.integers(1, {1: 150, 2: 30, 3: 12}[rank])) for _ in range(rank))
    axes = tuple(sorted(data.draw(st.permutations(range(rank)))[: data.draw(st.integers(1, rank))]))
    sizes = [data.draw(st.integers(1, shape[axis])) for axis in axes]
    window = data.draw(
        st.sampled_from(
            [
                Window.global_window(),
                Window.adaptive(sizes),
                Window.fixed(sizes, [1 + size // 3 for size in sizes], 0),
                Window.fixed(sizes, 1, [(size - 1) // 2 for size in sizes]),
            ]
        )
    )
    x = random_values(shape, dtype)
    x = np.asfortranarray(x) if data.draw(st.booleans()) else x
    recipe = make_recipe(shape, dtype, mode, window, axes, Options(**arguments))
    results = []
    for input_block_bytes, working_set_bytes, is_streamed, threads in (
        (5 << 20, 1 << 22, False, 1),
        (300, 500, True, 1),
        (3000, 800, True, 2),
        (2000, 5000, False, 1),
    ):
        out = np.empty(recipe.out_shape, recipe.out_dtype)
        arrays: Any = (StreamedArray(x), StreamedArray(out)) if is_streamed else (x, out)
        with mock.patch.multiple(
            blocks, MAX_INPUT_BLOCK_BYTES=input_block_bytes, MAX_WORKING_SET_BYTES=working_set_bytes
        ):
            run_recipe(recipe, *arrays, threads=threads)
        results.append(out)
    for other in results[1:]:
        np.testing.assert_array_equal(other, results[0])


@pytest.mark.parametrize("mode", ["avg", "sum", "std", "lp", "gem", "rms", "blur", "range"])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_global_adaptive_and_fixed_windows_over_the_plane_give_the_same_values(
    mode: str, dtype: str
) -> None:
    x = random_values((2, 67, 83), dtype)
    whole = poolcli.global_pool(x, mode)
    np.testing.assert_array_equal(poolcli.adaptive_pool(x, mode, 1), whole)
    np.testing.assert_array_equal(poolcli.pool(x, mode, (67, 83)), whole)
    np.testing.assert_array_equal(poolcli.pool(x, mode, (67, 83), 1), whole)


@pytest.mark.parametrize("combined_together", [False, True])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_windows_cut_off_by_padding_have_the_values_of_their_elements(
    combined_together: bool, data: st.DataObject
) -> None:
    dtype = data.draw(st.sampled_from(["f2", "f4", "f8", "g", "c8", "i8"]))
    mode = data.draw(st.sampled_from(["avg", "sum"] if dtype == "c8" else ["avg", "std", "lp"]))
    size, stride = data.draw(st.integers(2, 200)), data.draw(st.integers(1, 30))
    dilation = data.draw(st.sampled_from([1, 1, 2, 3]))
    kernel = data.draw(st.integers(2, 250))
    padding = data.draw(st.integers(0, (kernel - 1) * dilation))
    x = random_values((3, size), dtype)
    arguments = {"count_include_pad": False} if mode == "avg" else {}
    with mock.patch.object(
        reduce_windows_pairwise, "sharing_saves_work", return_value=combined_together
    ):
        try:
            whole = poolcli.pool(x, mode, kernel, stride, padding, dilation, axes=(1,), **arguments)
        except ValueError:
            return
    for window in {0, 1, whole.shape[1] // 2, whole.shape[1] - 1} & set(range(whole.shape[1])):
        positions = window * stride - padding + np.arange(kernel) * dilation
        elements = x[:, positions[(positions >= 0) & (positions < size)]]
        if elements.size:
            alone = poolcli.global_pool(elements, mode, axes=(1,))
            np.testing.assert_array_equal(alone[:, 0], whole[:, window])


@pytest.mark.parametrize("mode", ["max", "min", "sum", "avg", "std", "lp", "rms", "blur", "range"])
@pytest.mark.parametrize("dtype", ["f4", "f8", "i4"])
@pytest.mark.parametrize(("size", "out_size"), [(113, 57), (113, 30), (113, 7), (5, 8), (61, 60)])
def test_adaptive_windows_have_the_values_of_their_elements(
    mode: str, dtype: str, size: int, out_size: int
) -> None:
    x = random_values((2, size, 3), dtype)
    x[1] = -0.0
    whole = poolcli.adaptive_pool(x, mode, out_size, axes=(1,))
    for window in range(out_size):
        elements = x[:, window * size // out_size : -(-(window + 1) * size // out_size)]
        alone = poolcli.global_pool(elements, mode, axes=(1,))
        assert alone[:, 0].tobytes() == whole[:, window].tobytes()


@pytest.mark.parametrize("shape", [(70, 5), (513, 4), (1300, 3), (2, 1031, 2)])
@pytest.mark.parametrize("threads", [1, 3])
def test_float32_means_over_long_axes(shape: tuple[int, ...], threads: int) -> None:
    x = random_values(shape, "f4")
    axes = tuple(range(len(shape)))
    expected = poolcli.global_pool(x, "avg", axes=axes)
    error = 2e-7 * np.abs(x).mean(dtype=np.float64)
    np.testing.assert_allclose(expected, x.mean(dtype=np.float64), rtol=0, atol=error)
    padded = np.concatenate([x[:40], x, x[:1]])
    for array, inside in (
        (np.asfortranarray(x), 0),
        (x[::-1].copy()[::-1], 0),
        (padded, len(x[:40])),
    ):
        found = poolcli.pool(array, "avg", shape, stride=1, axes=axes, threads=threads)
        assert found[inside].item() == expected.item()
    recipe = make_recipe(shape, "f4", "avg", Window.global_window(), axes)
    for block_bytes in (100, 3000, 20000):
        out = np.empty(recipe.out_shape, np.float32)
        with mock.patch.multiple(
            blocks, MAX_INPUT_BLOCK_BYTES=block_bytes, MAX_WORKING_SET_BYTES=block_bytes
        ):
            run_recipe(recipe, StreamedArray(x), StreamedArray(out), threads=threads)
        assert out.item() == expected.item()


def test_incomplete_windows_of_float32_means_equal_the_same_windows_alone() -> None:
    x = random_values((75, 12), "f4")
    found = poolcli.pool(x, "avg", (75, 3), (20, 3), (30, 0), count_include_pad=False)
    alone = [x[:45], x[:65], x[10:], x[30:]]
    expected = [poolcli.pool(part, "avg", (len(part), 3))[0] for part in alone]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("mode", ["max", "avg", "std", "blur"])
def test_large_windows_that_overlap_are_not_read_one_by_one(mode: str) -> None:
    x = random_values((3000,), "f8")
    recipe = make_recipe(x.shape, "f8", mode, Window.fixed(1500, 2), (0,), Options())
    expected, found = (np.empty(recipe.out_shape) for _ in range(2))
    run_recipe(recipe, x, expected)
    with (
        mock.patch.multiple(blocks, MAX_INPUT_BLOCK_BYTES=4000, MAX_WORKING_SET_BYTES=4000),
        mock.patch.object(
            StreamedArray, "__getitem__", autospec=True, side_effect=StreamedArray.__getitem__
        ) as read,
    ):
        run_recipe(recipe, StreamedArray(x), found, threads=1)
    np.testing.assert_array_equal(found, expected)
    assert read.call_count < 100


@pytest.mark.parametrize("width", [40, 640])
@pytest.mark.parametrize("kernel", [2, 3, 8, 9, 40])
@pytest.mark.parametrize("mode", ["avg", "sum"])
def test_sums_of_negative_zeros_do_not_depend_on_the_length_of_rows(
    mode: str, kernel: int, width: int
) -> None:
    x = np.full((80, width), -0.0, np.float32)
    assert np.signbit(poolcli.pool(x, mode, kernel)).all()
