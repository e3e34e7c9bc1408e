"""`unpool`: compared with the oracle, with PyTorch and with ONNX; its errors."""

from __future__ import annotations

from fractions import Fraction
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import poolcli
from poolcli.core import blocks
from poolcli.core.engine.run_unpool import run_unpool
from poolcli.core.engine.unpool_blocks import UnpoolBlocks
from poolcli.core.errors import ArgumentError, ArgumentTypeError
from poolcli.core.unpool_recipe import make_unpool_recipe
from poolcli.core.window import Window
from tests import oracle
from tests.core.strategies import FLOATS, INTEGERS, Call, arrays, layouts, windows
from tests.golden import cases, named

FAMILIES = ("torch_unpool", "onnx_unpool")
RNG = np.random.default_rng(0)
BLOCK_BYTES = st.sampled_from([1 << 22, 400, 64])
"""Values of `MAX_WORKING_SET_BYTES`; with small ones even a small array is split into blocks."""


def assert_agrees(values: Any, indices: Any, size: Any, axes: Any, fill: Any = 0) -> None:
    """Assert that poolcli and the oracle return the same result, and change no input."""
    before = values.copy(), indices.copy()
    expected = oracle.unpool(values, indices, size, axes, fill)
    found = poolcli.unpool(values, indices, size, axes=axes, fill=fill)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert found.flags.c_contiguous
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(values, before[0])
    np.testing.assert_array_equal(indices, before[1])


@pytest.mark.parametrize("family", FAMILIES)
def test_results_equal_those_of_other_libraries(family: str) -> None:
    for case in cases(family):
        with named(case):
            found = poolcli.unpool(case.x, case.indices, **case.kwargs)
            np.testing.assert_array_equal(found, case.values)
            found = oracle.unpool(case.x, np.asarray(case.indices), **case.kwargs)
            np.testing.assert_array_equal(found, case.values)


@st.composite
def round_trips(draw: st.DrawFn) -> Call:
    shape, axes = draw(layouts())
    x = draw(arrays(shape, draw(st.sampled_from([*INTEGERS, *FLOATS]))))
    kwargs = draw(windows(len(axes)))
    kwargs["mode"] = draw(st.sampled_from(["max", "min"]))
    return Call(x, {**kwargs, "axes": axes})


@settings(max_examples=150, deadline=None)
@given(round_trips(), BLOCK_BYTES)
def test_the_inverse_of_max_pooling(call: Call, block_bytes: int) -> None:
    try:
        values, indices = poolcli.pool(call.x, **call.kwargs, return_indices=True)
    except ValueError:
        assume(False)
    axes = call.kwargs["axes"]
    size = tuple(call.x.shape[axis] for axis in axes)
    with mock.patch.object(blocks, "MAX_WORKING_SET_BYTES", block_bytes):
        found = poolcli.unpool(values, indices, size, axes=axes)
        assert_agrees(values, indices, size, axes)
    # Every element is one of the input, or 0.
    is_kept = (found == call.x) | ((found != found) & (call.x != call.x))
    assert (is_kept | (found == 0)).all()


@st.composite
def unpoolings(draw: st.DrawFn) -> tuple[Any, Any, Any, Any]:
    """Draw values of any layout, with any indices: also -1 and equal ones."""
    shape, axes = draw(layouts())
    size = tuple(draw(st.integers(1, 7)) for _ in axes)
    values = draw(arrays(shape, draw(st.sampled_from([*INTEGERS, *FLOATS]))))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    indices = rng.integers(-1, np.prod(size), shape)
    indices = indices.astype(draw(st.sampled_from(["int16", ">i4", "int64"])))
    if draw(st.booleans()):
        indices = np.asfortranarray(indices)[..., ::-1]
    return values, indices, size, axes


@settings(max_examples=200, deadline=None)
@given(unpoolings(), BLOCK_BYTES, st.integers(0, 1))
def test_any_indices(drawn: tuple[Any, Any, Any, Any], block_bytes: int, fill: int) -> None:
    with mock.patch.object(blocks, "MAX_WORKING_SET_BYTES", block_bytes):
        assert_agrees(*drawn, fill)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3), st.sampled_from([1 << 22, 1 << 16, 3000]))
