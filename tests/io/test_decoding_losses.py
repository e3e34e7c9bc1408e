"""Losses of decoding are noted, for every format that has them."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from poolcli.io.images.decoding import decoding_losses
from poolcli.io.metadata import jpeg2000_boxes
from poolcli.io.metadata.image_metadata import ContainerMetadata
from tests.conftest import Poolcli


def notes(poolcli: Poolcli, name: str) -> list[str]:
    """Return the notes of the report on pooling a file."""
    ran = poolcli("max", name, "--k", 1, "-o", "out/", "--overwrite", "--json")
    assert ran.code == 0, ran.err
    found: list[str] = ran.record["notes"]
    return found


@pytest.mark.parametrize("icc", [None, b"\xff\x51" * 20_000])
@pytest.mark.parametrize("depth", [8, 12, 16])
def test_depth_of_jpeg_2000(
    poolcli: Poolcli, tmp_path: Path, depth: int, icc: bytes | None
) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "JPEG2000")
    jpeg2000_boxes.write_profile_and_xmp(file, icc, None)
    data = bytearray(file.getvalue())
    at = data.index(b"\xff\x4f\xff\x51") + 42
    data[at : at + 9 : 3] = bytes([depth - 1] * 3)
    assert jpeg2000_boxes.bit_depth(io.BytesIO(data)) == depth
    (tmp_path / "x.jp2").write_bytes(data)
    if depth == 8:
        assert notes(poolcli, "x.jp2") == []


def test_depth_of_avif(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.new("RGB", (16, 16), "red").save("x.avif")
    assert notes(poolcli, "x.avif") == []
    data = (tmp_path / "x.avif").read_bytes()
    eight, ten = b"pixi\0\0\0\0\3\x08\x08\x08", b"pixi\0\0\0\0\3\x0a\x0a\x0a"
    with Image.open("x.avif") as image:
        found = decoding_losses.find_losses(image, io.BytesIO(data.replace(eight, ten)))
    assert found == ["10-bit colour was read as 8-bit"]


@pytest.mark.parametrize("bands", [1, 3])
def test_sgi_of_16_bits(poolcli: Poolcli, bands: int) -> None:
    mode = "L" if bands == 1 else "RGB"
    Image.new(mode, (8, 8)).save("x.sgi", bpc=2)
    what = "grey" if bands == 1 else "colour"
    assert notes(poolcli, "x.sgi") == [f"16-bit {what} was read as 8-bit"]


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        (8, []),
        (16, ["signed 16-bit grey was read as 32-bit, for Pillow has no such mode"]),
        (-32, []),
        (-64, ["64-bit floats were read as 32-bit"]),
    ],
)
def test_fits(poolcli: Poolcli, tmp_path: Path, bits: int, expected: list[str]) -> None:
    cards = ["SIMPLE  =                    T", f"BITPIX  = {bits:20}"]
    cards += ["NAXIS   =                    2", "NAXIS1  =                    4"]
    cards += ["NAXIS2  =                    4", "END"]
    header = "".join(card.ljust(80) for card in cards).ljust(2880).encode()
    (tmp_path / "x.fits").write_bytes(header + bytes(2880))
    found = [note for note in notes(poolcli, "x.fits") if "written as" not in note]
    assert found == expected


def test_16_bits_a_pixel_are_not_16_bits_a_channel(poolcli: Poolcli, tmp_path: Path) -> None:
    head = b"BM" + bytes(8) + (54).to_bytes(4, "little") + (40).to_bytes(4, "little")
    head += (2).to_bytes(4, "little") * 2 + b"\1\0\x10\0" + bytes(24)
    (tmp_path / "x.bmp").write_bytes(head + bytes(8))
    assert notes(poolcli, "x.bmp") == []


def test_the_method_of_icc_profiles_with_tables(poolcli: Poolcli) -> None:
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc, method in (
        (plain, jpeg2000_boxes.RESTRICTED_ICC),
        (b"acspA2B0" + bytes(99), jpeg2000_boxes.ANY_ICC),
    ):
        file = io.BytesIO()
        Image.new("RGB", (8, 8)).save(file, "JPEG2000")
        jpeg2000_boxes.write_profile_and_xmp(file, icc, b"<xmp/>")
        data = file.getvalue()
        at = data.index(b"colr")
        assert data[at + 4 : at + 5] == method
        assert jpeg2000_boxes.read_boxes(file, print) == ContainerMetadata(icc, b"<xmp/>")
        with Image.open(file) as image:
            image.load()


def test_long_boxes() -> None:
    xmp = jpeg2000_boxes.XMP_UUID + b"<xmp/>"
    box = (1).to_bytes(4, "big") + b"uuid" + (16 + len(xmp)).to_bytes(8, "big") + xmp
    data = jpeg2000_boxes.SIGNATURE + b"\r\n\x87\n" + box
    assert jpeg2000_boxes.read_boxes(io.BytesIO(data), print) == ContainerMetadata(xmp=b"<xmp/>")


def test_signs_and_palettes_of_jpeg_2000(poolcli: Poolcli, tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.new("L", (8, 8)).save(file, "JPEG2000")
    data = bytearray(file.getvalue())
    data[data.index(b"\xff\x4f\xff\x51") + 42] |= 0x80
    with Image.open(io.BytesIO(data)) as image:
        found = decoding_losses.find_losses(image, io.BytesIO(data))
    assert found == ["signed values were read as unsigned: 0 became 128"]
    # A palette of 16 bits, which Pillow ignores.
    palette = struct.pack(">IHBB", 14, 1, 1, 15) + b"\0\0"
    box = struct.pack(">I4s", 4 + 4 + len(palette) - 4, b"pclr") + palette[4:]
    data = bytearray(file.getvalue())
    at = data.index(b"jp2h") - 4
    size = int.from_bytes(data[at : at + 4], "big")
    data[at : at + 4] = (size + len(box)).to_bytes(4, "big")
    data[at + size : at + size] = box
    (tmp_path / "x.jp2").write_bytes(data)
    ran = poolcli("max", "x.jp2")
    assert "a JPEG 2000 with a palette of this depth" in ran.err
