"""`--ignore`, once or several times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import poolcli as library
from tests.conftest import Poolcli

X = np.array([[0, 255, 7, 9], [255, 0, 5, 0]], np.uint8)


def test_several_values_count_in_names_and_results(poolcli: Poolcli, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    flags = ("--ignore", 255, "--ignore", 0, "--ignore", "255.0")
    record = poolcli("avg", "x.npy", *flags, "--json").record
    assert record["output"] == "x.avg-k2-s2-ign255-ign0.npy"
    assert np.load(tmp_path / record["output"]).tolist() == [[255, 7]]
    assert (record["in"]["min"], record["in"]["mean"], record["in"]["max"]) == (5, 7, 9)


def test_images_take_several_values(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.fromarray(X).save(tmp_path / "x.png")
    poolcli("mode", "x.png", "--ignore", 0, "--ignore", 255, "-o", "y.png")
    with Image.open(tmp_path / "y.png") as image:
        expected = library.pool(X, "mode", ignore=[0, 255])
        np.testing.assert_array_equal(np.asarray(image), expected)


def test_explanations_name_ignored_values(poolcli: Poolcli, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    out = poolcli("explain", "max", "x.npy", "--ignore", 0, "--ignore", 255).out
    assert "ignoring 0 and 255" in out
    assert out.count("{") == 6  # five elements, and the legend
    assert poolcli("compare", "x.npy", "--ignore", 0, "--ignore", 255).code == 0


def test_values_beyond_float64_have_short_names(poolcli: Poolcli, tmp_path: Path) -> None:
    x = np.array([np.longdouble(1), np.longdouble("0.1")])
    np.save(tmp_path / "x.npy", x)
    name = poolcli("sum", "x.npy", "--ignore", "0.1", "--ignore", "1e400", "--json").record[
        "output"
    ]
    assert name == "x.sum-k2-s2-ign0.1-ign1e+400.npy"
    assert np.load(tmp_path / name).tolist() == [1]
    assert "ignoring 1e+400" in poolcli("explain", "max", "x.npy", "--ignore", "1e400").out


def test_none_ignores_nothing(poolcli: Poolcli, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    ran = poolcli("avg", "x.npy", "--ignore", "none", "--count-include-pad", "--json")
    assert ran.record["output"] == "x.avg-k2-s2.npy"
    ran = poolcli("avg", "x.npy", "--ignore", "none", "--ignore", 0, "--json")
    assert ran.record["output"] == "x.avg-k2-s2-ign0.npy"
    assert np.load(tmp_path / ran.record["output"]).tolist() == [[255, 7]]


@pytest.mark.parametrize("text", ["1e4934", "-1e99999999", "1e-5000"])
def test_values_outside_every_dtype_are_refused(poolcli: Poolcli, text: str) -> None:
    ran = poolcli("max", "x.npy", f"--ignore={text}")
    assert ran.code == 2
    assert "out of the range" in ran.err


@pytest.mark.parametrize("mode", ["avg", "std"])
def test_a_file_and_an_array_give_the_same_bits(
    poolcli: Poolcli, tmp_path: Path, mode: str
) -> None:
    x = np.random.default_rng(0).standard_normal((301, 173)) * 1e3
    for order in "CF":
        np.save(tmp_path / "x.npy", np.asarray(x, order=order))
        for number, flags in enumerate((["--global"], ["--adaptive", 1], ["--k", "301x173"])):
            poolcli(mode, "x.npy", *flags, "-o", f"y{order}{number}.npy")
            found = np.load(tmp_path / f"y{order}{number}.npy")
            np.testing.assert_array_equal(found, library.global_pool(x, mode))
