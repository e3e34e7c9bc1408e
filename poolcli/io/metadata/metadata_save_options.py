"""Metadata of an image as options of Pillow's `save`, for each output format."""

from __future__ import annotations

import struct
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import ImageFileDirectory_v2 as Directory

from poolcli.io.metadata import png_chunks, write_tiff_directories
from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.metadata.jpeg_metadata_save_options import (
    jpeg_save_options,
    mpo_save_options,
    without_none,
)
from poolcli.io.metadata.jpeg_segments import MAX_SEGMENT_BYTES
from poolcli.io.metadata.photoshop_resources import IPTC_DIGEST_ID, join_resources
from poolcli.io.metadata.stale_and_extended_xmp import merge_packets
from poolcli.io.metadata.tiff_tags import (
    BYTE,
    IPTC,
    PHOTOSHOP,
    UNDEFINED,
    X_RESOLUTION,
    XMP,
    Y_RESOLUTION,
)
from poolcli.io.note_callback_type import AddNote

SaveOptions = dict[str, Any]

KIND_NAMES = {
    "tags": "EXIF",
    "icc_profile": "the ICC profile",
    "xmp": "XMP",
    "iptc": "IPTC",
    "photoshop": "Photoshop's copyright flag, URL or caption",
    "comments": "the comment",
    "texts": "texts",
    "cicp_besides_srgb": "the colour code points (CICP)",
}
"""The names of kinds of metadata in notes, by attributes of `ImageMetadata`. The resolution is not
among them: it is dropped without a note."""

STORABLE_KINDS: dict[str, tuple[str, ...]] = {
    "PNG": ("tags", "icc_profile", "xmp", "comments", "texts", "cicp_besides_srgb"),
    "JPEG": ("tags", "icc_profile", "xmp", "iptc", "photoshop", "comments"),
    "MPO": ("tags", "icc_profile", "xmp", "comments"),
    "WEBP": ("tags", "icc_profile", "xmp"),
    "AVIF": ("tags", "icc_profile", "xmp", "cicp_besides_srgb"),
    "TIFF": ("tags", "icc_profile", "xmp", "iptc", "photoshop"),
    "JPEG2000": ("icc_profile", "xmp", "comments"),
    "GIF": ("comments",),
    "HEIF": ("tags", "icc_profile", "xmp", "cicp_besides_srgb"),
    "JXL": ("tags", "xmp"),
}
"""The kinds of metadata that a format stores."""


def metadata_save_options(name: str, metadata: ImageMetadata, add_note: AddNote) -> SaveOptions:
    """Return the options of Pillow's `save` that write the metadata of an image.

    Parameters
    ----------
    name : str
        Pillow's name of the format.
    metadata : ImageMetadata
        The metadata of the image.
    add_note : callable
        Called with a note for what the format cannot store.

    Examples
    --------
    >>> metadata_save_options("BMP", ImageMetadata(dpi=(72, 72), comments=[b"a"]), print)
    BMP cannot store the comment: dropped
    {'dpi': (72, 72)}
    """
    storable = STORABLE_KINDS.get(name, ())
    kinds = [kind for kind in KIND_NAMES if kind not in storable and has_kind(metadata, kind)]
    if kinds:
        shown = ", ".join(KIND_NAMES[kind] for kind in kinds)
        add_note(f"{name} cannot store {shown}: dropped")
    match name:
        case "PNG":
            return _png_options(metadata, add_note)
        case "JPEG":
            return jpeg_save_options(metadata, add_note)
        case "MPO":
            return mpo_save_options(metadata, add_note)
        case "WEBP" | "AVIF" | "HEIF" | "JXL":
            return _exif_and_xmp_options(name, metadata, add_note)
        case "TIFF":
            return _tiff_options(metadata, add_note)
        case "GIF":
            return without_none(comment=b"\n".join(metadata.comments) or None)
        case "JPEG2000":  # `write_profile_and_xmp` inserts ICC profile and XMP afterwards
            return _jpeg2000_options(metadata, add_note)
        case "BMP" | "DIB" | "PDF":
            return without_none(dpi=metadata.dpi)
    return {}


def has_kind(metadata: ImageMetadata, kind: str) -> bool:
    """Return whether an image has metadata of a kind.

    Parameters
    ----------
    metadata : ImageMetadata
        The metadata of the image.
    kind : str
        One of the keys of `KIND_NAMES`.

    Examples
    --------
    >>> has_kind(ImageMetadata(comments=[b"a"]), "comments"), has_kind(ImageMetadata(), "tags")
    (True, False)
    """
    if kind == "tags":
        return metadata.tags.has_content
    if kind == "photoshop":  # the digest is useful only together with IPTC
        return not set(metadata.photoshop) <= {IPTC_DIGEST_ID}
    return bool(getattr(metadata, kind))


