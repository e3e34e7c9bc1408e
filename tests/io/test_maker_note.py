"""The maker note of EXIF keeps its offset, on which offsets inside it depend."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from PIL import Image

from poolcli.io.metadata.maker_note import find_maker_note
from tests.conftest import Poolcli

MAKE, EXIF, GPS, MAKER_NOTE, OFFSET = 271, 0x8769, 0x8825, 0x927C, 300
NOTE = bytes(range(100, 151))


def camera_exif(order: str) -> bytes:
    """Return EXIF of a camera, with the maker note at byte 300."""
    note = (MAKER_NOTE, 7, len(NOTE), OFFSET)
    exif = struct.pack(f"{order}HHHII", 1, *note) + struct.pack(f"{order}I", 0)
    maker = struct.pack(f"{order}HHI", MAKE, 2, 4) + b"Cam\0"
    pointer = struct.pack(f"{order}HHII", EXIF, 4, 1, 100)
    main = struct.pack(f"{order}H", 2) + maker + pointer + struct.pack(f"{order}I", 0)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    return b"Exif\0\0" + ((head + main).ljust(100, b"\0") + exif).ljust(OFFSET, b"\0") + NOTE


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("extension", ["jpg", "png", "webp"])
def test_a_maker_note_keeps_its_offset(
    poolcli: Poolcli, tmp_path: Path, order: str, extension: str
) -> None:
    Image.new("RGB", (16, 16)).save(tmp_path / "x.jpg", exif=camera_exif(order))
    assert poolcli("max", "x.jpg", "-o", f"y.{extension}").code == 0
    with Image.open(tmp_path / f"y.{extension}") as image:
        exif = image.info["exif"].removeprefix(b"Exif\0\0")
        assert image.getexif()[MAKE] == "Cam"
        assert image.getexif().get_ifd(EXIF)[MAKER_NOTE] == NOTE
    assert find_maker_note(exif) == OFFSET
    assert exif[OFFSET : OFFSET + len(NOTE)] == NOTE


def test_a_truncated_maker_note_is_not_found() -> None:
    assert find_maker_note(camera_exif("<").removeprefix(b"Exif\0\0")[:-1]) is None


def test_a_maker_note_is_moved_if_exif_would_become_too_large(
    poolcli: Poolcli, tmp_path: Path
) -> None:
    name = bytes(7000)  # before the maker note; it would be written after it
    exif = camera_exif("<").removeprefix(b"Exif\0\0")
    offset = 59_000
    entry = struct.pack("<HHII", MAKER_NOTE, 7, len(NOTE), OFFSET)
    exif = exif[:OFFSET].replace(entry, struct.pack("<HHII", MAKER_NOTE, 7, len(NOTE), offset))
    exif = exif.replace(
        struct.pack("<H", 1) + entry[:2],
        struct.pack("<HHHII", 2, 0x9286, 7, len(name), 1000) + entry[:2],
    )
    exif = exif.ljust(1000, b"\0") + name
    exif = exif.ljust(offset, b"\0") + NOTE
    Image.new("RGB", (16, 16)).save(tmp_path / "x.jpg", exif=b"Exif\0\0" + exif)
    ran = poolcli("max", "x.jpg", "-o", "y.jpg", "--json")
    assert ran.record["notes"] == []
    with Image.open(tmp_path / "y.jpg") as image:
        directory = image.getexif().get_ifd(EXIF)
    assert (directory[MAKER_NOTE], directory[0x9286]) == (NOTE, name)


@pytest.mark.parametrize("extension", ["jpg", "png", "webp"])
@pytest.mark.parametrize("order", "<>")
def test_a_truncated_maker_note_is_noted(
    poolcli: Poolcli, tmp_path: Path, order: str, extension: str
) -> None:
    for cut in (1, len(NOTE), 150):
        Image.new("RGB", (16, 16)).save(tmp_path / f"x.{extension}", exif=camera_exif(order)[:-cut])
        ran = poolcli("max", f"x.{extension}", "-o", "y.png", "--overwrite", "--json")
        assert ran.record["notes"] == ["a part of EXIF could not be read and was dropped"]
