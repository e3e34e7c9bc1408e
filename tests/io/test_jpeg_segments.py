"""JPEG files: comments, Photoshop's resources, gain maps, and notes on dropped segments."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from poolcli.io.metadata import jpeg_segments, photoshop_resources
from poolcli.io.metadata.jpeg_segments import APP0_MARKER, COMMENT_MARKER, GAIN_MAP_PREFIX, segment
from poolcli.io.metadata.photoshop_resources import resource
from tests.conftest import Poolcli
from tests.io.test_stale_and_extended_xmp import (
    CONTAINER,
    HDRGM,
    directory,
    jpeg,
    packet,
    segments_of,
)

COMMENTS = [b"first comment", b"second \xff comment", b"first comment"]
IPTC = b"\x1c\x02\x00\x00\x02\x00\x02\x1c\x02\x50\x00\x02me"
DIGEST = resource(photoshop_resources.IPTC_DIGEST_ID, hashlib.md5(IPTC).digest())
FLAGS = resource(0x040A, b"\1") + resource(0x040B, b"http://example.org/")
STORED = resource(0x03ED, bytes(16)) + resource(0x040C, b"thumbnail") + resource(0x0419, b"90")


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("into", ["jpg", "png", "gif", "jp2"])
def test_all_comments_are_copied(
    poolcli: Poolcli, tmp_path: Path, into: str, progressive: bool
) -> None:
    Image.linear_gradient("L").save("x.jpg", progressive=progressive)
    data = (tmp_path / "x.jpg").read_bytes()
    segments = b"".join(segment(COMMENT_MARKER, each) for each in COMMENTS)
    (tmp_path / "x.jpg").write_bytes(data[:2] + segments + data[2:])
    ran = poolcli("max", "x.jpg", "-o", f"y.{into}", "--json")
    assert ran.record["notes"] == []
    if into == "jpg":
        assert jpeg_segments.comments(segments_of("y.jpg")) == COMMENTS
        return
    data = (tmp_path / f"y.{into}").read_bytes()
    if into == "png":
        assert data.count(b"tEXtComment\0first comment") == 2
        assert b"tEXtComment\0second \xff comment" in data
        poolcli("max", "y.png", "-o", "z.jpg")
        found = jpeg_segments.comments(segments_of("z.jpg"))
        assert found == [COMMENTS[0], "second \xff comment".encode(), COMMENTS[2]]
    else:
        assert b"\n".join(COMMENTS) in data


def test_an_mpo_stores_one_comment(poolcli: Poolcli, tmp_path: Path) -> None:
    frames = [Image.linear_gradient("L"), Image.linear_gradient("L").rotate(90)]
    frames[0].save("x.tif", save_all=True, append_images=frames[1:])
    jpeg(tmp_path / "x.jpg", *(segment(COMMENT_MARKER, each) for each in COMMENTS))
    ran = poolcli("max", "x.jpg", "-o", "y.mpo", "--json")
    assert ran.record["notes"] == ["a frame of an MPO stores one comment: the others were dropped"]


def photoshop_of(path: str) -> bytes:
    """Return Photoshop's image resources of a JPEG or TIFF."""
    with Image.open(path) as image:
        if image.format == "TIFF":
            found: Any = image.tag_v2[34377]  # type: ignore[attr-defined]
            return bytes(found)
    return jpeg_segments.photoshop_resources(segments_of(path))


@pytest.mark.parametrize("extension", ["jpg", "tif"])
@pytest.mark.parametrize("into", ["jpg", "tif", "png"])
def test_the_copyright_flag_is_copied(
    poolcli: Poolcli, tmp_path: Path, extension: str, into: str
) -> None:
    resources = STORED + resource(photoshop_resources.IPTC_ID, IPTC) + FLAGS + DIGEST
    if extension == "jpg":
        jpeg(tmp_path / "x.jpg", segment(APP0_MARKER + 13, b"Photoshop 3.0\0" + resources))
    else:
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags.tagtype[34377], tags[34377] = 1, resources
        Image.linear_gradient("L").save("x.tif", tiffinfo=tags)
    ran = poolcli("max", f"x.{extension}", "-o", f"y.{into}", "--json")
    if into == "png":
        assert ran.record["notes"] == [
            "PNG cannot store IPTC, Photoshop's copyright flag, URL or caption: dropped"
        ]
        return
    assert ran.record["notes"] == []
    assert photoshop_of(f"y.{into}") == resource(photoshop_resources.IPTC_ID, IPTC) + FLAGS + DIGEST


def test_photoshop_resources_larger_than_a_segment(poolcli: Poolcli, tmp_path: Path) -> None:
    iptc = IPTC * 7000
    resources = resource(0x0BB6, b"path") + resource(photoshop_resources.IPTC_ID, iptc) + FLAGS
    jpeg(tmp_path / "x.jpg", jpeg_segments.photoshop_segments(resources))
    ran = poolcli("max", "x.jpg", "-o", "y.jpg", "--json")
    assert ran.record["notes"] == ["Photoshop's paths were dropped"]
    assert photoshop_of("y.jpg") == resource(photoshop_resources.IPTC_ID, iptc) + FLAGS


def test_iptc_of_another_type_is_noted(poolcli: Poolcli, tmp_path: Path) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags.tagtype[33723], tags[33723] = 7, IPTC.ljust(16, b"\0")
    Image.linear_gradient("L").save("x.tif", tiffinfo=tags)
    data = (tmp_path / "x.tif").read_bytes()
    before, after = struct.pack("<HHI", 33723, 7, 16), struct.pack("<HHI", 33723, 4, 4)
    assert before in data
    (tmp_path / "x.tif").write_bytes(data.replace(before, after))
    ran = poolcli("max", "x.tif", "-o", "y.tif", "--json")
    assert ran.record["notes"] == ["IPTC could not be read and was dropped"]


