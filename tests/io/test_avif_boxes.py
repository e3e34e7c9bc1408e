"""AVIF files: colour code points, clean aperture, orientation, and notes on dropped items."""

from __future__ import annotations

import struct
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli.io.images.encoding.avif_corrections import can_recode, choose_cicp
from poolcli.io.metadata.avif_boxes import clean_aperture
from tests.conftest import Poolcli

BYTES_BEFORE_CHILDREN = {b"meta": 4, b"iinf": 6, b"iref": 4, b"stsd": 8, b"av01": 78}
PROPERTIES = (b"meta", b"iprp", b"ipco")
GAIN_MAP_NOTE = "the gain map was dropped"


def ramps(mode: str = "RGB", size: tuple[int, int] = (32, 24)) -> Image.Image:
    """Return an image with colours of moderate saturation."""
    across, down = np.meshgrid(np.linspace(60, 180, size[0]), np.linspace(70, 160, size[1]))
    pixels = np.stack([across, down, (across + down) / 2, 255 - across / 4], -1)
    return Image.fromarray(pixels.astype(np.uint8)).convert(mode)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def find(data: bytes, path: tuple[bytes, ...]) -> list[int]:
    """Return the offset of each box of a path."""
    offsets, begin, end = [], 0, len(data)
    for kind in path:
        at = begin
        while data[at + 4 : at + 8] != kind:
            at += int.from_bytes(data[at : at + 4], "big")
            assert at < end, kind
        offsets.append(at)
        begin, end = (
            at + 8 + BYTES_BEFORE_CHILDREN.get(kind, 0),
            at + int.from_bytes(data[at : at + 4], "big"),
        )
    return offsets


def with_box_content(data: bytes, path: tuple[bytes, ...], content: bytes) -> bytes:
    """Return an AVIF of one item with more content at the end of a box."""
    made = bytearray(data)
    pixels = find(data, (b"mdat",))[0] + 8
    offsets = find(data, path)
    end = offsets[-1] + int.from_bytes(data[offsets[-1] : offsets[-1] + 4], "big")
    for at in offsets:
        size = int.from_bytes(data[at : at + 4], "big")
        made[at : at + 4] = (size + len(content)).to_bytes(4, "big")
    location = data.index(pixels.to_bytes(4, "big"), find(data, (b"meta", b"iloc"))[1])
    made[location : location + 4] = (pixels + len(content)).to_bytes(4, "big")
    made[end:end] = content
    return bytes(made)


def with_property(data: bytes, kind: bytes, content: bytes) -> bytes:
    """Return an AVIF of one item with one more property."""
    at, end = find(data, PROPERTIES)[-1] + 8, 0
    end = at - 8 + int.from_bytes(data[at - 8 : at - 4], "big")
    count = 0
    while at < end:
        at, count = at + int.from_bytes(data[at : at + 4], "big"), count + 1
    made = bytearray(with_box_content(data, PROPERTIES, box(kind, content)))
    made[find(bytes(made), (b"meta", b"iprp", b"ipma"))[-1] + 8 + 10] += 1
    essential = 0x80 if kind == b"clap" else 0
    return with_box_content(
        bytes(made), (b"meta", b"iprp", b"ipma"), bytes([essential | count + 1])
    )


def code_points(data: bytes) -> list[tuple[int, ...]]:
    """Return the code points of each colour box."""
    parts = data.split(b"colrnclx")[1:]
    return [struct.unpack(">3H", part[:6]) for part in parts]


def with_code_points(data: bytes, *codes: int) -> bytes:
    """Return an AVIF with one colour box whose code points are replaced."""
    head, part = data.split(b"colrnclx")
    return head + b"colrnclx" + struct.pack(">3H", *codes) + part[6:]


def pixels(path: str | Path) -> np.ndarray[Any, Any]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize("codes", [(9, 16, 9), (12, 16, 6), (1, 1, 1), (9, 18, 9), (12, 13, 5)])
def test_code_points_are_kept(
    poolcli: Poolcli, tmp_path: Path, mode: str, codes: tuple[int, ...]
) -> None:
    ramps(mode).save("x.avif", quality=100, subsampling="4:4:4")
    data = (tmp_path / "x.avif").read_bytes()
    (tmp_path / "x.avif").write_bytes(with_code_points(data, *codes))
    ran = poolcli("max", "x.avif", "--k", 1, "-o", "y.avif", "--quality", 100, "--json")
    assert ran.record["notes"] == []
    assert code_points((tmp_path / "y.avif").read_bytes()) == [codes]
    assert np.abs(pixels("y.avif") - pixels("x.avif")).max() <= 4


