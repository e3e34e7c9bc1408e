"""Colour maps of palette pages keep their 16 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.conftest import Poolcli

tifffile = pytest.importorskip("tifffile")

RNG = np.random.default_rng(2)
LABELS = RNG.integers(0, 16, (8, 10)).astype(np.uint8)


@pytest.mark.parametrize(
    "storage", [{}, {"compression": 5}, {"bigtiff": True, "byteorder": ">"}, {"byteorder": ">"}]
)
@pytest.mark.parametrize("pages", [1, 2])
def test_modes_keep_the_colour_map(storage: dict[str, Any], pages: int, poolcli: Poolcli) -> None:
    if "compression" in storage:
        pytest.importorskip("imagecodecs")
    page = {key: storage[key] for key in storage if key == "compression"}
    options = {key: storage[key] for key in storage if key != "compression"}
    maps = [RNG.integers(0, 1 << 16, (3, 256)).astype(np.uint16) for _ in range(pages)]
    with tifffile.TiffWriter("a.tif", **options) as file:
        for each in maps:
            file.write(LABELS, photometric="palette", colormap=each, metadata=None, **page)
    assert poolcli("mode", "a.tif", "--k", 2, "-o", "b.tif").code == 0
    with tifffile.TiffFile("b.tif") as file:
        assert len(file.pages) == pages
        for found, each in zip(file.pages, maps, strict=True):
            np.testing.assert_array_equal(found.colormap, each)


def test_levels_of_a_pyramid_have_it(poolcli: Poolcli) -> None:
    pytest.importorskip("imagecodecs")
    colour_map = RNG.integers(0, 1 << 16, (3, 256)).astype(np.uint16)
    tifffile.imwrite("a.tif", LABELS, photometric="palette", colormap=colour_map)
    assert poolcli("mode", "a.tif", "--levels", 1, "--pyramid", "-o", "b.tif").code == 0
    with tifffile.TiffFile("b.tif") as file:
        for level in file.series[0].levels:
            np.testing.assert_array_equal(level.keyframe.colormap, colour_map)