def merged_xmp_packet(name: str, metadata: ImageMetadata, add_note: AddNote) -> bytes | None:
    """Return XMP as one packet for a format; None if there is none.

    Parameters
    ----------
    name : str
        Pillow's name of the format.
    metadata : ImageMetadata
        The metadata of the image.
    add_note : callable
        Called with a note if the extended packet was dropped.
    """
    if metadata.xmp is None:
        return None
    media_type = Image.MIME.get(name, "")
    return merge_packets(metadata.xmp, metadata.extended_xmp, media_type, add_note)


def _exif_and_xmp_options(name: str, metadata: ImageMetadata, add_note: AddNote) -> SaveOptions:
    """Return the options of formats that store EXIF and XMP as they are."""
    exif, xmp = metadata.tags.exif() or None, merged_xmp_packet(name, metadata, add_note)
    icc_profile = metadata.icc_profile if "icc_profile" in STORABLE_KINDS[name] else None
    cicp = metadata.cicp_besides_srgb if name == "HEIF" else None  # others: see `write_image`
    return without_none(icc_profile=icc_profile, exif=exif, xmp=xmp, cicp=cicp)


def _png_options(metadata: ImageMetadata, add_note: AddNote) -> SaveOptions:
    chunks = PngInfo()
    colour = metadata.colour
    if "gamma" in colour:
        chunks.add(b"gAMA", struct.pack(">I", round(colour["gamma"] * 100_000)))
    if "chromaticity" in colour:
        points = [round(each * 100_000) for each in colour["chromaticity"]]
        chunks.add(b"cHRM", struct.pack(">8I", *points))
    if (cicp := _rgb_cicp(metadata)) is not None:
        chunks.add(b"cICP", cicp)
    if "srgb" in colour:
        chunks.add(b"sRGB", bytes([colour["srgb"]]))
    for kind, data in metadata.texts:
        chunks.add(kind, data)
    if not png_chunks.comments(metadata.texts):
        for comment in metadata.comments:
            chunks.add_text("Comment", _decode_comment(comment))
    if (packet := merged_xmp_packet("PNG", metadata, add_note)) is not None:
        chunks.add_itxt("XML:com.adobe.xmp", packet)
    icc_profile, exif = metadata.icc_profile, metadata.tags.exif() or None
    return without_none(pnginfo=chunks, icc_profile=icc_profile, dpi=metadata.dpi, exif=exif)


def _rgb_cicp(metadata: ImageMetadata) -> bytes | None:
    """Return CICP for pixels that are RGB, not luma and chroma (PNG 3rd edition, 11.3.2.6)."""
    if metadata.cicp is None or metadata.cicp[2] == 0:
        return metadata.cicp
    return None if metadata.cicp_besides_srgb is None else metadata.cicp[:2] + b"\0\1"


def page_directory(metadata: ImageMetadata, add_note: AddNote) -> Directory:
    """Return the tags of a TIFF page, but for its ICC profile; subdirectories have the address 0.

    Parameters
    ----------
    metadata : ImageMetadata
        The metadata of the page.
    add_note : callable
        Called with each note for the report.
    """
    page = write_tiff_directories.copy_directory(metadata.tags.main)
    if (packet := merged_xmp_packet("TIFF", metadata, add_note)) is not None:
        page.tagtype[XMP] = BYTE
        page[XMP] = packet
    if metadata.iptc is not None:
        page.tagtype[IPTC] = UNDEFINED
        page[IPTC] = metadata.iptc
    if has_kind(metadata, "photoshop"):
        page.tagtype[PHOTOSHOP] = BYTE
        page[PHOTOSHOP] = join_resources(metadata.iptc, metadata.photoshop)
    write_tiff_directories.add_pointer_tags(page, metadata.tags.subdirectories)
    return page


def _tiff_options(metadata: ImageMetadata, add_note: AddNote) -> SaveOptions:
    page = page_directory(metadata, add_note)
    if len(accepted := write_tiff_directories.accepted_tags(page)) < len(page):
        add_note("some tags cannot be written and were dropped")
    dpi = metadata.dpi
    if "TIFF" in metadata.input_encoding and {X_RESOLUTION, Y_RESOLUTION} <= set(accepted):
        dpi = None  # the tags of a TIFF keep their unit
    return without_none(tiffinfo=accepted, icc_profile=metadata.icc_profile, dpi=dpi)


def _jpeg2000_options(metadata: ImageMetadata, add_note: AddNote) -> SaveOptions:
    comment = b"\n".join(metadata.comments)
    if len(comment) > MAX_SEGMENT_BYTES - 2:
        add_note("the comment is larger than JPEG 2000 can store and was dropped")
        comment = b""
    return without_none(comment=comment or None)


def _decode_comment(comment: bytes) -> str:
    """Return a comment of unknown encoding as text: UTF-8 if it is valid, else Latin-1."""
    try:
        return comment.decode()
    except UnicodeDecodeError:
        return comment.decode("latin-1")
