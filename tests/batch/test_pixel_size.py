"""`poolcli info` shows the size of a pixel where a TIFF gives it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from tests.conftest import Poolcli

OME = '<OME><Image><Pixels SizeZ="1" {}/></Image></OME>'

MICROMETRES = {"Z": 2.5, "Y": 0.25, "X": 0.2}

CASES: dict[str, tuple[dict[int, Any], dict[str, tuple[float, str | None]] | None, str]] = {
    "GeoTIFF": ({33550: (10.0, 20.0, 0.0)}, {"Y": (20, None), "X": (10, None)}, "20x10"),
    "GeoTIFF in metres": (
        {33550: (30.0, 30.0, 0.0), 34735: (1, 1, 0, 1, 3076, 0, 1, 9001)},
        {"Y": (30, "m"), "X": (30, "m")},
        "30x30 m",
    ),
    "GeoTIFF in degrees": (
        {33550: (0.5, 0.25, 0.0), 34735: (1, 1, 0, 1, 2054, 0, 1, 9102)},
        {"Y": (0.25, "°"), "X": (0.5, "°")},
        "0.25x0.5 °",
    ),
    "matrix": (
        {34264: (3.0, 0.0, 0.0, 5.0, 4.0, -2.0, *[0.0] * 10)},
        {"Y": (2, None), "X": (5, None)},
        "2x5",
    ),
    "ImageJ": (
        {270: "ImageJ=1\nunit=um\n", 282: 5.0, 283: 4.0},
        {letter: (MICROMETRES[letter], "µm") for letter in "YX"},
        "0.25x0.2 µm",
    ),
    "ImageJ stack": (
        {270: "ImageJ=1\nunit=\\u00B5m\nspacing=2.5\n", 282: 5.0, 283: 4.0},
        {letter: (MICROMETRES[letter], "µm") for letter in "ZYX"},
        "2.5x0.25x0.2 µm",
    ),
    "ImageJ without a unit": ({270: "ImageJ=1\n", 282: 5.0, 283: 4.0}, None, ""),
    "ImageJ with a long unit": (
        {270: f"ImageJ=1\nunit={'m' * 99}\n", 282: 5.0, 283: 4.0},
        {letter: (MICROMETRES[letter], None) for letter in "YX"},
        "0.25x0.2",
    ),
    "OME": (
        {270: OME.format('PhysicalSizeX="0.5" PhysicalSizeY="0.25"')},
        {"Y": (0.25, "µm"), "X": (0.5, "µm")},
        "0.25x0.5 µm",
    ),
    "OME with two units": (
        {
            270: OME.format(
                'PhysicalSizeX="0.5" PhysicalSizeY="0.25" PhysicalSizeZ="1" PhysicalSizeZUnit="mm"'
            )
        },
        {"Z": (1, "mm"), "Y": (0.25, "µm"), "X": (0.5, "µm")},
        "1 mm x 0.25 µm x 0.5 µm",
    ),
    "OME without sizes": ({270: OME.format("")}, None, ""),
    "damaged": ({33550: (10.0,)}, None, ""),
    "a photo": ({282: 300.0, 283: 300.0, 296: 2}, None, ""),
}


@pytest.mark.parametrize("name", CASES)
def test_info_shows_the_pixel_size(poolcli: Poolcli, name: str) -> None:
    tags, expected, text = CASES[name]
    directory = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in tags.items():
        if isinstance(value, tuple):
            directory.tagtype[tag] = 3 if tag == 34735 else 12
        directory[tag] = value
    poolcli("--version")
    Image.fromarray(np.zeros((8, 8), np.uint8)).save("x.tif", tiffinfo=directory)
    record = poolcli("info", "x.tif", "--json").record
    named = expected and {letter: {"size": n, "unit": u} for letter, (n, u) in expected.items()}
    assert record["pixel_size"] == named
    heading, row, *_ = poolcli("info", "x.tif").out.splitlines()
    assert heading.endswith("  pixel size") == (expected is not None)
    assert row.partition("0 · 0 · 0")[2].strip() == text


@pytest.mark.parametrize(
    ("description", "count", "note"),
    [
        ("ImageJ=1.54f\nimages=6\nchannels=2\nslices=3\n", 6, "Z=3 C=2: --layout ZCYX"),
        ('{"shape": [4, 8, 8], "axes": "TYX"}', 4, "T=4: --layout TYX"),
        ('{"shape": [4, 8, 8]}', 4, None),
        ("ImageJ=1.54f\nimages=6\nslices=6\n", 4, None),
        ("a photo", 2, None),
        ('{"shape": [8, 8], "axes": "YX"}', 1, None),
    ],
)
def test_info_names_the_layout_of_pages(
    poolcli: Poolcli, description: str, count: int, note: str | None
) -> None:
    poolcli("--version")
    first, *others = [Image.fromarray(np.zeros((8, 8), np.uint8)) for _ in range(count)]
    first.save("x.tif", description=description, save_all=True, append_images=others)
    notes = poolcli("info", "x.tif", "--json").record["notes"]
    assert notes == ([f"its pages are {note} makes them axes of one array"] if note else [])
    if note is not None:
        assert (
            poolcli("info", "x.tif", "--layout", note.split()[-1], "--json").record["notes"] == []
        )
