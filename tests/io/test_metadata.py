"""Metadata of images: what is copied to the output, what is dropped, and which notes say so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin, TiffImagePlugin
from PIL.ExifTags import IFD, Base

from tests.conftest import Poolcli

ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r tiff:Orientation="6" a="b"/></x:xmpmeta>'
UPRIGHT_XMP = XMP.replace(b'"6"', b'"1"')


def ramp(mode: str = "RGB", size: tuple[int, int] = (16, 12)) -> Image.Image:
    """Return an image whose values increase from pixel to pixel."""
    numbers = np.arange(size[0] * size[1], dtype=np.uint8).reshape(size[1], size[0])
    return Image.fromarray(numbers).convert(mode)


def exif(stored: bool = True, **more: Any) -> Image.Exif:
    """Return EXIF as a camera writes it: tags of the stored pixels, the camera and the place."""
    tags = Image.Exif()
    tags[Base.Make], tags[Base.Model], tags[Base.Software] = "Maker", "Model", "1.0"
    if stored:
        tags[Base.ImageWidth], tags[Base.ImageLength] = 16, 12
        tags[Base.BitsPerSample] = (8, 8, 8)
    exif_directory = tags.get_ifd(IFD.Exif)
    exif_directory[Base.ExposureTime] = TiffImagePlugin.IFDRational(1, 50)
    exif_directory[Base.DateTimeOriginal] = "2020:01:02 03:04:05"
    exif_directory[Base.ExifImageWidth], exif_directory[Base.ExifImageHeight] = 16, 12
    exif_directory[Base.MakerNote] = b"\x01\x02maker"
    tags.get_ifd(IFD.GPSInfo).update({1: "N", 2: (48.0, 8.0, 14.5)})
    tags[IFD.Exif] = tags[IFD.GPSInfo] = 0  # otherwise a TIFF is written without them
    for tag, value in more.items():
        tags[getattr(Base, tag)] = value
    return tags


def check_exif(image: Image.Image) -> None:
    """Check that the tags of `exif` are there, without those that describe the stored pixels."""
    tags = image.getexif()
    assert (tags[Base.Make], tags[Base.Model]) == ("Maker", "Model")
    assert tags.get(Base.Orientation, 1) == 1
    exif_directory = tags.get_ifd(IFD.Exif)
    assert exif_directory[Base.ExposureTime] == pytest.approx(0.02)
    assert exif_directory[Base.DateTimeOriginal] == "2020:01:02 03:04:05"
    assert exif_directory[Base.MakerNote] == b"\x01\x02maker"
    assert not {Base.ExifImageWidth, Base.ExifImageHeight} & set(exif_directory)
    assert tags.get_ifd(IFD.GPSInfo)[2] == (48.0, 8.0, 14.5)
    if image.format != "TIFF":
        assert not {Base.ImageWidth, Base.ImageLength, Base.BitsPerSample} & set(tags)
    else:
        assert (tags[Base.ImageWidth], tags[Base.ImageLength]) == image.size
    assert not tags.get_ifd(IFD.IFD1)


WRITERS: dict[str, Callable[[Path], None]] = {
    "jpg": lambda path: ramp().save(
        path, exif=exif(), icc_profile=ICC, xmp=XMP, dpi=(300, 300), comment=b"hello"
    ),
    "png": lambda path: png(path),
    "webp": lambda path: ramp().save(path, exif=exif(), icc_profile=ICC, xmp=XMP),
    "avif": lambda path: ramp().save(path, exif=exif(), icc_profile=ICC, xmp=XMP),
    "tif": lambda path: tiff(path, "raw"),
    "tiff": lambda path: tiff(path, "tiff_lzw"),
}


def png(path: Path) -> None:
    """Write a PNG with text chunks, XMP, EXIF, ICC profile, gamma and resolution."""
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Title", "a title")
    chunks.add_itxt("Author", "É.", "fr", "Auteur")
    chunks.add_text("Comment", "hello", zip=True)
    chunks.add_itxt("XML:com.adobe.xmp", XMP)
    chunks.add(b"gAMA", (45455).to_bytes(4, "big"))
    ramp().save(path, exif=exif(), icc_profile=ICC, dpi=(300, 300), pnginfo=chunks)


def tiff(path: Path, compression: str) -> None:
    """Write an uncompressed TIFF; Pillow writes no subdirectories into compressed ones."""
    tags = exif()
    tags[700] = XMP
    ramp().save(path, exif=tags, icc_profile=ICC, dpi=(300, 300))
    if compression != "raw":
        with Image.open(path) as image:
            assert image.info["compression"] == "raw"


@pytest.mark.parametrize("extension", list(WRITERS))
@pytest.mark.parametrize("into", ["jpg", "png", "webp", "avif", "tif"])
def test_metadata_is_copied_if_the_format_can_store_it(
    poolcli: Poolcli, tmp_path: Path, extension: str, into: str
) -> None:
    WRITERS[extension](tmp_path / f"x.{extension}")
    ran = poolcli("max", f"x.{extension}", "-o", f"y.{into}", "--json")
    assert ran.code == 0
    not_storable = []
    if extension in ("jpg", "png") and into not in ("jpg", "png"):
        not_storable.append("the comment")
    if extension == "png" and into != "png":
        not_storable.append("texts")
    name = {"jpg": "JPEG", "tif": "TIFF"}.get(into, into.upper())
    note = f"{name} cannot store {', '.join(not_storable)}: dropped"
    assert ran.record["notes"] == ([note] if not_storable else [])
    with Image.open(f"y.{into}") as image:
        image.load()
        assert image.size == (6, 8)  # XMP has an orientation, EXIF has none
        check_exif(image)
        assert image.info["icc_profile"] == ICC
        without = XMP.replace(b'tiff:Orientation="6"', b"")  # Pillow's TIFF reader removes it
        assert image.info["xmp"] == (without if extension.startswith("tif") else UPRIGHT_XMP)
        has_dpi = extension not in ("webp", "avif") and into not in ("webp", "avif")
        if has_dpi:
            assert [round(each) for each in image.info["dpi"]] == [300, 300]
        if extension == "png" and into == "png":
            assert image.text["Title"] == "a title"
            assert image.text["Author"] == "É."
            assert (image.text["Author"].lang, image.text["Author"].tkey) == ("fr", "Auteur")
            assert image.info["gamma"] == 0.45455
        if {extension, into} <= {"jpg", "png"}:
            assert "hello" in (image.info.get("Comment"), image.info.get("comment", b"").decode())


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd"])
def test_subdirectories_of_compressed_tiff_files(
    poolcli: Poolcli, tmp_path: Path, compression: str
) -> None:
    # Pillow writes subdirectories into uncompressed files only, so one is appended here.
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags.tagtype[IFD.Exif], tags[IFD.Exif] = 4, 0
    tags[Base.Make] = "Maker"
    ramp().save("x.tif", compression=compression, tiffinfo=tags)
    data = bytearray((tmp_path / "x.tif").read_bytes())
    at = data.index(bytes([0x69, 0x87, 4, 0, 1, 0, 0, 0]))
    exif_directory = exif().get_ifd(IFD.Exif)
    made = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in exif_directory.items():
        made[tag] = value
    data += bytes(len(data) % 2)
    data[at + 8 : at + 12] = len(data).to_bytes(4, "little")
    (tmp_path / "x.tif").write_bytes(bytes(data) + made.tobytes(len(data)))
    with Image.open("x.tif") as image:
        assert image.getexif().get_ifd(IFD.Exif)[Base.MakerNote] == b"\x01\x02maker"
    assert poolcli("max", "x.tif", "-o", "y.tif").code == 0
    with Image.open("y.tif") as image:
        assert image.info["compression"] == compression
        found = image.getexif().get_ifd(IFD.Exif)
        assert found[Base.MakerNote] == b"\x01\x02maker"
        assert found[Base.ExposureTime] == pytest.approx(0.02)
        image.load()


def test_each_frame_keeps_its_own_metadata(poolcli: Poolcli) -> None:
    pages = []
    for make in ("first", "second"):
        page = ramp()
        page.encoderinfo = {"exif": exif(Make=make).tobytes(), "dpi": (len(make), 9)}
        pages.append(page)
    pages.append(ramp())
    pages[2].encoderinfo = {"exif": b"", "dpi": (3, 3)}
    pages[0].save("x.mpo", save_all=True, append_images=pages[1:], icc_profile=ICC)
    for into in ("y.mpo", "y.tif", "z.tif"):
        source = "y.tif" if into == "z.tif" else "x.mpo"
        assert poolcli("max", source, "-o", into).code == 0
        with Image.open(into) as image:
            assert image.n_frames == 3
            for number, make in enumerate(("first", "second", None)):
                image.seek(number)
                # For an MPO frame without EXIF, Pillow returns that of the frame before.
                has = image.format == "TIFF" or "exif" in image.info
                tags = image.getexif() if has else Image.Exif()
                assert tags.get(Base.Make) == make
                assert image.info["dpi"] == (len(make or "abc"), 9 if make else 3)
                if make:
                    assert tags.get_ifd(IFD.Exif)[Base.MakerNote] == b"\x01\x02maker"
                    assert tags.get_ifd(IFD.GPSInfo)[1] == "N"
                image.load()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "tif"])
def test_orientation_is_applied_then_cleared(
    poolcli: Poolcli, extension: str, orientation: int
) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (8, 6, 3), np.uint8)
    more = {"webp": {"lossless": True}, "jpg": {"quality": 100, "subsampling": 0}}
    Image.fromarray(pixels).save(
        f"x.{extension}",
        exif=exif(extension != "tif", Orientation=orientation),
        **more.get(extension, {}),
    )
    with Image.open(f"x.{extension}") as image:
        image.load()  # Pillow turns a TIFF upright here
        upright = image.copy()
        turns = {
            2: [Image.Transpose.FLIP_LEFT_RIGHT],
            3: [Image.Transpose.ROTATE_180],
            4: [Image.Transpose.FLIP_TOP_BOTTOM],
            5: [Image.Transpose.TRANSPOSE],
            6: [Image.Transpose.ROTATE_270],
            7: [Image.Transpose.TRANSVERSE],
            8: [Image.Transpose.ROTATE_90],
        }
        for turn in turns.get(orientation, []) if extension != "tif" else []:
            upright = upright.transpose(turn)
    ran = poolcli("max", f"x.{extension}", "--k", "2x1", "--s", "2x1", "-o", "y.png", "--json")
    expected = np.asarray(upright)
    assert ran.record["in"]["shape"] == list(expected.shape)
    with Image.open("y.png") as image:
        assert image.getexif().get(Base.Orientation, 1) == 1
        np.testing.assert_array_equal(np.asarray(image), np.maximum(expected[::2], expected[1::2]))
    assert poolcli("max", f"x.{extension}", "-o", f"z.{extension}").code == 0
    with Image.open(f"z.{extension}") as image:
        check_exif(image)
        assert image.size == (upright.width // 2, upright.height // 2)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_images_of_every_mode_are_turned_upright(
    poolcli: Poolcli, mode: str, orientation: int
) -> None:
    numbers = np.random.default_rng(1).integers(0, 256, (5, 7), np.uint8)
    grey = Image.fromarray(numbers)
    image = Image.fromarray(numbers * np.uint16(257)) if mode == "I;16" else grey.convert(mode)
    image.save("x.png", exif=exif(Orientation=orientation))
    turns = [np.fliplr, lambda a: np.rot90(a, 2), np.flipud, np.transpose]
    turns += [lambda a: np.rot90(a, -1), lambda a: np.rot90(a, 2).T, np.rot90]
    expected = turns[orientation - 2](np.asarray(image if mode == "I;16" else image.convert("L")))
    assert poolcli("max", "x.png", "--k", 1, "-o", "y.png").code == 0
    with Image.open("y.png") as result:
        found = result.convert("L") if mode != "I;16" else result
        np.testing.assert_array_equal(np.asarray(found), expected)


def test_geotiff_keeps_nodata_and_position(poolcli: Poolcli) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value, kind in (
        (33550, (30.0, 30.0, 0.0), 12),
        (33922, (0.0, 0.0, 0.0, 5.0, 6.0, 0.0), 12),
        (34735, (1, 1, 0, 1, 1024, 0, 1, 1), 3),
        (42113, "-9999", 2),
    ):
        tags.tagtype[tag] = kind
        tags[tag] = value
    for compression in ("raw", "tiff_lzw"):
        Image.fromarray(np.full((8, 8), -9999, np.float32)).save(
            "x.tif", tiffinfo=tags, compression=compression
        )
        ran = poolcli("max", "x.tif", "-o", "y.tif", "--overwrite", "--json")
        assert ran.record["notes"] == [
            "the file's nodata -9999 was ignored; --ignore none pools it as a value"
        ]
        with Image.open("y.tif") as image:
            assert image.tag_v2[42113].rstrip("\0") == "-9999"
            assert image.tag_v2[34735] == (1, 1, 0, 1, 1024, 0, 1, 1)
            assert image.tag_v2[33550] == (60.0, 60.0, 0.0)
            assert image.tag_v2[33922] == (0.0, 0.0, 0.0, 5.0, 6.0, 0.0)
            assert image.info["compression"] == compression


def test_ome_xml_that_does_not_fit_the_pages_is_dropped(poolcli: Poolcli) -> None:
    ramp("L").save("x.tif", description='<?xml version="1.0"?><OME><Pixels SizeX="16"/></OME>')
    ran = poolcli("max", "x.tif", "-o", "y.tif", "--json")
    assert ran.record["notes"] == ["OME-XML, which does not fit the output's pages, was dropped"]
    with Image.open("y.tif") as image:
        assert 270 not in image.tag_v2


@pytest.mark.parametrize("into", ["jpg", "tif", "png"])
def test_latin_1_text_is_kept(poolcli: Poolcli, tmp_path: Path, into: str) -> None:
    tags = exif(Copyright="(c) Rene")
    tags.get_ifd(IFD.Exif)[Base.CameraOwnerName] = "Rene"
    ramp().save("x.jpg", exif=tags)
    data = (tmp_path / "x.jpg").read_bytes().replace(b"(c) Rene", b"(\xa9) Ren\xe9")
    (tmp_path / "x.jpg").write_bytes(data.replace(b"Rene\0", b"Ren\xe9\0"))
    assert poolcli("max", "x.jpg", "-o", f"y.{into}").code == 0
    with Image.open(f"y.{into}") as image:
        assert image.getexif()[Base.Copyright] == "(\xa9) Ren\xe9"
        assert image.getexif().get_ifd(IFD.Exif)[Base.CameraOwnerName] == "Ren\xe9"


def test_an_image_with_damaged_exif_is_pooled(poolcli: Poolcli) -> None:
    for number, data in enumerate(
        (b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0rubbish", b"Exif\0\0MM")
    ):
        ramp().save(f"{number}.jpg", exif=data)
        assert poolcli("max", f"{number}.jpg").code == 0


def test_exif_that_is_too_large_for_jpeg_is_noted(poolcli: Poolcli) -> None:
    tags = exif()
    tags[Base.ImageDescription] = "x" * 70_000
    ramp().save("x.png", exif=tags)
    ran = poolcli("max", "x.png", "-o", "y.jpg", "--json")
    assert ran.record["notes"] == ["EXIF is larger than JPEG can store and was dropped"]


def test_comments_are_copied(poolcli: Poolcli) -> None:
    ramp("P").save("x.gif", comment=b"of a GIF")
    ramp("L").save("x.jp2", comment=b"of a JPEG 2000")
    for name in ("x.gif", "x.jp2"):
        for into in ("y.jpg", "y.png", name.replace("x", "y")):
            poolcli("max", name, "-o", into, "--overwrite")
            with Image.open(into) as image:
                found = image.info.get("Comment") or image.info["comment"].decode()
                assert found.startswith("of a ")


def test_profile_and_xmp_of_jpeg_2000_are_copied(poolcli: Poolcli) -> None:
    ramp().save("x.jpg", icc_profile=ICC, xmp=XMP)
    assert poolcli("max", "x.jpg", "-o", "x.jp2").code == 0
    with Image.open("x.jp2") as image:
        image.load()
    assert poolcli("max", "x.jp2", "-o", "y.jp2").code == 0
    for into in ("png", "jpg", "tif", "webp"):
        assert poolcli("max", "y.jp2", "--k", 1, "-o", f"z.{into}").code == 0
        with Image.open(f"z.{into}") as image:
            assert image.info["icc_profile"] == ICC
            assert image.info["xmp"] == UPRIGHT_XMP


def test_bmp_keeps_its_resolution(poolcli: Poolcli) -> None:
    ramp().save("x.bmp", dpi=(200, 100))
    poolcli("max", "x.bmp", "-o", "y.bmp")
    with Image.open("y.bmp") as image:
        assert [round(each) for each in image.info["dpi"]] == [200, 100]


@pytest.mark.parametrize(
    ("kind", "content", "note"),
    [
        (b"uuid", b"JpgTiffExif->JP2II*\0", "EXIF was dropped"),
        (b"jumb", b"", "Content Credentials (C2PA) were dropped"),
        (
            b"uuid",
            bytes.fromhex("b14bf8bd083d4b43a5ae8cd7d5a6ce03"),
            "the scale and position of a GeoTIFF were dropped",
        ),
    ],
)
def test_dropped_boxes_of_jpeg_2000_are_noted(
    poolcli: Poolcli, tmp_path: Path, kind: bytes, content: bytes, note: str
) -> None:
    ramp("L").save("x.jp2")
    with (tmp_path / "x.jp2").open("ab") as file:
        file.write((8 + len(content)).to_bytes(4, "big") + kind + content)
    assert poolcli("max", "x.jp2", "-o", "y.png", "--json").record["notes"] == [note]


def test_xmp_of_a_gif_is_noted(poolcli: Poolcli, tmp_path: Path) -> None:
    ramp("L").save("x.gif")
    data = (tmp_path / "x.gif").read_bytes()
    at = data.index(b",\0\0\0\0")
    made = data[:at] + b"\x21\xff\x0bXMP DataXMP\x01x\0" + data[at:]
    (tmp_path / "x.gif").write_bytes(made)
    ran = poolcli("max", "x.gif", "-o", "y.png", "--json")
    assert "XMP of a GIF was dropped" in ran.record["notes"]


def test_a_comment_before_a_later_frame_of_a_gif_is_copied(
    poolcli: Poolcli, tmp_path: Path
) -> None:
    frames = [Image.new("L", (4, 4), shade) for shade in (0, 100, 200)]
    frames[0].save("x.gif", save_all=True, append_images=frames[1:])
    data = (tmp_path / "x.gif").read_bytes()
    parts = data.split(b"!\xf9")  # each frame starts with a graphic control extension
    parts[1] += b"!\xfe\x05later\0"
    (tmp_path / "x.gif").write_bytes(b"!\xf9".join(parts))
    assert poolcli("max", "x.gif", "-o", "y.gif").code == 0
    with Image.open("y.gif") as image:
        assert image.info["comment"] == b"later"


def test_the_dropped_profile_of_a_bmp_is_noted(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save("x.bmp")
    data = (tmp_path / "x.bmp").read_bytes()
    header = bytearray(124)
    header[:40] = (124).to_bytes(4, "little") + data[18:54]
    header[56:60] = b"DEBM"
    start = (14 + 124).to_bytes(4, "little")
    (tmp_path / "x.bmp").write_bytes(data[:10] + start + bytes(header) + data[54:])
    ran = poolcli("max", "x.bmp", "--json")
    assert ran.record["notes"] == ["the ICC profile of a BMP was dropped"]


def test_comments_of_a_pnm_file(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "x.pgm").write_bytes(b"P5\n# Made by\n2 2 # hand\n255\n####")
    assert poolcli("max", "x.pgm", "-o", "y.png").code == 0
    with Image.open("y.png") as image:
        image.load()
        assert image.info["Comment"] == "Made by\nhand"
    ran = poolcli("max", "x.pgm", "--json")
    assert ran.record["notes"] == ["PPM cannot store the comment: dropped"]
