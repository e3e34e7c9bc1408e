"""Labels of portable maps keep their values, whatever the maxval of the file is."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.io.images.decoding.stored_values import find_value_scaling
from tests.conftest import Poolcli
from tests.io.image_files import Pixels

RNG = np.random.default_rng(4)


def portable_map(values: Pixels, maxval: int, *, plain: bool = False) -> bytes:
    """Return a PGM or PPM, of bytes or, if `plain`, of decimal numbers."""
    height, width = values.shape[:2]
    magic = {(2, True): "P2", (3, True): "P3", (2, False): "P5", (3, False): "P6"}
    head = f"{magic[values.ndim, plain]}\n{width} {height}\n{maxval}\n".encode()
    if plain:
        return head + b"\n".join(str(value).encode() for value in values.ravel().tolist())
    return head + values.astype(">u2" if maxval > 255 else np.uint8).tobytes()


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("maxval", [1, 20, 100, 254, 256, 1000, 4095, 65534])
def test_mode_keeps_the_values(poolcli: Poolcli, tmp_path: Path, maxval: int, plain: bool) -> None:
    values = RNG.integers(0, maxval + 1, (6, 5))
    values[0, 0] = maxval
    (tmp_path / "x.pgm").write_bytes(portable_map(values, maxval, plain=plain))
    ran = poolcli("mode", "x.pgm", "--k", 1, "-o", "y.pgm", "--json")
    assert (ran.code, ran.record["out"]["max"]) == (0, maxval)
    assert (tmp_path / "y.pgm").read_bytes() == portable_map(values, maxval)
    for name in ("y.npy", "y.png", "y.tif"):
        assert poolcli("mode", "x.pgm", "--k", 1, "-o", name).code == 0
    np.testing.assert_array_equal(np.load("y.npy"), values)
    for name in ("y.png", "y.tif"):
        with Image.open(name) as image:
            np.testing.assert_array_equal(np.asarray(image), values)


def test_mode_keeps_colours(poolcli: Poolcli, tmp_path: Path) -> None:
    values = RNG.integers(0, 21, (6, 5, 3))
    (tmp_path / "x.ppm").write_bytes(portable_map(values, 20))
    assert poolcli("mode", "x.ppm", "--k", 1, "-o", "y.ppm").code == 0
    assert (tmp_path / "y.ppm").read_bytes() == portable_map(values, 20)


def test_the_ignored_value_is_a_label(poolcli: Poolcli, tmp_path: Path) -> None:
    values = np.array([[3, 3, 3, 20], [7, 7, 3, 3], [3, 3, 1, 1], [3, 3, 1, 2]])
    (tmp_path / "x.pgm").write_bytes(portable_map(values, 20))
    assert poolcli("mode", "x.pgm", "--ignore", 3, "-o", "y.pgm").code == 0
    assert (tmp_path / "y.pgm").read_bytes() == portable_map(np.array([[7, 20], [3, 1]]), 20)


def test_other_modes_scale_the_values(poolcli: Poolcli, tmp_path: Path) -> None:
    values = RNG.integers(0, 21, (6, 6))
    (tmp_path / "x.pgm").write_bytes(portable_map(values, 20))
    ran = poolcli("max", "x.pgm", "-o", "y.pgm", "--json")
    assert ran.record["notes"] == [
        "holds values from 0 to 20: mode keeps them, all other modes scale them to 0 to 255"
    ]
    with Image.open("x.pgm") as before, Image.open("y.pgm") as after:
        expected = np.asarray(before).reshape(3, 2, 3, 2).max((1, 3))
        np.testing.assert_array_equal(np.asarray(after), expected)


def test_info_shows_the_stored_values(poolcli: Poolcli, tmp_path: Path) -> None:
    values = np.array([[2, 17]])
    (tmp_path / "x.pgm").write_bytes(portable_map(values, 20))
    record = poolcli("info", "x.pgm", "--json").record
    assert (record["in"]["min"], record["in"]["max"]) == (2, 17)
    assert "holds values from 0 to 20" in record["notes"][0]


@pytest.mark.parametrize("maxval", [255, 65535])
def test_unscaled_values_have_no_note(poolcli: Poolcli, tmp_path: Path, maxval: int) -> None:
    values = RNG.integers(0, maxval + 1, (6, 5))
    (tmp_path / "x.pgm").write_bytes(portable_map(values, maxval))
    assert poolcli("mode", "x.pgm", "--k", 1, "-o", "y.pgm", "--json").record["notes"] == []
    assert (tmp_path / "y.pgm").read_bytes() == portable_map(values, maxval)


def test_values_above_maxval_are_an_error(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "x.pgm").write_bytes(portable_map(np.array([[1, 30]]), 20))
    ran = poolcli("mode", "x.pgm", "--k", 1)
    assert ran.code == 1
    assert "holds the value 30, but its header says that 20 is the largest" in ran.err


def test_jpeg_2000_of_low_bit_depth() -> None:
    for depth, scale in ((4, 16), (8, None)):
        file = io.BytesIO()
        Image.new("L", (8, 8)).save(file, "JPEG2000")
        data = bytearray(file.getvalue())
        data[data.index(b"\xff\x4f\xff\x51") + 42] = depth - 1
        with Image.open(io.BytesIO(data)) as image:
            scaling = find_value_scaling(image, io.BytesIO(data))
        assert (None if scaling is None else int(scaling[1])) == scale
