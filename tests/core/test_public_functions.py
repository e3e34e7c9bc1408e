"""The public functions: what the package exports, and the order and names of arguments."""

from __future__ import annotations

import inspect
import subprocess
import sys

import numpy as np
import pytest

import poolcli
from poolcli.core.keyword_argument_types import PoolArguments, SharedArguments

SIGNATURES = {
    "pool": "x mode kernel_size stride padding dilation * padding_mode footprint ceil_mode "
    "count_include_pad divisor_override norm_type q method ignore min_valid axes return_indices "
    "dtype threads",
    "adaptive_pool": "x mode output_size * axes return_indices norm_type q method ignore min_valid "
    "dtype threads",
    "global_pool": "x mode * axes keepdims return_indices norm_type q method ignore min_valid "
    "dtype threads",
    "unpool": "values indices output_size * axes fill",
}
X = np.arange(35.0).reshape(5, 7)


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_have_the_documented_order(name: str) -> None:
    positional, _, named = SIGNATURES[name].partition(" * ")
    parameters = inspect.signature(getattr(poolcli, name)).parameters.values()
    kinds = {each.name: each.kind for each in parameters}
    expected = dict.fromkeys(positional.split(), inspect.Parameter.POSITIONAL_OR_KEYWORD)
    expected |= dict.fromkeys(named.split(), inspect.Parameter.KEYWORD_ONLY)
    assert list(kinds.items()) == list(expected.items())


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("pool", PoolArguments),
        ("adaptive_pool", SharedArguments),
        ("global_pool", SharedArguments),
    ],
)
def test_overloads_have_all_keyword_arguments(name: str, arguments: type) -> None:
    named = set(SIGNATURES[name].partition(" * ")[2].split())
    assert set(arguments.__annotations__) == named - {"return_indices", "keepdims"}


def test_dir_shows_the_functions_without_importing_numpy() -> None:
    assert {"pool", "adaptive_pool", "global_pool", "ModeName"} <= set(dir(poolcli))
    assert dir(poolcli) == sorted(poolcli.__all__)
    assert all(hasattr(poolcli, name) for name in dir(poolcli))
    program = "import sys, poolcli; print(dir(poolcli), 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "'pool', 'unpool']" in done.stdout
    assert done.stdout.endswith("False\n")


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'pooling'"):
        poolcli.pooling  # noqa: B018


@pytest.mark.parametrize("word", ["valid", "same", "same-lower"])
def test_padding_words_may_be_in_any_case(word: str) -> None:
    expected = poolcli.pool(X, "sum", 3, 2, word)
    for spelling in (word.upper(), word.title(), word.capitalize()):
        np.testing.assert_array_equal(poolcli.pool(X, "sum", 3, 2, spelling), expected)


@pytest.mark.parametrize("word", ["reflect", "symmetric", "replicate", "circular", "constant:2"])
def test_padding_modes_may_be_in_any_case(word: str) -> None:
    expected = poolcli.pool(X, "sum", 3, 2, 1, padding_mode=word)
    for spelling in (word.upper(), word.title(), f" {word} "):
        found = poolcli.pool(X, "sum", 3, 2, 1, padding_mode=spelling)
        np.testing.assert_array_equal(found, expected)


def test_a_masked_footprint_is_refused() -> None:
    for footprint in (np.ma.array([[True, False]]), [[np.ma.masked, True]]):
        with pytest.raises(TypeError, match=r"masked array.*footprint\.filled\(False\)") as error:
            poolcli.pool(X, "max", (1, 2), footprint=footprint)
        assert error.value.argument == "footprint"  # type: ignore[attr-defined]


def test_none_is_the_default_of_quantile_and_method() -> None:
    expected = poolcli.pool(X, "quantile", 2, q=0.5, method="linear")
    np.testing.assert_array_equal(poolcli.pool(X, "quantile", 2), expected)
    np.testing.assert_array_equal(poolcli.pool(X, "quantile", 2, q=None, method=None), expected)