def test_code_points_and_colours_of_animations_are_kept(poolcli: Poolcli, tmp_path: Path) -> None:
    frames = [ramps(), ramps().transpose(Image.Transpose.ROTATE_180)]
    frames[0].save("x.avif", save_all=True, append_images=frames[1:], quality=100, duration=50)
    data = (tmp_path / "x.avif").read_bytes()
    assert len(code_points(data)) == 2  # of the still image and of the track
    parts = data.split(b"colrnclx")
    data = b"colrnclx".join([parts[0], *(b"\0\x09\0\x10\0\x09" + part[6:] for part in parts[1:])])
    (tmp_path / "x.avif").write_bytes(data)
    assert poolcli("max", "x.avif", "--k", 1, "-o", "y.avif", "--quality", 100).code == 0
    assert code_points((tmp_path / "y.avif").read_bytes()) == [(9, 16, 9)] * 2
    with Image.open("x.avif") as before, Image.open("y.avif") as after:
        for number in range(2):
            before.seek(number)
            after.seek(number)
            apart = np.asarray(before).astype(int) - np.asarray(after)
            assert np.abs(apart).max() <= 6


def test_saturated_colours_change_the_matrix_coefficients(poolcli: Poolcli, tmp_path: Path) -> None:
    assert not can_recode(Image.new("RGB", (1, 1), (0, 245, 255)), 9)
    Image.new("RGB", (16, 16), (0, 255, 255)).save("x.avif", quality=100)
    data = (tmp_path / "x.avif").read_bytes()
    (tmp_path / "x.avif").write_bytes(with_code_points(data, 9, 16, 9))
    ran = poolcli("max", "x.avif", "-o", "y.avif", "--quality", 100, "--json")
    assert ran.record["notes"] == [
        "matrix coefficients became 6 (BT.601), not 9: they tell how colours are stored, "
        "which stay the same"
    ]
    assert code_points((tmp_path / "y.avif").read_bytes()) == [(9, 16, 6)]
    assert np.abs(pixels("y.avif") - pixels("x.avif")[0, 0]).max() <= 4


@pytest.mark.parametrize(
    ("cicp", "written", "noted"),
    [
        (b"\x09\x10\0\1", b"\x09\x10\6\1", False),
        (b"\x09\x10\2\0", b"\x09\x10\6\1", False),
        (b"\x09\x10\x0e\1", b"\x09\x10\6\1", True),  # cannot be encoded
        (b"\x09\x10\0\0", None, True),  # narrow range, from a PNG
    ],
)
def test_matrix_coefficients(cicp: bytes, written: bytes | None, noted: bool) -> None:
    notes: list[str] = []
    assert choose_cicp([ramps()], cicp, notes.append) == written
    assert bool(notes) == noted


def test_code_points_between_png_and_avif(poolcli: Poolcli, tmp_path: Path) -> None:
    ramps().save("x.avif", quality=100)
    data = (tmp_path / "x.avif").read_bytes()
    (tmp_path / "x.avif").write_bytes(with_code_points(data, 9, 16, 9))
    assert poolcli("max", "x.avif", "--k", 1, "-o", "y.png", "--json").record["notes"] == []
    assert b"cICP\x09\x10\x00\x01" in (tmp_path / "y.png").read_bytes()
    assert poolcli("max", "y.png", "--k", 1, "-o", "z.avif", "--json").record["notes"] == []
    assert code_points((tmp_path / "z.avif").read_bytes()) == [(9, 16, 6)]
    for into in ("jpg", "webp", "tif"):
        ran = poolcli("max", "x.avif", "-o", f"y.{into}", "--json")
        (note,) = ran.record["notes"]
        assert note.endswith("cannot store the colour code points (CICP): dropped")


def test_srgb_gives_no_note(poolcli: Poolcli, tmp_path: Path) -> None:
    ramps().save("x.avif")
    for into in ("avif", "png", "jpg"):
        assert poolcli("max", "x.avif", "-o", f"y.{into}", "--json").record["notes"] == []
    assert b"cICP" not in (tmp_path / "y.png").read_bytes()


@pytest.mark.parametrize("orientation", [1, 6])
def test_only_the_clean_aperture_is_pooled(
    poolcli: Poolcli, tmp_path: Path, orientation: int
) -> None:
    tags = Image.Exif()
    tags[0x0112] = orientation
    ramps().save("x.avif", quality=100, exif=tags)
    content = struct.pack(">IIIIiIiI", 20, 1, 21, 2, -1, 1, 3, 4)  # 20 x 10.5 pixels
    assert clean_aperture(content, (32, 24)) is None
    content = struct.pack(">IIIIiIiI", 20, 1, 20, 2, -2, 1, 3, 1)
    assert clean_aperture(content, (32, 24)) == (4, 10, 24, 20)
    data = with_property((tmp_path / "x.avif").read_bytes(), b"clap", content)
    (tmp_path / "c.avif").write_bytes(data)
    ran = poolcli("max", "c.avif", "--k", 1, "-o", "y.png", "--json")
    assert ran.record["notes"] == []
    with Image.open("x.avif") as image:
        expected = np.asarray(image.convert("RGB"))[10:20, 4:24]
    np.testing.assert_array_equal(
        pixels("y.png"), np.rot90(expected, -1) if orientation == 6 else expected
    )


