"""Errors of wrong arguments: the message says what is allowed, an attribute names the argument."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import poolcli
from poolcli.core.engine.run_blocks import run_recipe
from poolcli.core.errors import ArgumentError, ArgumentTypeError
from poolcli.core.make_recipe import make_recipe
from poolcli.core.window import Window

X = np.arange(20.0).reshape(4, 5)


@pytest.mark.parametrize(
    ("arguments", "words", "argument"),
    [
        (
            {"mode": "mean"},
            "max, min, avg, sum, lp, gem, rms, blur, median, quantile, mode, std, range, "
            "not 'mean'",
            "mode",
        ),
        ({"kernel_size": 0}, "kernel_size must be at least 1, not 0", "kernel_size"),
        ({"stride": -1}, "stride must be at least 1, not -1", "stride"),
        ({"dilation": 0}, "dilation must be at least 1, not 0", "dilation"),
        ({"padding": -1}, "padding must be at least 0, not -1", "padding"),
        ({"padding": 2}, "padding 2 must be smaller than the window, which spans 2", "padding"),
        ({"padding": "full"}, "'valid', 'same' or 'same-lower', not 'full'", "padding"),
        ({"kernel_size": (2, 2, 2)}, "3 pooled axes, the input has only 2", "kernel_size"),
        (
            {"kernel_size": (2, 2), "stride": (1, 1, 1)},
            "kernel_size names 2, stride names 3",
            "kernel_size",
        ),
        (
            {"kernel_size": 6},
            "does not fit an input of 4x5: the output would be 0x0",
            "kernel_size",
        ),
        (
            {"kernel_size": (5, 2)},
            "kernel size 5x2, stride 5x2 .* the output would be 0x2",
            "kernel_size",
        ),
        ({"axes": 0, "kernel_size": (2, 2)}, "2 pooled axes; here 1 is pooled: 4", "kernel_size"),
        ({"axes": 2}, "there is no axis 2 in an input with 2 axes", "axes"),
        ({"axes": (0, 0)}, "each once, not (0, 0)", "axes"),
        ({"norm_type": 2}, "mode 'max' takes no norm_type (2), unlike lp and gem", "norm_type"),
        ({"q": 0.9}, "mode 'max' takes no q (0.9), unlike quantile", "q"),
        ({"q": 0.5}, "mode 'max' takes no q (0.5), unlike quantile", "q"),
        ({"method": "lower"}, "mode 'max' takes no method ('lower'), unlike quantile", "method"),
        ({"method": "linear"}, "mode 'max' takes no method ('linear'), unlike quantile", "method"),
        ({"mode": "median", "q": 0}, "mode 'median' takes no q (0), unlike quantile", "q"),
        (
            {"divisor_override": 2},
            "mode 'max' takes no divisor_override (2), unlike avg",
            "divisor_override",
        ),
        (
            {"count_include_pad": False},
            "takes no count_include_pad (False), unlike avg",
            "count_include_pad",
        ),
        (
            {"mode": "median", "return_indices": True},
            "takes no return_indices (True)",
            "return_indices",
        ),
        (
            {"mode": "avg", "divisor_override": 0},
            "except 0, not 0",
            "divisor_override",
        ),
        (
            {"mode": "avg", "count_include_pad": True, "ignore": 0},
            "exclude each other",
            "count_include_pad",
        ),
        ({"mode": "lp", "norm_type": 0}, "norm_type of 'lp' must be positive, not 0", "norm_type"),
        (
            {"mode": "lp", "norm_type": -2},
            "norm_type of 'lp' must be positive, not -2",
            "norm_type",
        ),
        (
            {"mode": "gem", "norm_type": 0},
            "norm_type of 'gem' must be other than 0, not 0",
            "norm_type",
        ),
        ({"mode": "gem", "norm_type": np.nan}, "norm_type must be a number, not nan", "norm_type"),
        ({"mode": "quantile", "q": 1.5}, "q must be from 0 to 1, not 1.5", "q"),
        ({"mode": "quantile", "q": -0.1}, "q must be from 0 to 1, not -0.1", "q"),
        ({"mode": "quantile", "method": "hazen"}, "nearest, midpoint, not 'hazen'", "method"),
        ({"threads": 0}, "threads must be at least 1, not 0", "threads"),
    ],
)
def test_values_that_are_not_allowed(arguments: dict[str, Any], words: str, argument: str) -> None:
    with pytest.raises(ArgumentError, match=words.replace("(", r"\(").replace(")", r"\)")) as error:
        poolcli.pool(X, **arguments)
    assert error.value.argument == argument


def test_lists_of_unlike_lengths_are_no_array() -> None:
    with pytest.raises(ArgumentError, match="x is not an array: ") as error:
        poolcli.pool([[1, 2], [3]])  # type: ignore[list-item]
    assert error.value.argument == "x"


@pytest.mark.parametrize(
    ("arguments", "words", "argument"),
    [
        (
            {"kernel_size": 2.5},
            "kernel_size must be an integer or one per axis, not 2.5",
            "kernel_size",
        ),
        ({"kernel_size": "2"}, "not '2'", "kernel_size"),
        ({"kernel_size": True}, "not True", "kernel_size"),
        ({"stride": (1, None)}, "not None", "stride"),
        ({"mode": "lp", "norm_type": "2"}, "norm_type must be a number, not '2'", "norm_type"),
        ({"mode": "quantile", "q": "0.5"}, "q must be a number, not '0.5'", "q"),
        ({"mode": "quantile", "q": np.ma.masked}, "q must be a number, not masked", "q"),
        ({"ignore": "0"}, "ignore must be a number or a list of numbers, not '0'", "ignore"),
        (
            {"mode": "lp", "norm_type": np.array([1, 2])},
            "norm_type must be a number, not array",
            "norm_type",
        ),
        ({"mode": "quantile", "q": np.array([0.5, 0.6])}, "q must be a number, not array", "q"),
        (
            {"mode": "avg", "count_include_pad": "x"},
            "must be True or False, not 'x'",
            "count_include_pad",
        ),
        (
            {"return_indices": None},
            "return_indices must be True or False, not None",
            "return_indices",
        ),
        ({"dtype": "colour"}, "'colour' is no dtype", "dtype"),
        ({"dtype": "U3"}, "not numeric", "dtype"),
    ],
)
def test_types_that_are_not_allowed(arguments: dict[str, Any], words: str, argument: str) -> None:
    with pytest.raises(ArgumentTypeError, match=words) as error:
        poolcli.pool(X, **arguments)
    assert error.value.argument == argument


@pytest.mark.parametrize(
    "mode", ["max", "min", "lp", "gem", "median", "quantile", "mode", "std", "rms"]
)
def test_complex_numbers_have_no_order(mode: str) -> None:
    with pytest.raises(ArgumentTypeError, match="avg, sum and blur are") as error:
        poolcli.pool(X + 1j, mode)
    assert error.value.argument == "x"


def test_a_complex_result_cannot_become_real() -> None:
    with pytest.raises(ArgumentError, match="complex result") as error:
        poolcli.pool(X + 1j, "avg", dtype="float32")
    assert error.value.argument == "dtype"


def test_an_error_that_was_pickled_still_names_its_argument() -> None:
    error = pickle.loads(pickle.dumps(ArgumentError("q must be from 0 to 1, not 2", "q")))
    assert str(error) == "q must be from 0 to 1, not 2"
    assert error.argument == "q"


@pytest.mark.parametrize(
    ("valid", "wrong"),
    [({"divisor_override": 2}, {"divisor_override": 2.0}), ({"norm_type": 1}, {"norm_type": True})],
)
def test_an_equal_argument_of_a_wrong_type_is_refused_after_a_valid_call(
    valid: dict[str, Any], wrong: dict[str, Any]
) -> None:
    mode = "lp" if "norm_type" in valid else "avg"
    x = np.zeros((4, 4), np.float32)
    poolcli.pool(x, mode, **valid)
    with pytest.raises(TypeError):
        poolcli.pool(x, mode, **wrong)


def test_a_thread_that_fails_stops_the_others() -> None:
    class FailingArray:
        """A readable array that fails from the second read on."""

        reads = 0
        strides = (2000 * 8, 8)

        def __getitem__(self, index: tuple[slice, ...]) -> Any:
            self.reads += 1
            if self.reads > 1:
                raise OSError("the disk is gone")
            return np.zeros([each.stop - each.start for each in index])

    source, shape = FailingArray(), (20_000, 2000)
    recipe = make_recipe(shape, "float64", "max", Window.fixed(2))
    with pytest.raises(OSError, match="the disk is gone"):
        run_recipe(recipe, source, np.empty(recipe.out_shape), threads=3)
    assert source.reads <= 6
