"""EXIF, XMP and IPTC: what is copied unchanged, and what is dropped."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin, TiffImagePlugin
from PIL.ExifTags import IFD, Base

from poolcli.io.images.encoding.encoder_options import EncoderOptions
from poolcli.io.images.write import OutputFrames, write_image
from poolcli.io.metadata.exif_and_page_tags import ImageTags
from poolcli.io.metadata.image_metadata import ContainerMetadata, ImageMetadata
from poolcli.io.metadata.read_metadata import read_metadata
from tests.conftest import Poolcli
from tests.io.test_metadata import ICC, XMP, check_exif, exif, ramp


def test_types_and_byte_order_of_exif_are_kept(poolcli: Poolcli, tmp_path: Path) -> None:
    main, exif_directory, gps = (
        TiffImagePlugin.ImageFileDirectory_v2(b"MM\0*\0\0\0\x08") for _ in range(3)
    )
    main[Base.Make] = "Maker"
    for directory, tag, value, kind in (
        (exif_directory, Base.MakerNote, b"\x01\x02", 7),
        (exif_directory, Base.UserComment, b"ASCII\0\0\0hello", 7),
        (exif_directory, Base.ExposureBiasValue, TiffImagePlugin.IFDRational(1, 3), 10),
        (gps, 0, b"\2\3\0\0", 1),
        (gps, 27, b"ASCII\0\0\0GPS", 7),
    ):
        directory.tagtype[tag] = kind
        directory[tag] = value
    data = ImageTags(main, {IFD.Exif: exif_directory, IFD.GPSInfo: gps}, b"MM").exif()
    ramp().save("x.jpg", exif=data)
    assert poolcli("max", "x.jpg", "-o", "y.jpg").code == 0
    with Image.open("y.jpg") as image:
        assert image.info["exif"][6:8] == b"MM"
        written = image.info["exif"]
    for tag, kind in ((Base.MakerNote, 7), (Base.UserComment, 7), (Base.ExposureBiasValue, 10)):
        assert int(tag).to_bytes(2, "big") + kind.to_bytes(2, "big") in written
    assert b"\0\0\0\1\0\0\0\4\2\3\0\0" in written
    assert b"\0\x1b\0\7\0\0\0\x0b" in written


def test_tags_of_the_stored_pixels_are_dropped(poolcli: Poolcli) -> None:
    tags = exif()
    stale = {262: 6, 284: 2, 513: 99, 514: 9, 254: 1, 330: 8, 50706: 1, 37724: b"layers"}
    for tag, value in stale.items():
        tags[tag] = value
    exif_directory = tags.get_ifd(IFD.Exif)
    exif_directory |= {0x9102: 2, 0x9214: (3, 4), 0xA214: (5, 6)}
    exif_directory[IFD.Interop] = {1: "R98"}
    ramp().save("x.jpg", exif=tags)
    for into in ("y.jpg", "y.tif"):
        assert poolcli("max", "x.jpg", "-o", into).code == 0
        with Image.open(into) as image:
            found = image.getexif()
            assert not (set(stale) - {262, 284}) & set(found)
            if into == "y.jpg":
                assert not set(stale) & set(found)
            assert not {0x9102, 0x9214, 0xA214} & set(found.get_ifd(IFD.Exif))
            assert found.get_ifd(IFD.Interop)[1] == "R98"
            assert found[Base.Make] == "Maker"
            image.load()


@pytest.mark.parametrize("tag", [33550, 33922, 34264])
def test_each_georeference_tag_is_adapted_in_a_tiff_alone(poolcli: Poolcli, tag: int) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags.tagtype[tag] = 12
    tags[tag] = tuple(float(n) for n in range({33550: 3, 33922: 6}.get(tag, 16)))
    ramp("L").save("x.tif", tiffinfo=tags)
    assert poolcli("max", "x.tif", "-o", "y.tif", "--json").record["notes"] == []
    with Image.open("y.tif") as image:
        assert len(image.tag_v2[tag]) == len(tags[tag])
        assert image.tag_v2[tag] != tags[tag]
    note = "PNG cannot store the scale and position of a GeoTIFF: dropped"
    assert poolcli("max", "x.tif", "-o", "y.png", "--json").record["notes"] == [note]
    with Image.open("y.png") as image:
        assert tag not in image.getexif()


@pytest.mark.parametrize("orientation", range(2, 9))
def test_orientation_in_xmp_is_cleared(poolcli: Poolcli, orientation: int) -> None:
    for form in ('<r tiff:Orientation="%d"/>', "<tiff:Orientation>%d</tiff:Orientation>"):
        ramp().save("x.jpg", xmp=(form % orientation).encode())
        poolcli("max", "x.jpg", "-o", "y.jpg", "--overwrite")
        with Image.open("y.jpg") as image:
            assert image.info["xmp"] == (form % 1).encode()
            assert image.size == ((6, 8) if orientation > 4 else (8, 6))


def test_exif_in_a_png_text_is_not_copied_as_text(poolcli: Poolcli) -> None:
    data = exif(Orientation=6).tobytes()
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Raw profile type exif", f"\nexif\n{len(data):8}\n{data.hex()}\n", zip=True)
    ramp().save("x.png", pnginfo=chunks)
    assert poolcli("max", "x.png", "-o", "y.png").code == 0
    with Image.open("y.png") as image:
        assert image.size == (6, 8)
        assert "Raw profile type exif" not in image.text
        check_exif(image)


def test_a_frame_of_an_mpo_does_not_inherit_from_the_first(
    poolcli: Poolcli, tmp_path: Path
) -> None:
    pages = [ramp(), ramp()]
    pages[0].encoderinfo = {"icc_profile": ICC, "comment": b"first"}
    pages[1].encoderinfo = {"icc_profile": b"", "comment": b""}
    pages[0].save("x.mpo", save_all=True, append_images=pages[1:])
    with Image.open("x.mpo") as image:  # Pillow also keeps metadata of the first frame
        metadata = [read_metadata(image, ContainerMetadata(), print)]
    metadata.append(ImageMetadata())
    frames = [ramp(), ramp()]
    with (tmp_path / "y.mpo").open("w+b") as file:
        write_image(file, OutputFrames(frames, metadata), "MPO", EncoderOptions())
    data = (tmp_path / "y.mpo").read_bytes()
    assert data.count(b"ICC_PROFILE\0") == 1
    assert data.count(b"first") == 1


def test_iptc_is_copied(poolcli: Poolcli) -> None:
    iptc = b"\x1c\x02\x78\0\x05hello"
    resource = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + len(iptc).to_bytes(4, "big") + iptc
    ramp().save("x.jpg", extra=b"\xff\xed" + (2 + len(resource)).to_bytes(2, "big") + resource)
    for source, into in (("x.jpg", "y.jpg"), ("y.jpg", "y.tif"), ("y.tif", "z.jpg")):
        ran = poolcli("max", source, "--k", 1, "-o", into, "--json")
        assert ran.record["notes"] == []
        with Image.open(into) as image:
            tiff = into.endswith("tif")
            found = image.tag_v2[33723] if tiff else image.info["photoshop"][0x0404]
            assert found == iptc
    ran = poolcli("max", "x.jpg", "-o", "y.png", "--json")
    assert ran.record["notes"] == ["PNG cannot store IPTC: dropped"]


def test_colour_chunks_of_png_are_copied(poolcli: Poolcli, tmp_path: Path) -> None:
    chunks = PngImagePlugin.PngInfo()
    chunks.add(b"cICP", b"\x09\x10\0\x01")
    chunks.add(b"sRGB", b"\2")
    chunks.add(b"cHRM", b"".join((1000 * n).to_bytes(4, "big") for n in range(1, 9)))
    ramp().save("x.png", pnginfo=chunks)
    assert poolcli("max", "x.png", "-o", "y.png").code == 0
    data = (tmp_path / "y.png").read_bytes()
    for chunk in (b"cICP\x09\x10\0\x01", b"sRGB\2", b"cHRM\0\0\x03\xe8\0\0\x07\xd0"):
        assert chunk in data


def test_comments_in_utf_8_and_latin_1(poolcli: Poolcli) -> None:
    for comment, text in ((b"caf\xe9", "caf\xe9"), ("caf\xe9".encode(), "caf\xe9")):
        ramp().save("x.jpg", comment=comment)
        poolcli("max", "x.jpg", "-o", "y.png", "--overwrite")
        with Image.open("y.png") as image:
            assert image.text["Comment"] == text


def test_no_resolution_is_invented(poolcli: Poolcli) -> None:
    ramp().save("x.tif")
    for into in ("y.tif", "y.png", "y.jpg"):
        poolcli("max", "x.tif", "-o", into)
        with Image.open(into) as image:
            assert "dpi" not in image.info or into == "y.tif"
            assert into != "y.tif" or 282 not in image.tag_v2


def test_tags_that_libtiff_rejects_are_dropped(poolcli: Poolcli, tmp_path: Path) -> None:
    ramp().save("x.tif", software="ab", tiffinfo={271: "Maker"}, compression="tiff_lzw")
    data = bytearray((tmp_path / "x.tif").read_bytes())
    at = data.index(b"\x31\x01\2\0")
    data[at + 2 : at + 8] = b"\3\0\1\0\0\0"  # Software, as a number
    (tmp_path / "x.tif").write_bytes(data)
    ran = poolcli("max", "x.tif", "-o", "y.tif", "--json")
    assert ran.code == 0, ran.err
    assert ran.record["notes"] == ["some tags cannot be written and were dropped"]
    with Image.open("y.tif") as image:
        assert image.tag_v2[271] == "Maker"


def test_metadata_that_a_format_cannot_store_is_noted(poolcli: Poolcli) -> None:
    ramp().save("x.jpg", exif=exif(), icc_profile=ICC, xmp=XMP, comment=b"c")
    ran = poolcli("max", "x.jpg", "-o", "y.bmp", "--json")
    words = "EXIF, the ICC profile, XMP, the comment"
    assert ran.record["notes"] == [f"BMP cannot store {words}: dropped"]


def test_a_comment_larger_than_a_jpeg_segment_is_dropped(poolcli: Poolcli) -> None:
    largest = 65_533
    for size in (largest, largest + 1):
        chunks = PngImagePlugin.PngInfo()
        chunks.add_text("Comment", "a" * size)
        ramp().save("x.png", pnginfo=chunks)
        ran = poolcli("max", "x.png", "-o", "y.jpg", "--overwrite", "--json")
        assert ran.code == 0
        is_noted = any("larger than JPEG can store" in note for note in ran.record["notes"])
        assert is_noted == (size > largest)


@pytest.mark.parametrize("name", ["exif_and_page_tags", "image_block_reader"])
def test_missing_memory_is_not_taken_for_damaged_exif(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def fail(_: object) -> None:
        raise MemoryError

    package = "images" if name == "image_block_reader" else "metadata"
    monkeypatch.setattr(f"poolcli.io.{package}.{name}.exif_of_frame", fail)
    Image.new("RGB", (4, 4)).save("a.jpg")
    result = poolcli("max", "a.jpg", "--json")
    assert result.record["error"]["type"] == "MemoryError"
