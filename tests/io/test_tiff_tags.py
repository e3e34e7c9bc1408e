"""TIFF tags that crash libtiff or would be wrong in the output."""

from __future__ import annotations

import struct
from pathlib import Path

from PIL import Image

from tests.conftest import Poolcli, Shell
from tests.io.tiff.tiff_bytes import grey_page, make_tiff, tag

DOCUMENT_NAME, PAGE_NUMBER, SUBFILE_TYPE, SUB_IFDS = 269, 297, 254, 330
BYTE, ASCII, SHORT, UNDEFINED, SIGNED_LONG, FLOAT = 1, 2, 3, 7, 9, 11
ENTRY = "<HHI"
PACK_BITS = 32773


def test_a_number_in_a_text_tag_is_dropped(shell: Shell, tmp_path: Path) -> None:
    """libtiff uses the number as an address, and the process crashes."""
    name = tmp_path / "x.tif"
    Image.new("L", (8, 8)).save(name, compression="tiff_lzw", tiffinfo={DOCUMENT_NAME: "abc"})
    text = struct.pack(ENTRY, DOCUMENT_NAME, ASCII, 4)
    assert text in name.read_bytes()
    number = struct.pack(ENTRY, DOCUMENT_NAME, SHORT, 1)
    name.write_bytes(name.read_bytes().replace(text, number))
    done = shell("poolcli max x.tif --k 2 -o y.tif")
    assert done.returncode == 0, done.stderr
    assert b"some tags cannot be written" in done.stdout


def test_page_number_is_not_copied(poolcli: Poolcli) -> None:
    """Pillow passes its two numbers to libtiff as one address, which is then written."""
    Image.new("L", (8, 8)).save("x.tif", compression="raw", tiffinfo={PAGE_NUMBER: (0, 1)})
    Image.open("x.tif").save("packed.tif", compression="tiff_lzw", tiffinfo={PAGE_NUMBER: 7})
    for source in ("x.tif", "packed.tif"):
        assert poolcli("max", source, "-o", "y.tif", "--overwrite").code == 0
        with Image.open("y.tif") as image:
            assert PAGE_NUMBER not in image.tag_v2


ODD_TAGS = {
    "two numbers in one argument": [tag(PAGE_NUMBER, 0, 1)],
    "text as a resolution": [(282, ASCII, 8, b"12345678"), (283, BYTE, 8, b"12345678")],
    "bytes as a position": [(286, UNDEFINED, 4, b"1234")],
    "negative numbers": [(344, SIGNED_LONG, 1, struct.pack("<i", -7))],
    "integers as rationals": [(433, SIGNED_LONG, 2, struct.pack("<ii", -7, 8))],
    "floats as integers": [(559, FLOAT, 2, struct.pack("<ff", 0.5, 0.25))],
}
"""Tags that Pillow reads and libtiff writes with other values."""


def test_tags_that_would_get_other_values_are_dropped(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    page = dict.fromkeys(each for each in grey_page() if each[0] not in (259, 279))
    pixels = b"\x0b" + bytes(range(12))  # twelve bytes that are not packed
    for kind, odd_tags in ODD_TAGS.items():
        tags = sorted([*page, tag(259, PACK_BITS), tag(279, 13), *odd_tags])
        (tmp_path / "in" / f"{kind}.tif").write_bytes(make_tiff([tags], pixels))
    for folder in ("first", "second"):  # addresses differ from process to process
        done = shell(f"poolcli max in --k 2 -j 1 -o {folder}/")
        assert done.returncode == 0, done.stderr
    for kind, odd_tags in ODD_TAGS.items():
        first, second = (tmp_path / folder / f"{kind}.tif" for folder in ("first", "second"))
        assert first.read_bytes() == second.read_bytes(), kind
        with Image.open(first) as image:
            assert image.info["compression"] == "packbits", kind
            assert not {code for code, *_ in odd_tags} & set(image.tag_v2), kind
            assert [image.getpixel((x, 0)) for x in (0, 1)] == [5, 7], kind


def test_a_reduced_preview_is_noted(poolcli: Poolcli) -> None:
    """DNG and NEF files store the full image in a subdirectory of a preview."""
    tags = {SUBFILE_TYPE: 1, SUB_IFDS: 8}
    Image.new("RGB", (8, 8)).save("x.dng", format="TIFF", tiffinfo=tags)
    assert "a reduced preview" in poolcli("max", "x.dng", "--json").record["notes"][0]
    pages = [Image.new("L", (8, 8)), Image.new("L", (4, 4))]
    pages[1].encoderinfo = {"tiffinfo": tags}
    pages[0].save("x.tif", save_all=True, append_images=pages[1:])
    assert not any("preview" in note for note in poolcli("max", "x.tif", "--json").record["notes"])
