"""What a page is, and its pixels, from tags."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from poolcli.errors import ReadError
from poolcli.io.tiff.directory_reader import Directory, read_directories
from poolcli.io.tiff.page_kinds import PageKind, page_kind, read_pixels
from tests.io.tiff.tiff_bytes import LONG, Tag, grey_page, make_tiff, tag


def page_of(*changes: Tag) -> Directory:
    """Return a page of 8-bit grey with some tags replaced or added."""
    tags = {each[0]: each for each in grey_page()} | {each[0]: each for each in changes}
    return read_directories(io.BytesIO(make_tiff([list(tags.values())]))).directories[0]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ([], PageKind.IMAGE),
        ([tag(254, 0, kind=LONG)], PageKind.IMAGE),
        ([tag(254, 1, kind=LONG)], PageKind.REDUCED),
        ([tag(254, 2, kind=LONG)], PageKind.IMAGE),
        ([tag(254, 4, kind=LONG)], PageKind.MASK),
        ([tag(254, 5, kind=LONG)], PageKind.MASK),
        ([tag(262, 4)], PageKind.MASK),
        ([tag(255, 1)], PageKind.IMAGE),
        ([tag(255, 2)], PageKind.REDUCED),
        ([tag(255, 3)], PageKind.IMAGE),
    ],
)
def test_kinds(changes: list[Tag], kind: PageKind) -> None:
    assert page_kind(page_of(*changes)) is kind


MODES = [
    # photometric, bits of each channel, sample format, extra samples
    (1, (8,), 1, (), "L"),
    (0, (8,), 1, (), "L"),
    (0, (1,), 1, (), "1"),
    (1, (4,), 1, (), "L"),
    (1, (12,), 1, (), "I;16"),
    (1, (16,), 1, (), "I;16"),
    (1, (24,), 1, (), "L;uint32"),
    (1, (32,), 1, (), "L;uint32"),
    (1, (32,), 2, (), "I"),
    (1, (8,), 2, (), "L;int8"),
    (1, (16,), 2, (), "L;int16"),
    (1, (16,), 3, (), "L;float16"),
    (1, (32,), 3, (), "F"),
    (1, (64,), 3, (), "L;float64"),
    (1, (64,), 6, (), "L;complex64"),
    (1, (8, 8), 1, (2,), "LA"),
    (1, (8, 8), 1, (1,), "LA"),
    (1, (8, 8), 1, (0,), "L+1;uint8"),
    (1, (8, 8), 1, (), "L+1;uint8"),
    (1, (16,) * 5, 1, (0,) * 4, "L+4;uint16"),
    (1, (16, 16), 1, (2,), "LA;uint16"),
    (2, (8,) * 3, 1, (), "RGB"),
    (2, (8,) * 4, 1, (), "RGBA"),
    (2, (8,) * 4, 1, (0,), "RGB+1;uint8"),
    (2, (8,) * 4, 1, (1,), "RGBA"),
    (2, (8,) * 5, 1, (2, 0), "RGB+2;uint8"),
    (2, (16,) * 3, 1, (), "RGB;uint16"),
    (2, (16,) * 4, 1, (2,), "RGBA;uint16"),
    (2, (16,) * 4, 1, (1,), "RGB+1;uint16"),
    (2, (32,) * 3, 3, (), "RGB;float32"),
    (2, (5, 6, 5), 1, (), None),
    (3, (8,), 1, (), "P"),
    (3, (4,), 1, (), "P"),
    (3, (16,), 1, (), "I;16"),
    (3, (8, 8), 1, (2,), "PA"),
    (5, (8,) * 4, 1, (), "CMYK"),
    (5, (16,) * 4, 1, (), "CMYK;uint16"),
    (5, (8,) * 5, 1, (2,), "CMYK+1;uint8"),
    (5, (8,) * 3, 1, (), "L+2;uint8"),
    (6, (8,) * 3, 1, (), "YCbCr"),
    (8, (8,) * 3, 1, (), "LAB"),
    (8, (16,) * 3, 1, (), "L+2;uint16"),
    (2, (8,) * 4, 1, (999,), "RGBA"),
    (2, (4,) * 3, 1, (), "RGB"),
]


@pytest.mark.parametrize(("photometric", "bits", "sample_format", "extra", "mode"), MODES)
def test_image_modes(
    photometric: int, bits: tuple[int, ...], sample_format: int, extra: tuple[int, ...], mode: str
) -> None:
    tags = [tag(262, photometric), tag(258, *bits), tag(277, len(bits)), tag(339, sample_format)]
    pixels = read_pixels(page_of(*tags, *([tag(338, *extra)] if extra else [])))
    assert pixels.image_mode == mode
    assert (pixels.height, pixels.width, pixels.channels) == (3, 4, len(bits))


def test_ycbcr_in_jpeg_is_rgb() -> None:
    page = page_of(tag(262, 6), tag(258, 8, 8, 8), tag(277, 3), tag(259, 7))
    assert read_pixels(page).image_mode == "RGB"


def test_inks_other_than_cmyk() -> None:
    page = page_of(tag(262, 5), tag(258, 8, 8, 8, 8), tag(277, 4), tag(332, 2))
    assert read_pixels(page).image_mode == "L+3;uint8"


def test_how_pixels_are_stored() -> None:
    pixels = read_pixels(page_of(tag(322, 32), tag(323, 16), tag(274, 6), tag(317, 2)))
    assert (pixels.tile_size, pixels.rows_per_strip) == ((16, 32), 3)
    assert (pixels.orientation, pixels.predictor, pixels.compression) == (6, 2, 1)
    pixels = read_pixels(page_of(tag(278, 1 << 31, kind=LONG), tag(277, 2), tag(284, 2)))
    assert (pixels.tile_size, pixels.rows_per_strip, pixels.is_planar) == (None, 3, True)
    pixels = read_pixels(page_of(tag(258, 12)))
    assert (pixels.depth, pixels.is_odd_depth) == (12, True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([tag(256, 0)], "its directory 1 gives no width and height"),
        ([tag(257)], "its directory 1 gives no width and height"),
        ([tag(277, 0)], "has 0 samples per pixel"),
        ([tag(277, 3), tag(258, 8, 8)], "tag 258 of its directory 1 lacks channels"),
        ([tag(278, 0)], "strips or tiles of no size"),
        ([tag(322, 16)], "strips or tiles of no size"),
        ([(256, 2, 2, b"7\0")], "tag 256 of its directory 1 holds no integers"),
    ],
)
def test_wrong_tags(changes: list[Tag], message: str) -> None:
    with pytest.raises(ReadError, match=message):
        read_pixels(page_of(*changes))


def test_a_page_written_by_tifffile(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    import numpy as np

    pixels = np.zeros((3, 16, 32), np.uint16)
    tifffile.imwrite(
        tmp_path / "x.tif", pixels, photometric="rgb", planarconfig="separate", compression="zlib",
        predictor=True, tile=(16, 16),
    )  # fmt: skip
    with (tmp_path / "x.tif").open("rb") as file:
        found = read_pixels(read_directories(file).directories[0])
    assert found.image_mode == "RGB;uint16"
    assert found.is_planar
    assert (found.compression, found.predictor, found.tile_size) == (8, 2, (16, 16))
