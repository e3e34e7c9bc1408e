"""XMP properties that pooling makes false, or that announce lost parts of a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from xml.parsers import expat

from poolcli.io.metadata.xmp import Names, without

TIFF, EXIF = "http://ns.adobe.com/tiff/1.0/", "http://ns.adobe.com/exif/1.0/"
CONTAINER = "http://ns.google.com/photos/1.0/container/"

STORED: dict[str, Names] = {
    TIFF: (
        "ImageWidth",
        "ImageLength",
        "BitsPerSample",
        "Compression",
        "PhotometricInterpretation",
        "SamplesPerPixel",
        "PlanarConfiguration",
        "YCbCrSubSampling",
        "YCbCrPositioning",
        "NativeDigest",
    ),
    EXIF: (
        "PixelXDimension",
        "PixelYDimension",
        "CompressedBitsPerPixel",
        "SubjectArea",
        "SubjectLocation",
        "NativeDigest",
    ),
    "http://ns.adobe.com/xap/1.0/": ("Thumbnails",),
    "http://www.metadataworkinggroup.com/schemas/regions/": ("AppliedToDimensions",),
    "http://ns.google.com/photos/1.0/panorama/": (
        "CroppedAreaImageHeightPixels",
        "CroppedAreaImageWidthPixels",
        "CroppedAreaLeftPixels",
        "CroppedAreaTopPixels",
        "FullPanoHeightPixels",
        "FullPanoWidthPixels",
        "LargestValidInteriorRectHeight",
        "LargestValidInteriorRectLeft",
        "LargestValidInteriorRectTop",
        "LargestValidInteriorRectWidth",
    ),
}
"""Properties that describe the stored pixels (XMP specification, part 2; regions of the Metadata
Working Group; Google's panoramas)."""

GAIN_MAP, VIDEO, DEPTH = "the gain map", "the video of the motion photo", "the depth map"
CREDENTIALS = "Content Credentials (C2PA)"

ATTACHED: dict[str, tuple[Names, str | None]] = {
    "http://ns.adobe.com/hdr-gain-map/1.0/": (None, GAIN_MAP),
    "http://ns.apple.com/HDRGainMap/1.0/": (None, GAIN_MAP),
    "http://ns.google.com/photos/1.0/camera/": (
        (
            "MotionPhoto",
            "MotionPhotoVersion",
            "MotionPhotoPresentationTimestampUs",
            "MicroVideo",
            "MicroVideoVersion",
            "MicroVideoOffset",
            "MicroVideoPresentationTimestampUs",
        ),
        VIDEO,
    ),
    "http://ns.google.com/photos/dd/1.0/device/": (None, DEPTH),
    CONTAINER: (None, None),
    CONTAINER + "item/": (None, None),
}
"""Properties that announce further parts of the file, and what these are called: Adobe's and
Apple's gain maps, Google's containers with motion photos and dynamic depth."""

PROVENANCE: dict[str, Names] = {"http://purl.org/dc/terms/": ("provenance",)}
MANIFEST = re.compile(rb"""provenance(?:=["']|>)[^"'<]*(?:jumbf|c2pa|cai-manifest)""")
"""The XMP property that refers to Content Credentials (C2PA specification, 11.4)."""

SEMANTICS = {
    b"GainMap": GAIN_MAP,
    b"MotionPhoto": VIDEO,
    b"Depth": DEPTH,
    b"DepthMap": DEPTH,
}
"""Parts of Google's containers by their semantic."""

SEMANTIC = re.compile(rb"""Semantic(?:=["']|>)(\w+)""")

ORIENTATION = re.compile(rb"""(tiff:Orientation(?:=["']|>))[2-8]""")


MOTION = re.compile(rb"""(?:MotionPhoto|MicroVideo)(?:=["']|>)1""")

HINTS = [
    *(uri.encode() for uri in ATTACHED),
    *(name.encode() for names in STORED.values() for name in names or ()),
]
"""One of these stands in a packet from which something is to be taken out."""


def upright(xmp: bytes) -> bytes:
    """A packet with its orientation set to upright."""
    return ORIENTATION.sub(rb"\g<1>1", xmp)


def without_stale(xmp: bytes, say: Callable[[str], None]) -> bytes | None:
    """A packet without properties that pooling makes false; None if it is unreadable.

    Parameters
    ----------
    xmp : bytes
        UTF-8.
    say : callable
        Takes what the person should know: which parts of the file are left behind.

    Examples
    --------
    >>> packet = b'<a xmlns:e="http://ns.adobe.com/exif/1.0/" e:PixelXDimension="9" e:Flash="1"/>'
    >>> without_stale(packet, print)
    b'<a xmlns:e="http://ns.adobe.com/exif/1.0/" e:Flash="1"/>'
    """
    has_manifest = MANIFEST.search(xmp) is not None
    if not has_manifest and not any(hint in xmp for hint in HINTS):
        return xmp
    stale = STORED | {uri: names for uri, (names, _) in ATTACHED.items()}
    stale |= PROVENANCE if has_manifest else {}
    try:
        made, taken = without(xmp, stale)
    except expat.ExpatError:
        if not has_manifest and not any(uri.encode() in xmp for uri in ATTACHED):
            return xmp  # which nobody can read
        say("XMP could not be read and was left behind")
        return None
    for what in dict.fromkeys(_parts(xmp, taken)):
        say(f"{what} was left behind")
    if has_manifest:
        say(f"{CREDENTIALS} were left behind")
    return made


def _parts(xmp: bytes, taken: set[str]) -> Iterator[str]:
    """The parts of the file that properties announced."""
    for uri, (_, what) in ATTACHED.items():
        if uri in taken and what is not None and (what != VIDEO or MOTION.search(xmp)):
            yield what
    for semantic in SEMANTIC.findall(xmp) if CONTAINER in taken else ():
        if semantic != b"Primary":
            yield SEMANTICS.get(semantic, f"the file's part {semantic.decode()}")
