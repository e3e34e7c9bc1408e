"""What Pillow does not read of a page, in words."""

from __future__ import annotations

import io

import pytest

from poolcli.io.tiff.directory_reader import read_directories
from poolcli.io.tiff.page_kinds import read_pixels
from poolcli.io.tiff.pillow_limitations import pillow_problem
from tests.io.tiff.tiff_bytes import Tag, grey_page, make_tiff, tag


def problem_of(*changes: Tag, big: bool = False) -> str | None:
    """Return the problem of a page of 8-bit grey with some tags replaced or added."""
    tags = {each[0]: each for each in grey_page()} | {each[0]: each for each in changes}
    page = read_directories(io.BytesIO(make_tiff([list(tags.values())], big=big))).directories[0]
    return pillow_problem(page, read_pixels(page))


RGB_16 = [tag(262, 2), tag(258, 16, 16, 16), tag(277, 3)]
RGB_8 = [tag(262, 2), tag(258, 8, 8, 8), tag(277, 3)]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ([], None),
        ([tag(258, 1)], None),
        ([tag(262, 0)], None),
        ([tag(258, 16)], None),
        (RGB_8, None),
        ([*RGB_8, tag(284, 2)], None),
        (RGB_16, "16-bit colour"),
        ([*RGB_16, tag(339, 2, 2, 2)], "signed 16-bit colour"),
        ([tag(258, 32)], "unsigned 32-bit grey"),
        ([tag(258, 32), tag(339, 2)], None),
        ([tag(258, 32), tag(339, 3)], None),
        ([tag(258, 64), tag(339, 3)], "64-bit floating-point grey"),
        ([tag(258, 16), tag(339, 2)], "signed 16-bit grey"),
        ([tag(258, 12)], "12-bit grey"),
        ([tag(258, 16), tag(262, 0)], "16-bit grey of which 0 is white"),
        ([tag(258, 8, 8), tag(277, 2)], "2 channels"),
        ([tag(258, 8, 8), tag(277, 2), tag(338, 2)], None),
        ([tag(258, 8, 8), tag(277, 2), tag(338, 2), tag(284, 2)], "planar LA"),
        ([tag(262, 2), tag(258, 8), tag(277, 4), tag(338, 0)], "an unspecified fourth channel"),
        ([tag(262, 3), tag(258, 16)], "16-bit palette indices"),
        ([tag(262, 2), tag(258, 5, 6, 5), tag(277, 3)], "channels of unlike depth or type"),
        ([tag(258, 64), tag(339, 6)], "complex values"),
        ([tag(339, 4)], "8-bit values of an undefined type"),
        ([tag(259, 34887)], "LERC compression"),
        ([tag(259, 99)], "type 99 compression"),
        ([tag(262, 32803)], "the raw data of a camera"),
        ([tag(262, 2), tag(258, 8), tag(277, 4), tag(266, 2)], "bytes with the lowest bit first"),
        ([tag(262, 6), tag(258, 8, 8, 8), tag(277, 3)], "YCbCr with subsampling"),
        ([tag(262, 6), tag(258, 8, 8, 8), tag(277, 3), tag(530, 1, 1)], None),
        ([tag(32997, 5)], "a volume in one page"),
    ],
)
def test_problems(changes: list[Tag], problem: str | None) -> None:
    assert problem_of(*changes) == problem


def test_big_tiff() -> None:
    assert problem_of(big=True) is None
    data = make_tiff([[tag(256, 1, order=">"), tag(257, 1, order=">")]], order=">", big=True)
    page = read_directories(io.BytesIO(data)).directories[0]
    assert pillow_problem(page, read_pixels(page)) == "a big-endian BigTIFF"
