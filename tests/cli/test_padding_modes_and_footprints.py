"""Padding modes and footprints on files: pictures, masks in files, large arrays, names, notes."""

from __future__ import annotations

import json
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from PIL import Image

import poolcli as library
from poolcli.core import blocks
from tests.conftest import Poolcli

RNG = np.random.default_rng(0)
PHOTO = RNG.integers(0, 256, (31, 40, 3), dtype=np.uint8)


def pooled(pixels: np.ndarray, mode: str, *window: object, **arguments: object) -> np.ndarray:
    """Return the pooled pixels of a picture, rounded to bytes."""
    return library.pool(pixels, mode, *window, axes=(0, 1), dtype="uint8", **arguments)  # type: ignore[arg-type,call-overload,no-any-return]


@pytest.mark.parametrize("word", ["reflect", "replicate", "symmetric", "circular", "constant:9"])
def test_pictures(poolcli: Poolcli, word: str) -> None:
    Image.fromarray(PHOTO).save("photo.png")
    ran = poolcli(*f"median photo.png --k 5 --s 1 --p 2 --padding-mode {word} --quiet".split())
    assert ran.code == 0, ran.err
    name = f"photo.median-k5-s1-p2-{word.replace(':', '_')}.png"
    found = np.asarray(Image.open(name))
    np.testing.assert_array_equal(found, pooled(PHOTO, "median", 5, 1, 2, padding_mode=word))


def test_a_mask_in_a_file_gives_the_kernel_size(poolcli: Poolcli) -> None:
    Image.fromarray(PHOTO).save("photo.png")
    mask = np.array([[0, 1, 0, 1], [1, 1, 1, 0]], np.uint8)
    np.save("two rows.npy", mask)
    ran = poolcli("max", "photo.png", "--s", "1", "--footprint", "two rows.npy", "--json")
    (record,) = map(json.loads, ran.out.splitlines())
    assert record["output"] == "photo.max-k2x4-s1-two_rows.png"
    assert record["window"]["kernel_size"] == [2, 4]
    found = np.asarray(Image.open(record["output"]))
    np.testing.assert_array_equal(found, pooled(PHOTO, "max", (2, 4), 1, footprint=mask))


def test_a_mask_that_is_a_folder(poolcli: Poolcli) -> None:
    Image.fromarray(PHOTO).save("photo.png")
    Path("mask.npy").mkdir()
    ran = poolcli("max", "photo.png", "--footprint", "mask.npy")
    assert ran.code == 2
    assert "Invalid value for --footprint: mask.npy: it is a folder; name a file" in ran.err


def test_a_mask_file_named_like_a_word_has_a_tag_of_its_own(poolcli: Poolcli) -> None:
    np.save("x.npy", np.zeros((6, 6)))
    np.save("disk.npy", np.eye(3) > 0)
    ran = poolcli("max", "x.npy", "--footprint", "disk.npy", "--json")
    assert ran.record["output"] == "x.max-k3x3-s3x3-disk_npy.npy"


def test_large_arrays_are_streamed(poolcli: Poolcli) -> None:
    x = RNG.integers(0, 99, (60, 50, 40)).astype(np.int16)
    np.save("x.npy", np.asfortranarray(x))
    with mock.patch.multiple(blocks, MAX_WORKING_SET_BYTES=9000, MAX_INPUT_BLOCK_BYTES=4000):
        line = "avg x.npy --k 3x5x3 --s 2 --p 1x2x1 --padding-mode circular --footprint disk"
        ran = poolcli(*line.split(), "-o", "out.npy", "--quiet")
    assert ran.code == 0, ran.err
    expected = library.pool(
        x, "avg", (3, 5, 3), 2, (1, 2, 1), padding_mode="circular", footprint="disk"
    )
    np.testing.assert_array_equal(np.load("out.npy"), expected)


def test_the_statistics_of_the_input_have_no_padding(poolcli: Poolcli) -> None:
    x = np.arange(1.0, 10).reshape(3, 3)
    np.save("x.npy", x)
    ran = poolcli(
        *[
            "max",
            "x.npy",
            "--k",
            "3",
            "--s",
            "1",
            "--p",
            "1",
            "--padding-mode",
            "constant:99",
            "--json",
        ]
    )
    (record,) = map(json.loads, ran.out.splitlines())
    assert (record["in"]["min"], record["in"]["mean"], record["in"]["max"]) == (1, 5, 9)
    assert record["out"]["max"] == 99


def test_a_folder_with_a_small_picture(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    Image.fromarray(PHOTO).save("photos/large.png")
    Image.fromarray(PHOTO[:2, :2]).save("photos/small.png")
    ran = poolcli(
        *[
            "max",
            "photos",
            "--k",
            "5",
            "--s",
            "1",
            "--p",
            "2",
            "--padding-mode",
            "reflect",
            "-o",
            "out/",
        ]
    )
    assert ran.code == 1
    assert "padding 2 is too large: reflect fills at most 1" in ran.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["large.png"]


def test_a_padding_mode_without_padding_has_a_note(poolcli: Poolcli) -> None:
    np.save("x.npy", np.zeros((4, 4)))
    ran = poolcli("max", "x.npy", "--padding-mode", "reflect")
    assert "there is no padding for --padding-mode reflect to fill; --p gives padding" in ran.out


def test_compare_and_pool(poolcli: Poolcli) -> None:
    Image.fromarray(PHOTO).save("photo.png")
    window = [
        "--k",
        "3",
        "--s",
        "1",
        "--p",
        "1",
        "--padding-mode",
        "replicate",
        "--footprint",
        "cross",
    ]
    assert poolcli("compare", "photo.png", *window, "-o", "sheet.png").code == 0
    assert poolcli("pool", "--mode", "std", "photo.png", *window, "-o", "out.png").code == 0
    found = np.asarray(Image.open("out.png"))
    expected = pooled(PHOTO, "std", 3, 1, 1, padding_mode="replicate", footprint="cross")
    np.testing.assert_array_equal(found, expected)