def test_the_last_of_equal_indices_counts_for_any_threads_and_blocks(
    seed: int, threads: int, block_bytes: int
) -> None:
    rng = np.random.default_rng(seed)
    indices = rng.integers(-1, 300, (2, 100, 100))
    values = rng.random(indices.shape)
    expected = np.zeros((2, 90_000))
    for plane in range(2):
        for index, value in zip(indices[plane].flat, values[plane].flat, strict=True):
            if index >= 0:
                expected[plane, index] = value
    recipe = make_unpool_recipe(values, indices, Window.adaptive((300, 300)), None, 0)
    found = np.empty(recipe.out_shape)
    with mock.patch.object(blocks, "MAX_WORKING_SET_BYTES", block_bytes):
        run_unpool(recipe, values, indices, found, threads)
    np.testing.assert_array_equal(found.reshape(2, -1), expected)


def test_the_memory_of_a_large_plane_is_read_once_or_twice() -> None:
    x = RNG.random((1000, 900))
    values, indices = poolcli.pool(x, "max", 3, 2, 1, return_indices=True)
    sizes: list[int] = []

    class Reader:
        def __getitem__(self, index: tuple[slice, ...]) -> Any:
            block = values[index]
            sizes.append(block.size)
            return block

    recipe = make_unpool_recipe(values, indices, Window.adaptive((1000, 900)), None, 0)
    found = np.empty(recipe.out_shape)
    with mock.patch.object(blocks, "MAX_WORKING_SET_BYTES", 1 << 18):
        run_unpool(recipe, Reader(), indices, found)
    np.testing.assert_array_equal(found, poolcli.unpool(values, indices, (1000, 900)))
    assert len(sizes) > 10
    assert max(sizes) * 16 <= 1 << 18
    assert sum(sizes) < 2 * values.size


# ---- arguments -------------------------------------------------------------------------------


def test_defaults_of_the_axes() -> None:
    values, indices = np.array([[[[7]]]]), np.array([[[[3]]]])
    assert poolcli.unpool(values, indices, 2).tolist() == [[[[0, 0], [0, 7]]]]
    assert poolcli.unpool(values, indices, (2, 2, 2)).shape == (1, 2, 2, 2)
    assert poolcli.unpool(values, indices, 4, axes=1).shape == (1, 4, 1, 1)
    assert poolcli.unpool([5], [2], 4).tolist() == [0, 0, 5, 0]


def test_none_keeps_an_axis() -> None:
    values, indices = np.array([[1, 2, 3]]), np.array([[3, 1, 5]])
    assert poolcli.unpool(values, indices, (2, None)).tolist() == [[0, 2, 0], [1, 0, 3]]


def test_sizes_belong_to_the_axes_as_they_are_named() -> None:
    values, indices = np.ones((1, 1), int), np.array([[5]])
    assert poolcli.unpool(values, indices, (2, 3), axes=(1, 0)).tolist() == [[0, 0], [0, 0], [0, 1]]


@pytest.mark.parametrize("dtype", [*INTEGERS, *FLOATS, "longdouble", "complex64", ">f4"])
def test_values_keep_their_dtype(dtype: str) -> None:
    values = np.array([1, 0]).astype(dtype)
    found = poolcli.unpool(values, [2, 0], 3, fill=1)
    assert found.dtype == values.dtype.newbyteorder("=")
    assert found.tolist() == [0, 1, 1]


def test_a_fill_value_is_read_exactly() -> None:
    exact = (1 << 60) + 1
    assert poolcli.unpool(np.array([7]), [1], 2, fill=exact).tolist() == [exact, 7]
    found = poolcli.unpool(np.array([7.0]), [1], 2, fill=Fraction(1, 3))
    assert found.tolist() == [1 / 3, 7]
    found = poolcli.unpool(np.array([7.0]), [1], 2, fill=float("nan"))
    assert np.isnan(found[0])


def test_planes_in_fortran_order_are_split_less() -> None:
    """Each part of a plane whose rows are scattered in memory costs a pass over the plane."""
    values, indices = np.zeros((400, 400)), np.zeros((400, 400), int)
    recipe = make_unpool_recipe(values, indices, Window.adaptive(800), None, 0)
    counts = []
    with mock.patch.object(blocks, "MAX_WORKING_SET_BYTES", 1 << 16):
        for axis_order in ((0, 1), (1, 0)):
            split = UnpoolBlocks(recipe, axis_order)
            assert not split.hold_planes
            (planes,) = split.planes()
            counts.append((len(list(split.parts(planes))), len(list(split.chunks(planes)))))
    assert all(rows >= 6 * scattered for rows, scattered in zip(*counts, strict=True))


