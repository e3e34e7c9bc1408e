"""TIFF tags that crash libtiff or would be wrong in the output."""

from __future__ import annotations

import struct
from pathlib import Path

from PIL import Image

from tests.conftest import Poolcli, Shell

DOCUMENT_NAME, PAGE_NUMBER, SUBFILE_TYPE, SUB_IFDS = 269, 297, 254, 330
ASCII, SHORT, ENTRY = 2, 3, "<HHI"


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


def test_a_reduced_preview_is_noted(poolcli: Poolcli) -> None:
    """DNG and NEF files store the full image in a subdirectory of a preview."""
    tags = {SUBFILE_TYPE: 1, SUB_IFDS: 8}
    Image.new("RGB", (8, 8)).save("x.dng", format="TIFF", tiffinfo=tags)
    assert "a reduced preview" in poolcli("max", "x.dng", "--json").record["notes"][0]
    pages = [Image.new("L", (8, 8)), Image.new("L", (4, 4))]
    pages[1].encoderinfo = {"tiffinfo": tags}
    pages[0].save("x.tif", save_all=True, append_images=pages[1:])
    assert not any("preview" in note for note in poolcli("max", "x.tif", "--json").record["notes"])
