"""XMP: properties that pooling makes false are removed; extended packets are kept or merged."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from poolcli.io.metadata import jpeg_segments, stale_and_extended_xmp
from poolcli.io.metadata.stale_and_extended_xmp import remove_stale_properties
from poolcli.io.metadata.xmp_removal import is_well_formed
from poolcli.io.pillow_private import jpeg_application_segments
from tests.conftest import Poolcli

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'


def packet(properties: str = "", elements: str = "", wrapped: bool = True) -> bytes:
    """Return a packet with attributes and elements in one description."""
    inner = f'<rdf:Description rdf:about="" {properties}>{elements}</rdf:Description>'
    made = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {RDF}>{inner}</rdf:RDF></x:xmpmeta>'
    if wrapped:
        made = f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>{made}{" " * 99}'
        made += '<?xpacket end="w"?>'
    return made.encode()


def jpeg(path: Path, *segments: bytes) -> None:
    """Write a JPEG with more segments at its beginning."""
    Image.linear_gradient("L").resize((16, 12)).save(path)
    data = path.read_bytes()
    path.write_bytes(data[:2] + b"".join(segments) + data[2:])


def segments_of(path: str) -> jpeg_segments.Segments:
    with Image.open(path) as image:
        return jpeg_application_segments(image)


HDRGM = 'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/"'
CONTAINER = (
    'xmlns:Container="http://ns.google.com/photos/1.0/container/" '
    'xmlns:Item="http://ns.google.com/photos/1.0/container/item/"'
)
CAMERA = 'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/"'


def directory(*semantics: str) -> str:
    items = "".join(
        '<rdf:li rdf:parseType="Resource"><Container:Item '
        f'Item:Semantic="{semantic}" Item:Mime="image/jpeg" Item:Length="9"/></rdf:li>'
        for semantic in ("Primary", *semantics)
    )
    return f"<Container:Directory><rdf:Seq>{items}</rdf:Seq></Container:Directory>"


STALE_PACKETS = [
    (f'{HDRGM} hdrgm:Version="1.0"', "", ["the gain map was dropped"]),
    (f"{HDRGM} hdrgm:Version='1.0'", "", ["the gain map was dropped"]),
    (HDRGM, "<hdrgm:Version>1.0</hdrgm:Version>", ["the gain map was dropped"]),
    (
        HDRGM.replace("hdrgm", "other"),
        "<other:GainMapMax><rdf:Seq><rdf:li>1 &gt; 0</rdf:li></rdf:Seq></other:GainMapMax>",
        ["the gain map was dropped"],
    ),
    (CONTAINER, directory("GainMap"), ["the gain map was dropped"]),
    (
        f'{CONTAINER} {CAMERA} GCamera:MotionPhoto="1" GCamera:MotionPhotoVersion="1"',
        directory("MotionPhoto"),
        ["the video of the motion photo was dropped"],
    ),
    (f'{CAMERA} GCamera:MicroVideo="0"', "", []),
    (CONTAINER, directory("Original"), ["the part Original of the file was dropped"]),
    (
        'xmlns:HDRGainMap="http://ns.apple.com/HDRGainMap/1.0/" HDRGainMap:HDRGainMapVersion="1"',
        "",
        ["the gain map was dropped"],
    ),
    (
        'xmlns:t="http://purl.org/dc/terms/" t:provenance="self#jumbf=c2pa/urn:uuid:1"',
        "",
        ["Content Credentials (C2PA) were dropped"],
    ),
    (
        'xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:PixelXDimension="9"',
        "<exif:PixelYDimension>9</exif:PixelYDimension>",
        [],
    ),
    ('xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:ImageWidth = "9"', "", []),
    (
        'xmlns:GPano="http://ns.google.com/photos/1.0/panorama/"',
        "<GPano:FullPanoWidthPixels>9</GPano:FullPanoWidthPixels>",
        [],
    ),
]


@pytest.mark.parametrize(("properties", "elements", "notes"), STALE_PACKETS)
def test_properties_that_become_false_are_removed(
    properties: str, elements: str, notes: list[str]
) -> None:
    kept = "xmlns:dc='http://purl.org/dc/elements/1.1/' dc:source=\"a &gt; 'b'\""
    text = '<dc:title> hdrgm:Version="1" </dc:title>'
    notes_made: list[str] = []
    made = remove_stale_properties(
        packet(f"{properties} {kept}", elements + text), notes_made.append
    )
    assert notes_made == notes
    assert made is not None
    assert kept.encode() in made
    assert text.encode() in made
    rest = made.replace(text.encode(), b"")
    for word in (b"hdrgm", b"GainMap", b"Container", b"Item", b"Motion", b"Micro", b"provenance"):
        assert word not in rest
    assert b"Pixel" not in rest
    assert b"ImageWidth" not in rest
    assert is_well_formed(made)


def test_an_unreadable_packet_that_announces_a_gain_map_is_dropped() -> None:
    notes_made: list[str] = []
    broken = packet(f'{HDRGM} hdrgm:Version="1.0"')[:-90]
    assert remove_stale_properties(broken + b"<", notes_made.append) is None
    assert notes_made == ["XMP could not be read and was dropped"]
    bomb = b'<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]>' + packet(HDRGM, wrapped=False)
    assert remove_stale_properties(bomb, notes_made.append) is None
    harmless = b"not XML, but with the word PixelXDimension"
    assert remove_stale_properties(harmless, notes_made.append) == harmless


@pytest.mark.parametrize("unit", [b" ", b"a", b'<"', b"<'\"", b" a=", b"<a ", b"<!--", b"a:"])
def test_parsing_takes_linear_time(unit: bytes) -> None:
    long = unit * (1 << 20)
    begin = time.monotonic()
    remove_stale_properties(packet(HDRGM, wrapped=False) + long, lambda note: None)
    remove_stale_properties(packet(f"{HDRGM} {unit.decode()}") + long, lambda note: None)
    remove_stale_properties(packet(f"{HDRGM}{' ' * (1 << 18)}"), lambda note: None)
    stale_and_extended_xmp.announced_guid(long)
    stale_and_extended_xmp.remove_announcement(long)
    stale_and_extended_xmp.merge_packets(packet(), long, "", print)
    assert time.monotonic() - begin < 5


EXTENSION = packet('xmlns:a="urn:a" a:b="' + "x" * 100_000 + '"', wrapped=False)


def announcing(extended: bytes, name: str | None = None) -> bytes:
    name = stale_and_extended_xmp.guid_of(extended) if name is None else name
    note = 'xmlns:xmpNote="http://ns.adobe.com/xmp/note/"'
    return packet(f'{note} xmpNote:HasExtendedXMP="{name}" xmlns:c="urn:c" c:d="e"')


@pytest.mark.parametrize("kind", ["xmp", "opaque"])
def test_extended_xmp_is_copied_to_a_jpeg(poolcli: Poolcli, tmp_path: Path, kind: str) -> None:
    extended = EXTENSION if kind == "xmp" else b"x" * 1000
    main = announcing(extended, None if kind == "xmp" else "0123456789ABCDEF" * 2)
    jpeg(tmp_path / "x.jpg", jpeg_segments.xmp_segments(main, extended))
    ran = poolcli("max", "x.jpg", "-o", "y.jpg", "--json")
    assert ran.record["notes"] == []
    notes: list[str] = []
    assert jpeg_segments.read_xmp(segments_of("y.jpg"), notes.append) == (main, extended)
    assert notes == []


@pytest.mark.parametrize("into", ["png", "webp", "tif", "avif", "jp2"])
def test_extended_xmp_is_merged_for_other_formats(
    poolcli: Poolcli, tmp_path: Path, into: str
) -> None:
    jpeg(tmp_path / "x.jpg", jpeg_segments.xmp_segments(announcing(EXTENSION), EXTENSION))
    ran = poolcli("max", "x.jpg", "-o", f"y.{into}", "--json")
    assert ran.record["notes"] == []
    data = (tmp_path / f"y.{into}").read_bytes()
    assert b"x" * 100_000 in data
    assert b'c:d="e"' in data
    assert b"HasExtendedXMP" not in data
    # XMP that is too large for one segment becomes an extended packet again.
    assert poolcli("max", f"y.{into}", "-o", "z.jpg", "--json").record["notes"] == []
    main, extended = jpeg_segments.read_xmp(segments_of("z.jpg"), print)
    assert main is not None
    assert extended is not None
    assert stale_and_extended_xmp.announced_guid(main) == stale_and_extended_xmp.guid_of(extended)
    assert b"x" * 100_000 in extended
    assert b'c:d="e"' in extended


def test_extended_xmp_that_cannot_be_merged_is_noted(poolcli: Poolcli, tmp_path: Path) -> None:
    extended = b"x" * 1000
    jpeg(tmp_path / "x.jpg", jpeg_segments.xmp_segments(announcing(extended), extended))
    ran = poolcli("max", "x.jpg", "-o", "y.png", "--json")
    assert ran.record["notes"] == ["extended XMP cannot be merged and was dropped"]
    data = (tmp_path / "y.png").read_bytes()
    assert b'c:d="e"' in data
    assert b"HasExtendedXMP" not in data


@pytest.mark.parametrize("damage", ["missing part", "other name", "not announced"])
def test_incomplete_extended_xmp_is_noted(poolcli: Poolcli, tmp_path: Path, damage: str) -> None:
    main = packet() if damage == "not announced" else announcing(EXTENSION)
    segments = jpeg_segments.xmp_segments(announcing(EXTENSION), EXTENSION)
    segments = segments[len(jpeg_segments.xmp_segments(announcing(EXTENSION), None)) :]
    if damage == "missing part":
        segments = segments[65_400 + 79 :]
    elif damage == "other name":
        segments = segments.replace(stale_and_extended_xmp.guid_of(EXTENSION).encode(), b"0" * 32)
    jpeg(tmp_path / "x.jpg", jpeg_segments.xmp_segments(main, None), segments)
    ran = poolcli("max", "x.jpg", "-o", "y.jpg", "--json")
    assert ran.record["notes"] == ["extended XMP is incomplete and was dropped"]
    data = (tmp_path / "y.jpg").read_bytes()
    assert b"HasExtendedXMP" not in data
    assert b"xmp/extension" not in data
    assert b"rdf:Description" in data


def test_stale_properties_of_extended_xmp_are_removed(poolcli: Poolcli, tmp_path: Path) -> None:
    extended = packet(f'{HDRGM} hdrgm:Version="1.0" xmlns:a="urn:a" a:b="c"', wrapped=False)
    jpeg(tmp_path / "x.jpg", jpeg_segments.xmp_segments(announcing(extended), extended))
    ran = poolcli("max", "x.jpg", "-o", "y.jpg", "--json")
    assert ran.record["notes"] == ["the gain map was dropped"]
    main, extended = jpeg_segments.read_xmp(segments_of("y.jpg"), print)  # type: ignore[assignment]
    assert b"hdrgm" not in extended
    assert b'a:b="c"' in extended
    assert stale_and_extended_xmp.announced_guid(main or b"") == stale_and_extended_xmp.guid_of(
        extended
    )


def test_the_media_type_of_another_format_is_removed(poolcli: Poolcli, tmp_path: Path) -> None:
    content = packet('xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="image/png"')
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt("XML:com.adobe.xmp", content)
    Image.new("L", (4, 4)).save("x.png", pnginfo=chunks)
    for into, stays in (("png", True), ("jpg", False), ("webp", False)):
        poolcli("max", "x.png", "-o", f"y.{into}")
        data = (tmp_path / f"y.{into}").read_bytes()
        assert b"rdf:about" in data
        assert (b"dc:format" in data) == stays
