"""`--min-valid` for arrays, pictures and explanations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import poolcli as library
from poolcli.batch import array_summary, large_outputs
from poolcli.core import blocks
from tests.conftest import Poolcli

RNG = np.random.default_rng(5)
DEM = np.where(RNG.random((12, 16)) < 0.5, -9999, RNG.integers(0, 90, (12, 16))).astype(np.float32)


def words(line: str) -> list[str]:
    """Return the words of a command line."""
    return line.split()


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ("--min-valid 0.5", "dem.avg-k2-s2-ign-9999-valid0.5.npy"),
        ("--min-valid 1", "dem.avg-k2-s2-ign-9999-valid1.npy"),
        ("--min-valid 50e-2 --global", "dem.avg-global-ign-9999-valid0.5.npy"),
        ("--min-valid .5 --adaptive 3x5", "dem.avg-out3x5-ign-9999-valid0.5.npy"),
        ("--min-valid 0", "dem.avg-k2-s2-ign-9999.npy"),
    ],
)
def test_arrays(poolcli: Poolcli, options: str, name: str) -> None:
    np.save("dem.npy", DEM)
    record = poolcli("avg", "dem.npy", "--ignore", -9999, *options.split(), "--json").record
    assert record["output"] == name
    share = float(options.split()[1])
    given = {"ignore": -9999, "min_valid": share}
    if "--global" in options:
        expected = library.global_pool(DEM, "avg", ignore=-9999, min_valid=share)
    elif "--adaptive" in options:
        expected = library.adaptive_pool(DEM, "avg", (3, 5), ignore=-9999, min_valid=share)
    else:
        expected = library.pool(DEM, "avg", 2, **given)  # type: ignore[arg-type]
    np.testing.assert_array_equal(np.load(name), expected)
    valid = expected[expected != -9999]
    assert record["out"]["max"] == (valid.max() if valid.size else None)


def test_large_arrays_are_streamed(poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save("dem.npy", np.asfortranarray(DEM))
    monkeypatch.setattr(array_summary, "MAX_BYTES_IN_MEMORY", 0)
    monkeypatch.setattr(large_outputs, "MAX_BYTES_IN_MEMORY", 0)
    monkeypatch.setattr(blocks, "MAX_WORKING_SET_BYTES", 100)
    for mode in ("avg", "median"):
        line = f"{mode} dem.npy --k 3 --s 2 --p same --ignore -9999 --min-valid 0.6 -o y.npy"
        poolcli(*words(line), "--overwrite")
        expected = library.pool(DEM, mode, 3, 2, "same", ignore=-9999, min_valid=0.6)
        np.testing.assert_array_equal(np.load("y.npy"), expected)


def test_levels_apply_it_to_the_windows_of_each_level(poolcli: Poolcli) -> None:
    np.save("dem.npy", DEM)
    poolcli(*words("max dem.npy --ignore -9999 --min-valid 0.5 --levels 2"))
    kwargs = {"ignore": -9999, "min_valid": 0.5}
    expected = library.pool(DEM, "max", 4, **kwargs)  # type: ignore[arg-type]
    np.testing.assert_array_equal(np.load("dem.max-k2-s2-ign-9999-valid0.5.L2.npy"), expected)


def test_alpha_is_not_counted(poolcli: Poolcli) -> None:
    pixels = np.zeros((2, 4, 4), np.uint8)
    pixels[..., 3] = 200
    pixels[0, 0, :3] = 40  # one pixel of four on the left
    pixels[:, 2, :3] = 60  # two on the right
    Image.fromarray(pixels).save("x.png")
    poolcli(*words("avg x.png --ignore 0 --min-valid 0.5 -o y.png"))
    with Image.open("y.png") as image:
        assert np.asarray(image).tolist() == [[[0, 0, 0, 200], [60, 60, 60, 200]]]


@pytest.mark.parametrize("kind", ["RGB", "P"])
def test_the_elements_of_mode_are_pixels(poolcli: Poolcli, kind: str) -> None:
    labels = np.array([[1, 0, 0, 0, 2, 3], [0, 0, 0, 2, 2, 0]], np.uint8)
    image = Image.fromarray(labels)
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.convert(kind).save("x.png")
    poolcli(*words("mode x.png --ignore 0 --min-valid 0.5 -o y.png"))
    with Image.open("y.png") as found:
        if kind == "P":
            assert found.mode == "P"
            assert np.asarray(found).tolist() == [[0, 0, 2]]
        else:
            assert np.asarray(found).tolist() == [[[0, 0, 0], [0, 0, 0], [0, 255, 0]]]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("2", "min_valid must be from 0 to 1, not 2"),
        ("-0.5", "min_valid must be from 0 to 1, not -0.5"),
        ("nan", "min_valid must be from 0 to 1, not nan"),
        ("50%", "'50%' is not a number; write a number from 0 to 1"),
    ],
)
def test_usage_errors(poolcli: Poolcli, value: str, message: str) -> None:
    ran = poolcli("max", "x.npy", "--ignore", 0, f"--min-valid={value}")
    assert ran.code == 2
    assert "--min-valid" in ran.err
    assert message in " ".join(ran.err.replace("│", " ").split())


def test_reports_and_explanations_name_it(poolcli: Poolcli, tmp_path: Path) -> None:
    np.save("x.npy", np.array([[0, 255, 7, 9], [0, 0, 5, 0]], np.uint8))
    out = poolcli(*words("explain avg x.npy --ignore 0 --min-valid 0.5")).out
    assert "ignoring 0, at least 0.5 of each window left" in out
    assert "only 1 of 4 elements left: 0" in out
    assert "(7+9+5)/3 = 7" in out
    assert (
        "at least 0.5 of each window left"
        in poolcli(*words("avg x.npy --ignore 0 --min-valid 0.5")).out
    )
    assert poolcli(*words("compare x.npy --ignore 0 --min-valid 0.5 -o sheet.png")).code == 0
