"""Transparency: transparent pixels have no weight in the mean of colours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Poolcli
from tests.io.image_files import Pixels, png

RNG = np.random.default_rng(12)


def weighted_means(pixels: Pixels, k: int = 2) -> Pixels:
    """Return means of windows, rounded half up; colours are weighted by alpha, the last channel."""
    height, width, channels = pixels.shape
    split = pixels.reshape(height // k, k, width // k, k, channels).astype(np.int64)
    alpha = split[..., -1:]
    total = alpha.sum((1, 3))
    colour = (split[..., :-1] * alpha).sum((1, 3))
    exact = np.divide(colour, total, out=np.zeros(colour.shape), where=total > 0)
    means = np.concatenate([exact, total / k**2], axis=-1)
    return np.floor(means + 0.5).astype(np.uint8)


TRANSPARENT_COLOURS: dict[str, Any] = {"1": 255, "L": 7, "RGB": (7, 7, 7)}


@pytest.mark.parametrize("mode", list(TRANSPARENT_COLOURS))
def test_a_transparent_colour_has_no_weight(poolcli: Poolcli, mode: str) -> None:
    grey = RNG.choice(np.array([7, 90, 200], np.uint8), (12, 12))
    image = Image.fromarray(grey).convert(mode, dither=Image.Dither.NONE)
    image.save("x.png", transparency=TRANSPARENT_COLOURS[mode])
    with Image.open("x.png") as opened:
        alpha_mode = "RGBA" if mode == "RGB" else "LA"
        expected = weighted_means(np.asarray(opened.convert(alpha_mode)))
    ran = poolcli("avg", "x.png", "-o", "y.png", "--json")
    assert (ran.code, ran.record["notes"]) == (0, [])
    with Image.open("y.png") as result:
        assert result.mode == alpha_mode
        np.testing.assert_array_equal(np.asarray(result), expected)


@pytest.mark.parametrize("extension", ["png", "gif"])
def test_a_transparent_index_has_no_weight(poolcli: Poolcli, extension: str) -> None:
    image = Image.fromarray(RNG.integers(0, 4, (12, 12), np.uint8)).convert("P")
    image.putpalette([250, 0, 250, 255, 0, 0, 0, 200, 0, 9, 9, 250])
    image.save(f"x.{extension}", transparency=0)
    with Image.open(f"x.{extension}") as opened:
        pixels = np.asarray(opened.convert("RGBA"))
    assert poolcli("avg", f"x.{extension}", "-o", "y.png").code == 0
    with Image.open("y.png") as result:
        np.testing.assert_array_equal(np.asarray(result), weighted_means(pixels))


def test_edges_of_a_cut_out_have_no_fringe(poolcli: Poolcli) -> None:
    y, x = np.mgrid[:64, :64]
    inside = (x - 31) ** 2 + (y - 33) ** 2 < 500
    pixels = np.where(inside[..., None], (200, 30, 30, 255), (0, 255, 0, 0)).astype(np.uint8)
    for extension in ("png", "webp", "tif", "tga"):
        Image.fromarray(pixels).save(
            f"x.{extension}", **({"lossless": True, "exact": True} if extension == "webp" else {})
        )
        assert poolcli("avg", f"x.{extension}", "--k", 8, "-o", f"y.{extension}").code == 0
        with Image.open(f"y.{extension}") as result:
            found = np.asarray(result)
        visible = found[found[..., 3] > 0]
        assert len(np.unique(visible[..., 3])) > 3
        assert (visible[..., :3] == (200, 30, 30)).all()
        assert (found[found[..., 3] == 0] == 0).all()
    assert poolcli("avg", "x.png", "--k", 8, "--straight-alpha", "-o", "s.png").code == 0
    with Image.open("s.png") as result:
        found = np.asarray(result)
    means = pixels.reshape(8, 8, 8, 8, 4).mean((1, 3))
    np.testing.assert_array_equal(found, np.floor(means + 0.5))


def test_a_transparent_grey_of_16_bits_is_noted(poolcli: Poolcli, tmp_path: Path) -> None:
    samples = RNG.integers(0, 65536, (8, 8), np.uint16)
    (tmp_path / "x.png").write_bytes(png(samples, 16, 0, (1000).to_bytes(2, "big")))
    ran = poolcli("max", "x.png", "-o", "y.png", "--json")
    assert ran.record["notes"] == [
        "the transparent grey 1000 was pooled like any other; --ignore leaves it out"
    ]
    with Image.open("y.png") as result:
        expected = samples.reshape(4, 2, 4, 2).max((1, 3))
        np.testing.assert_array_equal(np.asarray(result), expected)
        assert "transparency" not in result.info
