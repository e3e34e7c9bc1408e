"""The maker's note of EXIF stays at its place, which offsets in it count on."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from PIL import Image

from poolcli.io.metadata.maker_note import find_maker_note
from tests.conftest import Poolcli

MAKE, EXIF, GPS, MAKER_NOTE, PLACE = 271, 0x8769, 0x8825, 0x927C, 300
NOTE = bytes(range(100, 151))


def made_exif(order: str) -> bytes:
    """EXIF of a camera: the maker's note is at byte 300."""
    note = (MAKER_NOTE, 7, len(NOTE), PLACE)
    exif = struct.pack(f"{order}HHHII", 1, *note) + struct.pack(f"{order}I", 0)
    maker = struct.pack(f"{order}HHI", MAKE, 2, 4) + b"Cam\0"
    pointer = struct.pack(f"{order}HHII", EXIF, 4, 1, 100)
    main = struct.pack(f"{order}H", 2) + maker + pointer + struct.pack(f"{order}I", 0)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    return b"Exif\0\0" + ((head + main).ljust(100, b"\0") + exif).ljust(PLACE, b"\0") + NOTE


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("extension", ["jpg", "png", "webp"])
def test_a_note_stays_at_its_place(
    poolcli: Poolcli, tmp_path: Path, order: str, extension: str
) -> None:
    Image.new("RGB", (16, 16)).save(tmp_path / "x.jpg", exif=made_exif(order))
    assert poolcli("max", "x.jpg", "-o", f"y.{extension}").code == 0
    with Image.open(tmp_path / f"y.{extension}") as image:
        exif = image.info["exif"].removeprefix(b"Exif\0\0")
        assert image.getexif()[MAKE] == "Cam"
        assert image.getexif().get_ifd(EXIF)[MAKER_NOTE] == NOTE
    assert find_maker_note(exif) == PLACE
    assert exif[PLACE : PLACE + len(NOTE)] == NOTE


def test_a_note_beyond_the_end_is_no_note() -> None:
    assert find_maker_note(made_exif("<").removeprefix(b"Exif\0\0")[:-1]) is None


def test_a_note_moves_where_exif_would_become_too_large(poolcli: Poolcli, tmp_path: Path) -> None:
    name = bytes(7000)  # it stands before the note, and would follow it
    exif = made_exif("<").removeprefix(b"Exif\0\0")
    place = 59_000
    entry = struct.pack("<HHII", MAKER_NOTE, 7, len(NOTE), PLACE)
    exif = exif[:PLACE].replace(entry, struct.pack("<HHII", MAKER_NOTE, 7, len(NOTE), place))
    exif = exif.replace(
        struct.pack("<H", 1) + entry[:2],
        struct.pack("<HHHII", 2, 0x9286, 7, len(name), 1000) + entry[:2],
    )
    exif = exif.ljust(1000, b"\0") + name
    exif = exif.ljust(place, b"\0") + NOTE
    Image.new("RGB", (16, 16)).save(tmp_path / "x.jpg", exif=b"Exif\0\0" + exif)
    ran = poolcli("max", "x.jpg", "-o", "y.jpg", "--json")
    assert ran.record["notes"] == []
    with Image.open(tmp_path / "y.jpg") as image:
        directory = image.getexif().get_ifd(EXIF)
    assert (directory[MAKER_NOTE], directory[0x9286]) == (NOTE, name)


@pytest.mark.parametrize("extension", ["jpg", "png", "webp"])
@pytest.mark.parametrize("order", "<>")
def test_a_cut_note_is_not_lost_in_silence(
    poolcli: Poolcli, tmp_path: Path, order: str, extension: str
) -> None:
    for cut in (1, len(NOTE), 150):
        Image.new("RGB", (16, 16)).save(tmp_path / f"x.{extension}", exif=made_exif(order)[:-cut])
        ran = poolcli("max", f"x.{extension}", "-o", "y.png", "--overwrite", "--json")
        assert ran.record["notes"] == ["a part of EXIF could not be read and was dropped"]
