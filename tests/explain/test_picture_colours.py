"""The colours of images in explanations: as stored, and as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli.cli.request_builder import build_request
from poolcli.explain.explainer import open_explainer
from poolcli.explain.explanation import Picture
from tests.conftest import Poolcli

PIXELS = np.random.default_rng(3).integers(0, 256, (6, 5, 4), np.uint8)


@pytest.fixture(autouse=True)
def _current_folder(poolcli: Poolcli) -> None:
    """Have each test run in a folder of its own."""


def picture_of(path: str, mode: str, **options: Any) -> Picture | None:
    """Return the colours in the explanation of a file."""
    with open_explainer(build_request(mode, {"inputs": [path], **options})) as explainer:
        return explainer.explain().picture


def flat(colours: list[list[list[Any]]]) -> Iterator[Any]:
    """Yield colours slice by slice and row by row."""
    return (colour for slice_ in colours for row in slice_ for colour in row)


def colours_of_file(path: str) -> list[tuple[int, ...]]:
    """Return the colours that Pillow finds in an image, row by row."""
    with Image.open(path) as image:
        pixels = np.array(image.convert("RGBA"))
    return list(map(tuple, pixels.reshape(-1, 4).tolist()))


@pytest.mark.parametrize("mode", ["avg", "max", "mode", "sum"])
@pytest.mark.parametrize("kind", ["L", "LA", "RGB", "RGBA", "P", "1", "CMYK", "YCbCr"])
def test_colours_are_those_of_the_files(poolcli: Poolcli, mode: str, kind: str) -> None:
    image = Image.fromarray(PIXELS).convert(kind)
    name = "x.tif" if kind in ("CMYK", "YCbCr") else "x.png"
    if name == "x.png":
        image.save(name)
    else:
        image.save(name, compression=None)
    picture = picture_of(name, mode)
    assert picture is not None
    assert poolcli(mode, name, "-o", f"out-{name}").code == 0
    assert list(flat(picture.elements)) == colours_of_file(name)
    assert list(flat(picture.results)) == colours_of_file(f"out-{name}")


def test_transparent_index_of_a_palette() -> None:
    image = Image.fromarray(np.array([[0, 0], [1, 2]], np.uint8)).convert("P")
    image.putpalette([9, 8, 7, 0, 0, 0, 255, 0, 0])
    image.save("x.png", transparency=0)
    picture = picture_of("x.png", "mode")
    assert picture == (
        [[[(9, 8, 7, 0), (9, 8, 7, 0)], [(0, 0, 0, 255), (255, 0, 0, 255)]]],
        [[[(9, 8, 7, 0)]]],
    )


def test_padding_without_a_value_has_no_colour() -> None:
    Image.fromarray(PIXELS[..., :3]).save("x.png")
    window = {"kernel_size": "3", "padding": "1"}
    counted, skipped, reflected = (
        picture_of("x.png", mode, **window, **options)
        for mode, options in (("avg", {}), ("max", {}), ("max", {"padding_mode": "symmetric"}))
    )
    assert counted is not None
    assert skipped is not None
    assert reflected is not None
    assert counted.elements[0][0][:2] == [(0, 0, 0, 255)] * 2
    assert skipped.elements[0][0][:2] == [None, None]
    colour = (*PIXELS[0, 0, :3].tolist(), 255)
    assert reflected.elements[0][0][:2] == [colour, colour]
    assert skipped.elements[0][1][1] == colour


def test_16_bits_are_mapped_from_the_range_of_input_and_output() -> None:
    Image.fromarray(np.array([[1000, 3000], [2000, 5000]], np.uint16)).save("x.png")
    averaged, summed = picture_of("x.png", "avg"), picture_of("x.png", "sum")
    assert averaged is not None
    assert summed is not None

    def greys(numbers: list[float]) -> list[tuple[int, ...]]:
        return [(grey, grey, grey, 255) for grey in map(round, numbers)]

    assert list(flat(averaged.elements)) == greys([0, 127.5, 63.75, 255])
    assert list(flat(averaged.results)) == greys([1750 / 4000 * 255])
    assert list(flat(summed.elements)) == greys([0, 51, 25.5, 102])
    assert list(flat(summed.results)) == greys([255])


def test_colours_of_16_bits_keep_their_hue(poolcli: Poolcli) -> None:
    pixels = np.full((2, 2, 3), (2000, 4000, 4000), np.uint16)
    np.save("x.npy", pixels)
    assert poolcli("max", "x.npy", "--layout", "HWC", "--k", 1, "-o", "x.png").code == 0
    picture = picture_of("x.png", "avg")
    assert picture is not None
    assert set(flat(picture.elements)) == {(128, 255, 255, 255)}


@pytest.mark.parametrize(("name", "options"), [("x.npy", {}), ("x.png", {"axes": "W"})])
def test_arrays_and_single_rows_have_no_picture(name: str, options: dict[str, Any]) -> None:
    np.save("x.npy", PIXELS[..., 0])
    Image.fromarray(PIXELS).save("x.png")
    assert picture_of(name, "max", **options) is None