@pytest.mark.parametrize(
    "numbers",
    [(20, 1, 21, 2, 0, 1, 0, 1), (20, 0, 10, 1, 0, 1, 0, 1), (20, 1, 10, 1, 9, 1, 0, 1)],
)
def test_a_clean_aperture_with_fractions_of_pixels_is_noted(
    poolcli: Poolcli, tmp_path: Path, numbers: tuple[int, ...]
) -> None:
    ramps().save("x.avif")
    data = (tmp_path / "x.avif").read_bytes()
    data = with_property(data, b"clap", struct.pack(">IIIIiIiI", *numbers))
    (tmp_path / "x.avif").write_bytes(data)
    ran = poolcli("max", "x.avif", "-o", "y.png", "--json")
    assert ran.record["notes"] == [
        "the clean aperture has fractions of pixels: the whole image was pooled"
    ]
    assert ran.record["in"]["shape"] == [24, 32, 3]


def item(number: int, kind: bytes) -> bytes:
    """Return the box that describes an item."""
    return box(b"infe", b"\2\0\0\0" + struct.pack(">HH4s", number, 0, kind) + b"\0")


DROPPED = {
    "tmap": ((b"meta", b"iinf"), item(9, b"tmap"), [GAIN_MAP_NOTE]),
    "apple": (
        PROPERTIES,
        box(b"auxC", b"\0\0\0\0urn:com:apple:photo:2020:aux:hdrgainmap\0"),
        [GAIN_MAP_NOTE],
    ),
    "depth": (
        PROPERTIES,
        box(b"auxC", b"\0\0\0\0urn:mpeg:mpegB:cicp:systems:auxiliary:depth\0"),
        ["the depth map was dropped"],
    ),
    "alpha": (
        PROPERTIES,
        box(b"auxC", b"\0\0\0\0urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"),
        [],
    ),
    "further": (
        (b"meta", b"iinf"),
        item(9, b"av01"),
        ["further images in the file were not pooled: 1"],
    ),
}


@pytest.mark.parametrize("case", list(DROPPED))
def test_dropped_items_are_noted(poolcli: Poolcli, tmp_path: Path, case: str) -> None:
    path, content, notes = DROPPED[case]
    ramps().save("x.avif")
    data = bytearray(with_box_content((tmp_path / "x.avif").read_bytes(), path, content))
    if path[-1] == b"iinf":
        data[find(bytes(data), path)[-1] + 13] += 1
    (tmp_path / "x.avif").write_bytes(data)
    ran = poolcli("max", "x.avif", "-o", "y.png", "--json")
    assert (ran.code, ran.record["notes"]) == (0, notes), ran.record["error"]


def test_the_dropped_content_light_level_is_noted(poolcli: Poolcli, tmp_path: Path) -> None:
    ramps().save("x.avif")
    data = with_property((tmp_path / "x.avif").read_bytes(), b"clli", b"\1\xd6\1\7")
    (tmp_path / "x.avif").write_bytes(data)
    ran = poolcli("max", "x.avif", "-o", "y.png", "--json")
    assert ran.record["notes"] == ["the content light level (clli) was dropped"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_image_is_turned_upright_once(poolcli: Poolcli, orientation: int) -> None:
    tags = Image.Exif()
    tags[0x0112] = orientation
    ramps().save("x.avif", quality=100, subsampling="4:4:4", exif=tags)
    assert poolcli("max", "x.avif", "--k", 1, "-o", "y.png").code == 0
    assert poolcli("max", "x.avif", "--k", 1, "-o", "y.avif", "--quality", 100).code == 0
    turned = [lambda a: a, np.fliplr, lambda a: np.rot90(a, 2), np.flipud]
    turned += [lambda a: np.rot90(np.fliplr(a)), lambda a: np.rot90(a, -1)]
    turned += [lambda a: np.rot90(np.fliplr(a), -1), np.rot90]
    expected = turned[orientation - 1](np.asarray(ramps())).astype(int)
    for path in ("y.png", "y.avif"):
        with Image.open(path) as image:
            assert image.getexif().get(0x0112, 1) == 1
        assert np.abs(pixels(path) - expected).max() <= 6


def test_damaged_boxes_are_read_quickly(poolcli: Poolcli, tmp_path: Path) -> None:
    ramps().save("x.avif")
    data = (tmp_path / "x.avif").read_bytes()
    rng = np.random.default_rng(7)
    meta = find(data, (b"mdat",))[0]
    begin = time.monotonic()
    for _ in range(60):
        damaged = bytearray(data)
        for at in rng.integers(32, meta, 3):
            damaged[at] = rng.integers(0, 256)
        (tmp_path / "d.avif").write_bytes(damaged)
        ran = poolcli("max", "d.avif", "-o", "d.png", "--overwrite", "--json")
        assert ran.code in (0, 1)
    assert time.monotonic() - begin < 30
