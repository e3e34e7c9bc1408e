"""Every option of windows and values: results are those of the Python functions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import poolcli as library
from tests.conftest import Poolcli

MAP = np.array([[1, 3, 2, 4], [5, 6, 7, 8], [2, 4, 1, 3], [0, 1, 2, 4]], np.float32)
THREE_BY_THREE: dict[str, object] = {"kernel_size": 3, "padding": 1}
X = np.random.default_rng(0).integers(0, 200, (2, 3, 9, 11)).astype(np.float32)
VOLUME = np.random.default_rng(1).integers(0, 99, (2, 5, 6, 7)).astype(np.int16)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("max", "--k", "2", "--s", "2"), [[6, 8], [4, 4]]),
        (("min", "--k", "2", "--s", "2"), [[1, 2], [0, 1]]),
        (("avg", "--k", "2", "--s", "2"), [[3.75, 5.25], [1.75, 2.5]]),
        (("sum", "--k", "2", "--s", "2"), [[15, 21], [7, 10]]),
        (("max", "--global"), [[8]]),
        (("avg", "--global"), [[3.3125]]),
        (("pool", "--mode", "avg"), [[3.75, 5.25], [1.75, 2.5]]),
    ],
)
def test_windows_of_a_4x4_map(
    poolcli: Poolcli, args: tuple[str, ...], expected: list[list[float]]
) -> None:
    np.save("map.npy", MAP.reshape(1, 1, 4, 4))
    ran = poolcli(args[0], "map.npy", *args[1:], "-o", "out.npy")
    assert ran.code == 0
    found = np.load("out.npy")
    assert found.tolist() == [[expected]]
    shown = [line.split("→")[-1].split() for line in ran.out.splitlines() if "→" in line][1]
    assert shown == [f"{value:g}" for value in expected[0]]


@pytest.mark.parametrize(
    ("options", "kwargs"),
    [
        ("--kernel-size 3", {"kernel_size": 3}),
        ("--k 3", {"kernel_size": 3}),
        ("-k 3x2", {"kernel_size": (3, 2)}),
        ("-k 3,2", {"kernel_size": (3, 2)}),
        ("--k 3 --stride 2", {"kernel_size": 3, "stride": 2}),
        ("--k 3 --s 2x1", {"kernel_size": 3, "stride": (2, 1)}),
        ("--k 3 -s 1", {"kernel_size": 3, "stride": 1}),
        ("--k 3 --padding 1", {"kernel_size": 3, "padding": 1}),
        ("--k 3 --p 1x0", {"kernel_size": 3, "padding": (1, 0)}),
        ("--k 3 -p 1:2x0:1", {"kernel_size": 3, "padding": ((1, 2), (0, 1))}),
        ("--k 3 -p 0:2", {"kernel_size": 3, "padding": ((0, 2),)}),
        ("--k 3 -p valid", {"kernel_size": 3}),
        ("--k 3 --s 2 -p same", {"kernel_size": 3, "stride": 2, "padding": "same"}),
        ("--k 2 --s 2 -p same-lower", {"kernel_size": 2, "padding": "same-lower"}),
        ("--k 3 --s 1 --dilation 2", {"kernel_size": 3, "stride": 1, "dilation": 2}),
        ("--k 2 --d 1x3", {"kernel_size": 2, "dilation": (1, 3)}),
        ("--k 2 -d 3", {"kernel_size": 2, "dilation": 3}),
        ("--k 3 --p 1 --padding-mode REFLECT", {"padding_mode": "reflect"} | THREE_BY_THREE),
        (
            "--k 3 --p 1 --padding-mode constant:-5",
            {"padding_mode": "constant:-5"} | THREE_BY_THREE,
        ),
        ("--k 3 --p 1 --footprint ring", {"footprint": "ring"} | THREE_BY_THREE),
        ("--k 2 --ceil", {"kernel_size": 2, "ceil_mode": True}),
        ("--k 2 --floor", {"kernel_size": 2}),
        ("--k 3 --layout CHWN", {"kernel_size": 3, "axes": (1, 2)}),
        ("--k 3 --layout nchw", {"kernel_size": 3, "axes": (2, 3)}),
        ("--k 2x2x2 --layout CDHW", {"kernel_size": 2, "axes": (1, 2, 3)}),
        ("--k 2x2x2", {"kernel_size": (2, 2, 2)}),
        ("--k 2 --layout NCBW", {"kernel_size": 2, "axes": (3,)}),
        ("--k 2 --ignore 7", {"kernel_size": 2, "ignore": 7}),
        ("", {}),
    ],
)
@pytest.mark.parametrize("mode", ["max", "avg"])
def test_windows_are_those_of_pool(
    poolcli: Poolcli, mode: str, options: str, kwargs: dict[str, object]
) -> None:
    np.save("x.npy", X)
    ran = poolcli(mode, "x.npy", *options.split(), "-o", "out.npy", "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    np.testing.assert_array_equal(np.load("out.npy"), library.pool(X, mode, **kwargs))


@pytest.mark.parametrize(
    ("options", "kwargs"),
    [
        ("--count-include-pad", {"count_include_pad": True}),
        ("--exclude-pad", {"count_include_pad": False}),
        ("--divisor 5", {"divisor_override": 5}),
        ("--divisor -5", {"divisor_override": -5}),
    ],
)
@pytest.mark.parametrize("padding", ["1", "same"])
def test_divisors_of_means(
    poolcli: Poolcli, options: str, kwargs: dict[str, object], padding: str
) -> None:
    np.save("x.npy", X)
    poolcli("avg", "x.npy", "--k", 3, "--s", 2, "--p", padding, *options.split(), "-o", "out.npy")
    pads: object = int(padding) if padding.isdigit() else padding
    expected = library.pool(X, "avg", 3, 2, pads, **kwargs)  # type: ignore[arg-type]
    np.testing.assert_array_equal(np.load("out.npy"), expected)


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ("--adaptive 4", 4),
        ("--adaptive 4x5", (4, 5)),
        ("--output-size 4x_", (4, None)),
        ("--adaptive 2x4x5", (2, 4, 5)),
    ],
)
def test_adaptive(poolcli: Poolcli, options: str, size: object) -> None:
    np.save("x.npy", X)
    assert poolcli("avg", "x.npy", *options.split(), "-o", "out.npy").code == 0
    expected = library.adaptive_pool(X, "avg", size)  # type: ignore[arg-type]
    np.testing.assert_array_equal(np.load("out.npy"), expected)


def test_global_keeps_the_axes(poolcli: Poolcli) -> None:
    np.save("x.npy", VOLUME)
    poolcli("max", "x.npy", "--global", "--layout", "NDHW", "-o", "out.npy")
    assert np.load("out.npy").shape == (2, 1, 1, 1)


def test_levels_pool_the_unrounded_level_before(poolcli: Poolcli) -> None:
    x = np.random.default_rng(2).integers(0, 255, (16, 16), np.uint8)
    np.save("x.npy", x)
    ran = poolcli("avg", "x.npy", "--k", 2, "--levels", 3, "--json")
    assert ran.code == 0
    assert [r["output"] for r in ran.records] == [f"x.avg-k2-s2.L{n}.npy" for n in (1, 2, 3)]
    assert [r["level"] for r in ran.records] == [1, 2, 3]
    assert [r["in"]["shape"] for r in ran.records] == [[16, 16], [8, 8], [4, 4]]
    exact = x.reshape(2, 8, 2, 8).mean((1, 3))
    np.testing.assert_array_equal(np.load("x.avg-k2-s2.L3.npy"), exact.astype(np.float32))


def test_a_level_that_does_not_fit_writes_none(poolcli: Poolcli, tmp_path: Path) -> None:
    np.save("x.npy", np.zeros((8, 8), np.uint8))
    ran = poolcli("max", "x.npy", "--levels", 4)
    assert ran.code == 1
    assert "level 4: kernel size 2, stride 2 does not fit an input of 1x1" in ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.npy"]


def test_indices_are_flat_over_the_spatial_axes(poolcli: Poolcli) -> None:
    np.save("x.npy", X)
    assert poolcli("max", "x.npy", "--k", 3, "--indices", "at.npy", "-o", "out.npy").code == 0
    values, places = library.pool(X, "max", 3, return_indices=True)
    np.testing.assert_array_equal(np.load("at.npy"), places)
    np.testing.assert_array_equal(np.load("out.npy"), values)


def test_dtype_rounds_half_up_once(poolcli: Poolcli) -> None:
    np.save("x.npy", np.array([[-3, -2], [1, 2], [300, 300]], np.int16))
    poolcli("avg", "x.npy", "--k", "1x2", "--dtype", "uint8", "-o", "a.npy")
    poolcli("avg", "x.npy", "--k", "1x2", "--dtype", "int32", "-o", "b.npy")
    assert np.load("a.npy").ravel().tolist() == [0, 2, 255]
    assert np.load("b.npy").ravel().tolist() == [-2, 2, 300]


def test_a_channels_last_array_is_noted(poolcli: Poolcli) -> None:
    np.save("x.npy", np.zeros((8, 6, 3), np.uint8))
    ran = poolcli("max", "x.npy", "--k", "2", "--json")
    assert ran.record["out"]["shape"] == [8, 3, 1]
    assert "--layout HWC" in ran.record["notes"][0]
    ran = poolcli("max", "x.npy", "--k", "2", "--layout", "HWC", "-o", "y.npy", "--json")
    assert ran.record["out"]["shape"] == [4, 3, 3]
    assert ran.record["out"]["layout"] == "HWC"
    assert ran.record["notes"] == []


def test_one_axis_has_one_spatial_axis(poolcli: Poolcli) -> None:
    np.save("x.npy", np.arange(7.0))
    poolcli("max", "x.npy", "--k", 3, "-o", "out.npy")
    assert np.load("out.npy").tolist() == [2, 5]


def test_any_number_of_jobs_gives_the_same_bytes(poolcli: Poolcli, tmp_path: Path) -> None:
    np.save("x.npy", np.random.default_rng(0).random((3, 700, 900), np.float32))
    for jobs in (1, 2, 3):
        poolcli("avg", "x.npy", "--k", 5, "--s", 3, "-j", jobs, "-o", f"{jobs}.npy")
    one, two, three = ((tmp_path / f"{jobs}.npy").read_bytes() for jobs in (1, 2, 3))
    assert one == two == three


@pytest.mark.parametrize(
    ("line", "mode", "kwargs", "name"),
    [
        ("lp", "lp", {}, "lp-k2-s2"),
        ("lp --norm 3", "lp", {"norm_type": 3}, "lp-k2-s2-norm3"),
        ("lp --norm 2.0", "lp", {}, "lp-k2-s2"),
        ("lp --norm inf", "lp", {"norm_type": np.inf}, "lp-k2-s2-norminf"),
        ("gem", "gem", {}, "gem-k2-s2"),
        ("gem --norm 2.5", "gem", {"norm_type": 2.5}, "gem-k2-s2-norm2.5"),
        ("gem --norm -1", "gem", {"norm_type": -1}, "gem-k2-s2-norm-1"),
        ("median", "median", {}, "median-k2-s2"),
        ("quantile", "quantile", {}, "quantile-k2-s2"),
        ("quantile --q 0.9", "quantile", {"q": 0.9}, "quantile-k2-s2-q0.9"),
        ("quantile -q 1", "quantile", {"q": 1}, "quantile-k2-s2-q1"),
        (
            "quantile --q .25 --method lower",
            "quantile",
            {"q": 0.25, "method": "lower"},
            "quantile-k2-s2-q0.25-lower",
        ),
        ("mode", "mode", {}, "mode-k2-s2"),
        ("mode --ignore 0", "mode", {"ignore": 0}, "mode-k2-s2-ign0"),
        ("std", "std", {}, "std-k2-s2"),
        ("pool --mode quantile --q 0.9", "quantile", {"q": 0.9}, "quantile-k2-s2-q0.9"),
    ],
)
def test_every_mode_and_its_options(
    poolcli: Poolcli, line: str, mode: str, kwargs: dict[str, object], name: str
) -> None:
    np.save("x.npy", X)
    command, *options = line.split()
    ran = poolcli(command, "x.npy", *options, "--json")
    assert ran.code == 0
    assert ran.record["mode"] == mode
    assert ran.record["output"] == f"x.{name}.npy"
    expected = library.pool(X, mode, **kwargs)  # type: ignore[arg-type]
    np.testing.assert_array_equal(np.load(f"x.{name}.npy"), expected)


@pytest.mark.parametrize("mode", ["median", "quantile", "mode", "std", "lp", "gem"])
@pytest.mark.parametrize(
    ("options", "function", "kwargs"),
    [
        ("--adaptive 4x5", library.adaptive_pool, {"output_size": (4, 5)}),
        ("--global", library.global_pool, {}),
        ("--k 3 -s 2 -p same", library.pool, {"kernel_size": 3, "stride": 2, "padding": "same"}),
        (
            "--k 3 -d 2 --ceil -p 1 --ignore 7",
            library.pool,
            {"kernel_size": 3, "dilation": 2, "ceil_mode": True, "padding": 1, "ignore": 7},
        ),
    ],
)
def test_every_mode_with_every_window(
    poolcli: Poolcli, mode: str, options: str, function: Any, kwargs: dict[str, object]
) -> None:
    np.save("x.npy", X)
    assert poolcli(mode, "x.npy", *options.split(), "-o", "y.npy").code == 0
    np.testing.assert_array_equal(np.load("y.npy"), function(X, mode, **kwargs))