def test_an_empty_array() -> None:
    assert poolcli.unpool(np.zeros((0, 2, 2)), np.zeros((0, 2, 2), int), 4).shape == (0, 4, 4)


@pytest.mark.parametrize(
    ("changes", "argument", "words"),
    [
        ({"indices": [[0, 4]]}, "indices", "the index 4 at [0, 1] is outside of the output size "
         "2x2, whose elements have the indices 0 to 3; the output size may be too small"),
        ({"indices": [[-2, 4]]}, "indices", "the index -2 at [0, 0] is outside of the output size "
         "2x2, whose elements have the indices 0 to 3; only -1 leaves a value out"),
        ({"indices": [0, 1]}, "indices", "the indices have the shape 2, the values 1x2"),
        ({"indices": [[0, 1], [2]]}, "indices", "indices is not an array"),
        ({"values": 1, "indices": 0}, "values", "the values have no axes"),
        ({"output_size": (2, 2, 2)}, "output_size", "for 3 pooled axes, the input has only 2"),
        ({"output_size": (2, 2), "axes": 0}, "output_size", "for 2 pooled axes; here 1 is pooled"),
        ({"output_size": 0}, "output_size", "at least 1"),
        ({"output_size": (1 << 30, 1 << 30)}, "output_size", "larger than any memory"),
        ({"axes": 2}, "axes", "there is no axis 2"),
        ({"axes": (0, 0)}, "axes", "each once"),
        ({"fill": 256}, "fill", "the values are uint8, which cannot hold the fill value 256"),
        ({"fill": 0.5}, "fill", "the fill value 0.5"),
        ({"fill": Fraction(1, 2)}, "fill", "the fill value 0.5"),
        ({"fill": float("nan")}, "fill", "the fill value nan"),
        ({"fill": 1j}, "fill", "the fill value 1j"),
        ({"values": np.ones((1, 2), np.float16), "fill": 1e6}, "fill", "float16"),
        ({"values": np.ones((1, 2), np.float32), "fill": 10**400}, "fill", "float32"),
    ],
)  # fmt: skip
def test_wrong_values(changes: dict[str, Any], argument: str, words: str) -> None:
    arguments = {"values": np.ones((1, 2), np.uint8), "indices": [[0, 1]], "output_size": 2}
    with pytest.raises(ArgumentError) as caught:
        poolcli.unpool(**{**arguments, **changes})
    assert words in str(caught.value)
    assert caught.value.argument == argument


@pytest.mark.parametrize(
    ("changes", "argument", "words"),
    [
        ({"indices": [[0.0, 1.0]]}, "indices", "the indices are float64, not integers"),
        ({"indices": [[True, False]]}, "indices", "the indices are bool"),
        ({"indices": np.array([[0, 1]], np.uint64)}, "indices", "convert them with astype"),
        ({"values": [["a", "b"]]}, "values", "not numeric"),
        ({"output_size": 2.0}, "output_size", "an integer"),
        ({"axes": 1.0}, "axes", "an integer"),
        ({"fill": "0"}, "fill", "fill must be a number, not '0'"),
        ({"values": np.ma.ones((1, 2))}, "values", "fill it first, with values.filled(v)"),
        ({"indices": np.ma.ones((1, 2), int)}, "indices", "with indices.filled(-1)"),
    ],
)  # fmt: skip
def test_wrong_types(changes: dict[str, Any], argument: str, words: str) -> None:
    arguments = {"values": np.ones((1, 2), np.uint8), "indices": [[0, 1]], "output_size": 2}
    with pytest.raises(ArgumentTypeError) as caught:
        poolcli.unpool(**{**arguments, **changes})
    assert words in str(caught.value)
    assert caught.value.argument == argument


@pytest.mark.parametrize("block_bytes", [1 << 22, 3000])
def test_the_first_index_outside_is_named_for_any_blocks(block_bytes: int) -> None:
    indices = RNG.integers(0, 90_000, (3, 300, 100))
    indices[0, 299, 99] = -7
    indices[1, 0, 0] = indices[2, 5, 5] = 90_000
    with (
        mock.patch.object(blocks, "MAX_WORKING_SET_BYTES", block_bytes),
        pytest.raises(ArgumentError, match=r"the index -7 at \[0, 299, 99\]"),
    ):
        poolcli.unpool(np.ones(indices.shape), indices, 300)