@pytest.mark.parametrize("cut", [1, 5, 11, 13, 20, 30])
def test_an_image_with_damaged_photoshop_resources_is_pooled(
    poolcli: Poolcli, tmp_path: Path, cut: int
) -> None:
    resources = (FLAGS + FLAGS)[:-cut]
    jpeg(tmp_path / "x.jpg", segment(APP0_MARKER + 13, b"Photoshop 3.0\0" + resources))
    assert poolcli("max", "x.jpg", "-o", "y.jpg").code == 0
    assert photoshop_of("y.jpg") == FLAGS


DROPPED = {
    "gain map": (
        segment(APP0_MARKER + 2, GAIN_MAP_PREFIX + bytes(4)),
        "the gain map was dropped",
    ),
    "credentials": (
        segment(APP0_MARKER + 11, b"JP\0\1\0\0\0\1" + bytes(20)),
        "Content Credentials (C2PA) were dropped",
    ),
    "unknown": (
        segment(APP0_MARKER + 12, b"PictureInfo") + segment(APP0_MARKER + 3, b"Meta\0\0II"),
        "segments of unknown kinds were dropped: APP3, APP12",
    ),
}


@pytest.mark.parametrize("case", list(DROPPED))
def test_dropped_segments_are_noted(poolcli: Poolcli, tmp_path: Path, case: str) -> None:
    content, note = DROPPED[case]
    jpeg(tmp_path / "x.jpg", content)
    assert poolcli("max", "x.jpg", "-o", "y.jpg", "--json").record["notes"] == [note]


AUXILIARY = {
    "adobe": packet(f'{HDRGM} hdrgm:Version="1.0" hdrgm:GainMapMax="1"'),
    "apple": packet(
        'xmlns:apdi="http://ns.apple.com/pixeldatainfo/1.0/" '
        'apdi:AuxiliaryImageType="urn:com:apple:photo:2020:aux:hdrgainmap"'
    ),
    "iso": b"",
    "depth": packet(
        'xmlns:apdi="http://ns.apple.com/pixeldatainfo/1.0/" '
        'apdi:AuxiliaryImageType="kCGImageAuxiliaryDataTypeDisparity"'
    ),
}


def ultra_hdr(path: Path, kind: str, packet_of_first: bytes, *between: Image.Image) -> None:
    """Write an MPO whose last frame is a gain map or another auxiliary image."""
    first, last = Image.linear_gradient("L").convert("RGB"), Image.new("L", (9, 9), 5)
    first.encoderinfo = {"xmp": packet_of_first}
    last.encoderinfo = {"xmp": AUXILIARY[kind]} if AUXILIARY[kind] else {}
    if kind == "iso":
        content = GAIN_MAP_PREFIX + bytes(60)
        last.encoderinfo = {"extra": segment(APP0_MARKER + 2, content)}
    for frame in between:
        frame.encoderinfo = {}
    first.save(path, "MPO", save_all=True, append_images=[*between, last])


@pytest.mark.parametrize("kind", list(AUXILIARY))
@pytest.mark.parametrize("into", ["jpg", "png"])
def test_gain_maps_are_not_pooled_as_frames(
    poolcli: Poolcli, tmp_path: Path, kind: str, into: str
) -> None:
    packet_of_first = {
        "adobe": packet(f"{HDRGM} {CONTAINER}", f"<hdrgm:Version>1</hdrgm:Version>{directory()}"),
        "apple": packet(
            'xmlns:HDRGainMap="http://ns.apple.com/HDRGainMap/1.0/" HDRGainMap:Version="1"'
        ),
        "iso": packet('xmlns:c="urn:c" c:d="e"'),
        "depth": packet(),
    }[kind]
    ultra_hdr(tmp_path / "x.jpg", kind, packet_of_first)
    name = "an auxiliary image (depth map or matte)" if kind == "depth" else "the gain map"
    ran = poolcli("max", "x.jpg", "--k", 1, "-o", f"y.{into}", "--json")
    assert ran.record["notes"] == [f"{name} was dropped"]
    assert ran.record["frames"] == 1
    with Image.open(f"y.{into}") as image:
        assert image.format == {"jpg": "JPEG", "png": "PNG"}[into]
        if into == "png":
            with Image.open("x.jpg") as before:
                np.testing.assert_array_equal(np.asarray(image), np.asarray(before))
    data = (tmp_path / f"y.{into}").read_bytes()
    assert b"rdf:Description" in data
    for word in (b"hdrgm", b"HDRGainMap", b"Container", b"MPF\0", GAIN_MAP_PREFIX):
        assert word not in data


def test_an_ultra_hdr_image_stays_a_jpeg(poolcli: Poolcli, tmp_path: Path) -> None:
    ultra_hdr(tmp_path / "x.jpg", "iso", packet())
    ran = poolcli("max", "x.jpg", "--json")
    assert ran.record["output"] == "x.max-k2-s2.jpg"
    assert poolcli("info", "x.jpg", "--json").record["format"] == "JPEG"


def test_other_frames_of_an_mpo_are_pooled(poolcli: Poolcli, tmp_path: Path) -> None:
    second = Image.new("RGB", (32, 16), "red")
    ultra_hdr(tmp_path / "x.mpo", "adobe", packet(), second)
    ran = poolcli("max", "x.mpo", "-o", "y.mpo", "--json")
    assert (ran.record["frames"], ran.record["notes"]) == (2, ["the gain map was dropped"])
    with Image.open("y.mpo") as image:
        assert image.n_frames == 2  # type: ignore[attr-defined]
        image.seek(1)
        assert image.size == (16, 8)
