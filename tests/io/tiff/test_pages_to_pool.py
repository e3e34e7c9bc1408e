"""Reduced-resolution pages and masks are left out; notes and other pages stay."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from PIL import Image

from poolcli.io.tiff.directory_reader import SUB_IFDS, read_directories
from poolcli.io.tiff.pages_to_pool import PREVIEW, choose_pages
from tests.conftest import Poolcli
from tests.io.tiff.tiff_bytes import LONG, Tag, grey_page, make_tiff, tag

IMAGE, REDUCED, MASK, OLD_REDUCED = (
    [],
    [tag(254, 1, kind=LONG)],
    [tag(254, 4, kind=LONG)],
    [tag(255, 2)],
)


def page(kind: list[Tag], width: int = 4, height: int = 3) -> list[Tag]:
    return sorted([*grey_page(width, height), *kind])


@pytest.mark.parametrize(
    ("pages", "chosen", "notes"),
    [
        ([page(IMAGE), page(IMAGE)], [0, 1], []),
        (
            [page(IMAGE), page(REDUCED, 2), page(MASK), page(REDUCED, 1)],
            [0],
            ["2 reduced-resolution pages and a mask were left out"],
        ),
        ([page(IMAGE), page(OLD_REDUCED)], [0], ["a reduced-resolution page was left out"]),
        ([page(IMAGE), page(MASK), page(MASK)], [0], ["2 masks were left out"]),
        ([page(REDUCED), page(IMAGE)], [1], ["a reduced-resolution page was left out"]),
        ([page(REDUCED), page(REDUCED)], [0, 1], []),
        ([page(MASK)], [0], []),
        ([page([*REDUCED, tag(SUB_IFDS, 8, kind=LONG)])], [0], [PREVIEW]),
        (
            [page([tag(SUB_IFDS, 8, 8, kind=LONG)])],
            [0],
            ["2 reduced-resolution pages were left out"],
        ),
    ],
)
def test_chosen_pages(pages: list[list[Tag]], chosen: list[int], notes: list[str]) -> None:
    found = choose_pages(read_directories(io.BytesIO(make_tiff(pages))))
    assert [each.number for each in found.pages] == chosen
    assert found.notes == notes


def test_of_reduced_pages_alone_the_largest_is_pooled() -> None:
    pages = [page(REDUCED), page(REDUCED, 2, 2)]
    found = choose_pages(read_directories(io.BytesIO(make_tiff(pages))))
    assert [each.number for each in found.pages] == [0]
    assert found.notes == ["a reduced-resolution page was left out"]


@pytest.mark.parametrize("order", [[IMAGE, REDUCED, MASK, IMAGE], [REDUCED, IMAGE, IMAGE, MASK]])
def test_images_are_pooled_and_the_rest_is_not(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch, order: list[list[Tag]]
) -> None:
    monkeypatch.setitem(sys.modules, "tifffile", None)
    Path("x.tif").write_bytes(make_tiff([page(kind) for kind in order]))
    ran = poolcli("max", "x.tif", "--k", 1, "-o", "y.tif", "--json")
    assert "a reduced-resolution page and a mask were left out" in ran.record["notes"]
    with Image.open("y.tif") as image:
        assert getattr(image, "n_frames", 1) == 2
        for number in range(2):
            image.seek(number)
            assert image.tobytes() == bytes(range(12))
    structure = read_directories(io.BytesIO(Path("y.tif").read_bytes()))
    for directory in structure.directories:
        assert directory.integer(254) == 0
        assert 255 not in directory.tags


def test_sizes_of_pages_that_are_left_out_do_not_count(poolcli: Poolcli) -> None:
    Path("x.tif").write_bytes(make_tiff([page(IMAGE), page(REDUCED, 2, 60_000)]))
    assert poolcli("max", "x.tif", "-o", "y.tif", "--max-pixels", 12).code == 0
