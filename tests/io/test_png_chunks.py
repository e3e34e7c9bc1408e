"""PNG files: text chunks are copied, even with repeated keywords; dropped chunks are noted."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from poolcli.io.metadata import png_chunks
from tests.conftest import Poolcli


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


TEXTS = [
    (b"tEXt", b"Author\0Ren\xe9"),
    (b"zTXt", b"Author\0\0" + zlib.compress(b"somebody else")),
    (b"iTXt", b"Author\0\0\0fr\0Auteur\0" + "René".encode()),
    (b"iTXt", b"Title\0\1\0de\0Titel\0" + zlib.compress("Über".encode())),
    (b"tEXt", b"Comment\0one"),
    (b"tEXt", b"Comment\0two"),
    (b"tEXt", b"Author\0Ren\xe9"),
]


def with_chunks(path: Path, before: bytes = b"", after: bytes = b"") -> None:
    """Put chunks before the pixels and at the end of a PNG."""
    data = path.read_bytes()
    end = len(data) - 12
    path.write_bytes(data[:33] + before + data[33:end] + after + data[end:])


def texts_of(path: Path) -> list[png_chunks.TextChunk]:
    with path.open("rb") as file:
        return png_chunks.read_chunks(file, print).texts


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("position", ["before", "after", "both"])
def test_text_chunks_are_copied_unchanged(
    poolcli: Poolcli, tmp_path: Path, frames: int, position: str
) -> None:
    images = [Image.linear_gradient("L").rotate(90 * number) for number in range(frames)]
    images[0].save("x.png", save_all=frames > 1, append_images=images[1:])
    made = [chunk(*text) for text in TEXTS]
    cut = {"before": len(made), "after": 0, "both": 3}[position]
    with_chunks(tmp_path / "x.png", b"".join(made[:cut]), b"".join(made[cut:]))
    ran = poolcli("max", "x.png", "-o", "y.png", "--json")
    assert (ran.record["frames"], ran.record["notes"]) == (frames, [])
    assert texts_of(tmp_path / "y.png") == TEXTS
    with Image.open("y.png") as image:
        image.load()


def test_text_chunks_with_exif_are_not_copied(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.linear_gradient("L").save("x.png")
    profile = b"\nexif\n      14\n" + b"Exif\0\0II*\0\x08\0\0\0".hex().encode()
    texts = [(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(profile)), TEXTS[0]]
    with_chunks(tmp_path / "x.png", b"".join(chunk(*text) for text in texts))
    assert poolcli("max", "x.png", "-o", "y.png").code == 0
    assert texts_of(tmp_path / "y.png") == [TEXTS[0]]


@pytest.mark.parametrize("name", [b"xmp", b"APP1"])
@pytest.mark.parametrize("at_end", [False, True])
def test_xmp_in_hexadecimal_digits_is_read(
    poolcli: Poolcli, tmp_path: Path, name: bytes, at_end: bool
) -> None:
    Image.linear_gradient("L").save("x.png")
    packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    stored = packet if name == b"xmp" else b"http://ns.adobe.com/xap/1.0/\0" + packet
    profile = b"\n%s\n%8d\n%s\n" % (name, len(stored), stored.hex().encode())
    made = chunk(b"zTXt", b"Raw profile type " + name + b"\0\0" + zlib.compress(profile))
    with_chunks(tmp_path / "x.png", *((b"", made) if at_end else (made, b"")))
    assert poolcli("max", "x.png", "-o", "y.png").code == 0
    with Image.open("y.png") as image:
        assert b"adobe:ns:meta" in image.info["xmp"]


DROPPED = {
    b"caBX": "Content Credentials (C2PA) were dropped",
    b"cLLI": "the content light level (cLLI) was dropped",
    b"sCAL": "the physical scale (sCAL) was dropped",
    b"teST": "chunks of unknown kinds were dropped: teST",
    b"oFFs": None,  # describes the stored pixels
    b"tIME": None,
}


@pytest.mark.parametrize("kind", list(DROPPED))
@pytest.mark.parametrize("at_end", [False, True])
def test_dropped_chunks_are_noted(
    poolcli: Poolcli, tmp_path: Path, kind: bytes, at_end: bool
) -> None:
    Image.linear_gradient("L").save("x.png")
    made = chunk(kind, bytes(9) if kind != b"tIME" else bytes(7))
    with_chunks(tmp_path / "x.png", *((b"", made) if at_end else (made, b"")))
    ran = poolcli("max", "x.png", "-o", "y.png", "--json")
    assert ran.record["notes"] == ([DROPPED[kind]] if DROPPED[kind] else [])
    assert kind not in (tmp_path / "y.png").read_bytes()
