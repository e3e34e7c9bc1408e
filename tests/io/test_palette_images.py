"""The mode `mode` of palette images pools the indices and keeps the palette."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import poolcli as library
from tests.conftest import Poolcli

INDICES = np.random.default_rng(3).integers(0, 21, (30, 42)).astype(np.uint8)
COLOURS = [(index * 37) % 256 for index in range(3 * 21)]


def save_label_image(path: Path, **save_options: Any) -> None:
    """Write an image whose pixels are indices."""
    image = Image.fromarray(INDICES).convert("P")
    image.putpalette(COLOURS)
    image.save(path, **save_options)


@pytest.mark.parametrize("extension", ["png", "gif", "bmp", "tif", "tga", "pcx"])
def test_the_indices_are_pooled_and_the_palette_kept(
    poolcli: Poolcli, tmp_path: Path, extension: str
) -> None:
    save_label_image(tmp_path / f"x.{extension}")
    ran = poolcli("mode", f"x.{extension}", "--k", 3, "--json")
    assert ran.code == 0
    assert ran.record["output"] == f"x.mode-k3-s3.{extension}"
    assert ran.record["notes"] == []
    with Image.open(tmp_path / f"x.mode-k3-s3.{extension}") as image:
        assert image.mode == "P"
        np.testing.assert_array_equal(np.asarray(image), library.pool(INDICES, "mode", 3))
        with Image.open(tmp_path / f"x.{extension}") as before:
            assert image.getpalette()[:63] == before.getpalette()[:63] == COLOURS


def test_a_gif_keeps_indices_if_some_are_not_used(poolcli: Poolcli, tmp_path: Path) -> None:
    sparse = np.repeat(np.repeat(np.array([[0, 3], [0, 200]], np.uint8), 4, 0), 4, 1)
    image = Image.fromarray(sparse).convert("P")
    image.putpalette([index * 7 % 256 for index in range(768)])
    image.save(tmp_path / "x.gif", optimize=False)
    assert poolcli("mode", "x.gif", "-o", "y.gif").code == 0
    with Image.open(tmp_path / "y.gif") as image:
        assert np.unique(np.asarray(image)).tolist() == [0, 3, 200]


def test_a_gif_has_no_partial_transparency(poolcli: Poolcli, tmp_path: Path) -> None:
    save_label_image(tmp_path / "x.png", transparency=bytes([0, 128]))
    ran = poolcli("mode", "x.png", "-o", "y.gif")
    assert ran.code == 1
    assert "GIF cannot hold palette images with partial transparency; PNG" in ran.err


@pytest.mark.parametrize("transparency", [5, bytes([0, 128, 255])])
def test_transparency_stays(poolcli: Poolcli, tmp_path: Path, transparency: Any) -> None:
    save_label_image(tmp_path / "x.png", transparency=transparency)
    assert poolcli("mode", "x.png", "-o", "y.png").code == 0
    with Image.open(tmp_path / "x.png") as before, Image.open(tmp_path / "y.png") as image:
        assert image.mode == "P"
        assert image.info["transparency"] == before.info["transparency"]
    assert poolcli("mode", "x.png", "-o", "y.webp").code == 0
    with Image.open(tmp_path / "y.webp") as image:
        assert image.mode == "RGBA"


def test_an_array_has_indices(poolcli: Poolcli, tmp_path: Path) -> None:
    save_label_image(tmp_path / "x.png")
    poolcli("mode", "x.png", "--global", "--format", "npy", "-o", "here/")
    expected = np.bincount(INDICES.ravel()).argmax()
    assert np.load(tmp_path / "here" / "x.npy").tolist() == [[expected]]


def test_the_ignored_value_is_an_index(poolcli: Poolcli, tmp_path: Path) -> None:
    save_label_image(tmp_path / "x.png")
    poolcli("mode", "x.png", "--ignore", 3, "-o", "y.png")
    with Image.open(tmp_path / "y.png") as image:
        expected = library.pool(INDICES, "mode", ignore=3)
        np.testing.assert_array_equal(np.asarray(image), expected)


def test_other_formats_get_colours(poolcli: Poolcli, tmp_path: Path) -> None:
    save_label_image(tmp_path / "x.png")
    assert poolcli("mode", "x.png", "--levels", 2, "-o", "y.qoi").code == 0
    assert poolcli("mode", "x.png", "--levels", 2, "-o", "y.png").code == 0
    with Image.open(tmp_path / "y.L2.qoi") as image, Image.open(tmp_path / "y.L2.png") as indexed:
        assert (image.mode, indexed.mode) == ("RGB", "P")
        assert image.tobytes() == indexed.convert("RGB").tobytes()


def test_each_page_keeps_its_palette(poolcli: Poolcli, tmp_path: Path) -> None:
    pages = []
    for shift in (0, 9):
        page = Image.fromarray(INDICES).convert("P")
        page.putpalette([(value + shift) % 256 for value in COLOURS])
        pages.append(page)
    pages[0].save(tmp_path / "x.tif", save_all=True, append_images=pages[1:])
    assert poolcli("mode", "x.tif", "-o", "y.tif").code == 0
    with Image.open(tmp_path / "y.tif") as image:
        for number, page in enumerate(pages):
            image.seek(number)
            assert image.mode == "P"
            assert image.getpalette()[:63] == page.getpalette()[:63]


@pytest.mark.parametrize("mode", ["max", "avg", "median"])
def test_other_modes_work_on_colours(poolcli: Poolcli, tmp_path: Path, mode: str) -> None:
    save_label_image(tmp_path / "x.png")
    assert poolcli(mode, "x.png", "-o", "y.png").code == 0
    with Image.open(tmp_path / "y.png") as image:
        assert image.mode == "RGB"


@pytest.mark.parametrize("extra", [[], ["--ignore", 3]])
@pytest.mark.parametrize("extension", ["png", "gif", "bmp", "tif", "tga", "pcx"])
def test_labels_taken_as_colours_are_noted(
    poolcli: Poolcli, tmp_path: Path, extension: str, extra: list[object]
) -> None:
    save_label_image(tmp_path / f"x.{extension}")
    warning = "holds indices into a palette: labels were taken as colours; mode pools the labels"
    for mode in ("max", "avg", "median"):
        ran = poolcli(mode, f"x.{extension}", *extra, "-o", f"{mode}.png", "--json")
        assert ran.record["notes"] == [warning]
    ran = poolcli("mode", f"x.{extension}", *extra, "-o", "mode.png", "--json")
    assert ran.record["notes"] == []
    assert f"note: x.{extension}: {warning}" in poolcli("max", f"x.{extension}", *extra).out


def test_frames_of_a_gif_are_colours(poolcli: Poolcli, tmp_path: Path) -> None:
    save_label_image(tmp_path / "one.gif")
    with Image.open(tmp_path / "one.gif") as image:
        second = image.copy()
        second.putpixel((0, 0), 20)
        image.save(tmp_path / "x.gif", save_all=True, append_images=[second])
    warning = (
        "holds indices into a palette: labels were taken as colours, for Pillow gives no indices "
        "of it"
    )
    for mode in ("max", "mode"):
        ran = poolcli(mode, "x.gif", "-o", f"{mode}.gif", "--json")
        assert ran.record["notes"][0] == warning
    assert poolcli("info", "x.gif", "--json").record["notes"] == [warning]


def test_a_grey_gif_has_no_labels(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.fromarray(INDICES).save(tmp_path / "x.gif", optimize=False)
    assert poolcli("max", "x.gif", "-o", "y.png", "--json").record["notes"] == []
