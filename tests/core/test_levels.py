"""Levels of a pyramid whose windows tile: the input pooled once, whatever computes them."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import poolcli
from poolcli.core import blocks
from poolcli.core.engine import run_levels as run_levels_module
from poolcli.core.engine.run_blocks import run_recipe
from poolcli.core.engine.run_levels import run_levels
from poolcli.core.engine.statistics import compute_statistics
from poolcli.core.engine.statistics_reader_writer import StatisticsReader
from poolcli.core.errors import WindowError
from poolcli.core.kernels import most_frequent_levels
from poolcli.core.kernels.most_frequent_levels import LabelMapLevels, mode_levels
from poolcli.core.levels import level_recipes, recipe_from_level_before
from poolcli.core.modes import MODES
from poolcli.core.recipe import Options
from poolcli.core.window import Window
from tests import oracle
from tests.core.strategies import FLOATS, INTEGERS, arrays, layouts, result_dtypes
from tests.core.test_against_oracle import arguments, assert_same_values
from tests.core.test_independence_of_blocks import StreamedArray

Array = np.ndarray[Any, Any]

EVERY_DTYPE = [*INTEGERS, *FLOATS]
RNG = np.random.default_rng(22)


def pooled_levels(
    x: Array,
    mode: str,
    window: Window,
    axes: Any,
    count: int,
    *,
    threads: int = 1,
    streamed: bool = False,
    **options: Any,
) -> list[Array]:
    """Return the levels that `run_levels` computes, from an array or as from a file."""
    recipes = level_recipes(x.shape, x.dtype, mode, window, axes, Options(**options), count)
    outs = [np.empty(recipe.out_shape, recipe.out_dtype) for recipe in recipes]
    if streamed:
        run_levels(recipes, StreamedArray(x), [StreamedArray(out) for out in outs], threads)
    else:
        run_levels(recipes, x, outs, threads)
    return outs


@st.composite
def tiling_windows(draw: st.DrawFn, n_axes: int) -> Window:
    sizes = draw(st.tuples(*[st.integers(1, 3)] * n_axes))
    footprint = draw(st.sampled_from([None, None, "disk", "cross", "ring"]))
    return Window.fixed(sizes, ceil_mode=draw(st.booleans()), footprint=footprint)


def footprint_of(window: Window) -> dict[str, Any]:
    """Return the footprint of a window as an argument of `poolcli.pool`."""
    return {} if window.footprint is None else {"footprint": window.footprint.name}


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_levels_are_those_of_the_oracle(mode: str, data: st.DataObject) -> None:
    shape, axes = data.draw(layouts())
    dtype = data.draw(st.sampled_from(EVERY_DTYPE))
    window, x = data.draw(tiling_windows(len(axes))), data.draw(arrays(shape, dtype))
    options = data.draw(arguments(mode, dtype))
    del options["mode"]
    options.pop("return_indices", None)
    options["dtype"] = data.draw(
        st.sampled_from(FLOATS) if mode in ("quantile", "std") else result_dtypes()
    )
    count = data.draw(st.integers(1, 3))
    with mock.patch.object(blocks, "MAX_WORKING_SET_BYTES", data.draw(st.sampled_from([64, 512]))):
        try:
            streamed = data.draw(st.booleans())
            found = pooled_levels(x, mode, window, axes, count, streamed=streamed, **options)
        except WindowError:
            assume(False)
    options |= {"axes": axes, "ceil_mode": window.ceil_mode, **footprint_of(window)}
    expected = oracle.levels(x, mode, count, window.kernel_size, **options)
    for level, of_oracle in zip(found, expected, strict=True):
        assert_same_values(level, of_oracle, mode, x)


@st.composite
def large_arrays(draw: st.DrawFn) -> Array:
    """Draw an array of many blocks: noise with signed zeros and NaN, or a label map."""
    rank = draw(st.integers(1, 3))
    shape = tuple(draw(st.integers(1, {1: 300, 2: 50, 3: 18}[rank])) for _ in range(rank))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = np.dtype(draw(st.sampled_from(["?", "u1", "i2", "i8", "u8", "f2", "f4", "f8"])))
    if dtype.kind == "f":
        x = (rng.standard_normal(shape) * 10.0 ** rng.integers(-3, 4, shape)).astype(dtype)
        for value in draw(st.sets(st.sampled_from([np.nan, np.inf, -0.0, 0.0]))):
            x[rng.random(shape) < 0.2] = value
    elif dtype.kind == "b":
        x = rng.random(shape) < 0.5
    else:
        bounds = np.iinfo(dtype)
        number = draw(st.sampled_from([4, 1000]))
        labels = rng.integers(bounds.min, bounds.max, number, dtype, endpoint=True)
        x = labels[rng.integers(0, number, [-(-size // 5) for size in shape])]
        for dim, size in enumerate(shape):
            x = x.repeat(5, dim).take(range(size), dim)
        noise = rng.random(shape) < draw(st.sampled_from([0, 0.02, 1]))
        x[noise] = labels[rng.integers(0, number, noise.sum())]
    return np.asarray(x, order=draw(st.sampled_from("CF")))  # type: ignore[call-overload]


MODES_AND_OPTIONS: list[tuple[str, dict[str, Any]]] = [
    *((mode, {}) for mode in MODES),
    ("max", {"ignore": 0}),
    ("max", {"ignore": (0, 5), "min_valid": 0.5}),
    ("min", {"ignore": float("nan")}),
    ("avg", {"ignore": 0}),
    ("avg", {"dtype": "u1"}),
    ("avg", {"divisor_override": 3}),
    ("sum", {"ignore": 3}),
    ("sum", {"dtype": "i2"}),
    ("std", {"ignore": 0, "min_valid": 0.3}),
    ("quantile", {"q": 0.3}),
    ("mode", {"ignore": 0}),
]


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_levels_do_not_depend_on_blocks_threads_or_files(data: st.DataObject) -> None:
    x = data.draw(large_arrays())
    mode, options = data.draw(st.sampled_from([*MODES_AND_OPTIONS, *[("mode", {})] * 4]))
    axes = sorted(data.draw(st.sets(st.integers(0, x.ndim - 1), min_size=1)))
    window, count = data.draw(tiling_windows(len(axes))), data.draw(st.integers(2, 4))
    working_set = data.draw(st.sampled_from([1 << 22, 500, 5000]))
    in_memory = data.draw(st.sampled_from([1 << 26, 600]))
    with (
        mock.patch.object(blocks, "MAX_WORKING_SET_BYTES", working_set),
        mock.patch.object(run_levels_module, "MAX_BLOCKS_BYTES", in_memory),
    ):
        streamed, threads = data.draw(st.booleans()), data.draw(st.integers(1, 3))
        run = {"threads": threads, "streamed": streamed, **options}
        try:
            found = pooled_levels(x, mode, window, axes, count, **run)
        except WindowError:
            assume(False)
    for level, values in enumerate(found, 1):
        kernel, window_options = window.at_level(level).kernel_size, footprint_of(window)
        window_options["ceil_mode"] = window.ceil_mode
        alone = poolcli.pool(x, mode, kernel, axes=axes, **window_options, **options)
        assert values.dtype == alone.dtype
        np.testing.assert_array_equal(values, alone)
        if MODES[mode].levels_compose != "no":  # selection may take either of two signed zeros
            assert values.tobytes() == alone.tobytes()


@pytest.mark.parametrize("mode", [mode for mode in MODES.values() if mode.levels_compose != "no"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_modes_whose_levels_compose(mode: Any, data: st.DataObject) -> None:
    x = data.draw(large_arrays())
    window = data.draw(tiling_windows(x.ndim))
    values = [None, 0, (0, float("nan"))] if mode.result_dtype == "input" else [None]
    options = Options(ignore=data.draw(st.sampled_from(values)))
    try:
        recipes = level_recipes(x.shape, x.dtype, mode.name, window, range(x.ndim), options, 3)
    except WindowError:
        assume(False)
    before, composed = x, 0
    for finer, recipe in pairwise([None, *recipes]):
        step = recipe if finer is None else recipe_from_level_before(recipe, finer)
        if step is None:
            assert window.footprint or (mode.levels_compose == "integers" and x.dtype.kind == "f")
            return
        from_input, from_level = (np.empty(recipe.out_shape, recipe.out_dtype) for _ in range(2))
        run_recipe(recipe, x, from_input)
        run_recipe(step, before, from_level)
        assert from_level.tobytes() == from_input.tobytes()
        before, composed = from_level, composed + 1
    assert composed == 3


def test_what_does_not_compose() -> None:
    def step(mode: str, in_dtype: str, **options: Any) -> Any:
        window = Window.fixed(2)
        recipes = level_recipes((8, 8), in_dtype, mode, window, None, Options(**options), 2)
        return recipe_from_level_before(recipes[1], recipes[0])

    assert step("max", "f4", ignore=0) is not None
    assert step("max", "u1", dtype="u1") is not None
    assert step("sum", "u1") is not None
    for mode, dtype, options in (
        ("avg", "u1", {}),
        ("sum", "f4", {}),
        ("sum", "u1", {"ignore": 3}),  # a sum can be 3
        ("sum", "u1", {"dtype": "i8"}),  # saturates
        ("max", "f4", {"dtype": "u1"}),
        ("max", "u1", {"ignore": 3, "min_valid": 0.5}),
    ):
        assert step(mode, dtype, **options) is None


class CountingArray(StreamedArray):
    """Counts how often each element is read."""

    def __init__(self, array: Array) -> None:
        super().__init__(array)
        self.reads = np.zeros(array.shape, np.int64)

    def __getitem__(self, index: tuple[slice, ...]) -> Array:
        self.reads[index] += 1
        return super().__getitem__(index)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("mode", ["max", "avg", "median", "mode"])
def test_every_element_is_read_and_measured_once(mode: str, order: Any) -> None:
    x = np.asarray(RNG.integers(0, 9, (3, 251, 190)), np.int32, order=order)
    source = CountingArray(x)
    reader = StatisticsReader(source)
    recipes = level_recipes(x.shape, x.dtype, mode, Window.fixed(2), (1, 2), Options(), 4)
    outs = [np.empty(recipe.out_shape, recipe.out_dtype) for recipe in recipes]
    with mock.patch.object(blocks, "MAX_WORKING_SET_BYTES", 60_000):
        run_levels(recipes, reader, outs, 2)
    assert (source.reads == 1).all()
    assert reader.statistics() == compute_statistics(x)
    assert (source.reads == 1).all()


def test_levels_whose_windows_do_not_fit_into_memory_are_read_alone() -> None:
    source = CountingArray(RNG.random((64, 64)))
    recipes = level_recipes((64, 64), "f8", "avg", Window.fixed(2), None, Options(), 5)
    outs = [np.empty(recipe.out_shape) for recipe in recipes]
    with (
        mock.patch.object(blocks, "MAX_WORKING_SET_BYTES", 1000),
        mock.patch.object(run_levels_module, "MAX_BLOCKS_BYTES", 8 * 8 * 8),
    ):
        run_levels(recipes, source, outs, 1)
    assert (source.reads == 1 + 2).all()  # levels 1 to 3 together, 4 and 5 alone
    for level, out in enumerate(outs, 1):
        np.testing.assert_array_equal(out, poolcli.pool(source.array, "avg", 2**level))


def test_label_maps_are_computed_at_once() -> None:
    labels = RNG.integers(0, 2**40, (9, 9), np.uint64).repeat(37, 0).repeat(37, 1)
    noisy = labels.copy()
    noise = RNG.random(labels.shape) < 0.01
    noisy[noise] = RNG.integers(0, 2**40, noise.sum())
    pool = LabelMapLevels.pool
    with mock.patch.object(LabelMapLevels, "pool", autospec=True, side_effect=pool) as called:
        for x in (labels, noisy, labels.view(np.int64), labels[:, ::-1], labels.astype(">u2")):
            called.reset_mock()
            for level, found in enumerate(pooled_levels(x, "mode", Window.fixed(2), None, 4), 1):
                np.testing.assert_array_equal(found, poolcli.pool(x, "mode", 2**level))
            assert called.call_count > 1
    assert LabelMapLevels(
        level_recipes((64, 64), "u1", "mode", Window.fixed(2), None, Options(), 2)[0], 2
    ).pool(RNG.integers(0, 255, (64, 64), np.uint8)) is None  # fmt: skip


def test_levels_of_label_maps_with_windows_of_all_sizes() -> None:
    labels = RNG.integers(0, 250, (3, 5), np.uint8).repeat(190, 0).repeat(180, 1)
    for kernel in (2, 3, 8, 9):
        recipes = level_recipes(
            labels.shape, "u1", "mode", Window.fixed(kernel), None, Options(), 2
        )
        assert (mode_levels(recipes) is None) == (kernel > 8)
    with mock.patch.object(most_frequent_levels, "MAX_GATHERED_ELEMENTS", 5):
        for level, found in enumerate(pooled_levels(labels, "mode", Window.fixed(2), None, 9), 1):
            np.testing.assert_array_equal(found, poolcli.pool(labels, "mode", 2**level))
    with mock.patch.object(most_frequent_levels, "MAX_BLOCK_ELEMENTS", 100):
        (*_, last) = pooled_levels(labels, "mode", Window.fixed(3), None, 3, streamed=True)
    np.testing.assert_array_equal(last, poolcli.pool(labels, "mode", 27))


@pytest.mark.parametrize("mode", ["max", "sum", "avg", "mode", "median"])
def test_memory_is_bounded(mode: str) -> None:
    x = np.zeros((4000, 6000), np.uint8)
    recipes = level_recipes(x.shape, x.dtype, mode, Window.fixed(2), None, Options(), 5)
    outs = [StreamedArray(np.empty(recipe.out_shape, recipe.out_dtype)) for recipe in recipes]
    tracemalloc.start()
    try:
        run_levels(recipes, StreamedArray(x), outs, 1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 << 20


def test_memory_does_not_grow_with_the_number_of_levels() -> None:
    x = np.zeros((2048, 2048), np.float32)
    tracemalloc.start()
    try:
        pooled_levels(x, "std", Window.fixed(2), None, 10, streamed=True)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40 << 20


def test_an_error_while_reading_is_raised() -> None:
    class Broken(StreamedArray):
        def __getitem__(self, index: tuple[slice, ...]) -> Array:
            raise OSError("gone")

    source = Broken(np.zeros((3000, 3000)))
    recipes = level_recipes((3000, 3000), "f8", "avg", Window.fixed(2), None, Options(), 2)
    outs = [np.empty(recipe.out_shape) for recipe in recipes]
    with pytest.raises(OSError, match="gone"):
        run_levels(recipes, source, outs)


@pytest.mark.parametrize("shape", [(0, 8, 8), (8, 0, 8)])
def test_arrays_without_elements(shape: tuple[int, ...]) -> None:
    window = Window.fixed(2)
    if shape[1] == 0:
        with pytest.raises(WindowError, match="there is nothing to pool"):
            pooled_levels(np.empty(shape), "max", window, (1, 2), 2)
    else:
        found = pooled_levels(np.empty(shape), "max", window, (1, 2), 2)
        assert [level.shape for level in found] == [(0, 4, 4), (0, 2, 2)]


def test_windows_that_tile() -> None:
    for tiling in (
        Window.fixed(2),
        Window.fixed((1, 2, 2), (1, 2, 2)),
        Window.fixed(2, stride=(2, 2), padding="valid", ceil_mode=True),
        Window.fixed(3, padding=((0, 0), 0)),
        Window.fixed(3, footprint="disk", padding_mode="reflect"),
    ):
        assert tiling.tiles
    for other in (
        Window.fixed(3, stride=2),
        Window.fixed((2, 2), stride=(2, 1)),
        Window.fixed(2, stride=3),
        Window.fixed(2, padding=(0, 1)),
        Window.fixed(2, padding="same"),
        Window.fixed(2, dilation=(1, 2)),
        Window.fixed(2, footprint=[[1, 0], [1, 1]]),
        Window.global_window(),
        Window.adaptive(2),
    ):
        assert not other.tiles
    assert Window.fixed((1, 2, 2)).at_level(3).kernel_size == (1, 8, 8)


@pytest.mark.parametrize(
    ("window", "count", "message"),
    [
        (
            Window.fixed(2),
            62,
            "level 4 does not fit an input of 8x9: its kernel size would be 16. "
            "The last level that fits is level 3, of 1x1",
        ),
        (
            Window.fixed((1, 5)),
            2,
            "level 2 does not fit an input of 8x9: its kernel size would be 1x25. "
            "The last level that fits is level 1, of 8x1",
        ),
        (
            Window.fixed(2, ceil_mode=True),
            1000,
            "level 31 does not fit an input of 8x9: its kernel size would be 2147483648. "
            "The last level that fits is level 30, of 1x1",
        ),
    ],
)
def test_levels_that_do_not_fit(window: Window, count: int, message: str) -> None:
    with pytest.raises(WindowError) as caught:
        level_recipes((8, 9), "u1", "max", window, None, Options(), count)
    assert str(caught.value) == message


def test_kernels_of_one_element_have_any_number_of_levels() -> None:
    x = RNG.random((3, 4))
    for found in pooled_levels(x, "std", Window.fixed(1), None, 70):
        assert not found.any()


def test_as_many_levels_as_fit_rounded_up() -> None:
    x = RNG.random((8, 9)).astype(np.float32)
    window = Window.fixed(2, ceil_mode=True)
    for mode in ("max", "avg", "median", "mode", "std"):
        *_, last = pooled_levels(x, mode, window, None, 30)
        np.testing.assert_array_equal(last, poolcli.global_pool(x, mode))
