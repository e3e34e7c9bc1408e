"""`poolcli info` shows the size of a pixel where a TIFF gives it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from tests.conftest import Poolcli

OME = '<OME><Image><Pixels SizeZ="1" {}/></Image></OME>'

CASES: dict[str, tuple[dict[int, Any], list[float] | None, str]] = {
    "GeoTIFF": ({33550: (10.0, 20.0, 0.0)}, [20, 10], "20 x 10 units of the map (Y X)"),
    "matrix": (
        {34264: (3.0, 0.0, 0.0, 5.0, 4.0, -2.0, *[0.0] * 10)},
        [2, 5],
        "2 x 5 units of the map (Y X)",
    ),
    "ImageJ": (
        {270: "ImageJ=1\nunit=um\n", 282: 5.0, 283: 4.0},
        [0.25, 0.2],
        "0.25 x 0.2 um (Y X)",
    ),
    "ImageJ stack": (
        {270: "ImageJ=1\nunit=\\u00B5m\nspacing=2.5\n", 282: 5.0, 283: 4.0},
        [2.5, 0.25, 0.2],
        "2.5 x 0.25 x 0.2 µm (Z Y X)",
    ),
    "ImageJ without a unit": ({270: "ImageJ=1\n", 282: 5.0, 283: 4.0}, None, ""),
    "OME": (
        {270: OME.format('PhysicalSizeX="0.5" PhysicalSizeY="0.25"')},
        [0.25, 0.5],
        "0.25 x 0.5 µm (Y X)",
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
            directory.tagtype[tag] = 12
        directory[tag] = value
    poolcli("--version")
    Image.fromarray(np.zeros((8, 8), np.uint8)).save("x.tif", tiffinfo=directory)
    record = poolcli("info", "x.tif", "--json").record
    assert record["pixel_size"] == expected
    assert [note for note in record["notes"] if note.startswith("a pixel")] == (
        [f"a pixel is {text}"] if text else []
    )
