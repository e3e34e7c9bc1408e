"""Reading of the metadata of an image file that Pillow has opened, and of each of its frames."""

from __future__ import annotations

import math
import re
from typing import Any, BinaryIO

from PIL import Image

from poolcli.io import pillow_private
from poolcli.io.file_position import keep_position, read_at
from poolcli.io.metadata import jpeg2000_boxes, jpeg_segments, png_chunks, tiff_tags
from poolcli.io.metadata.animation_metadata import AnimationMetadata
from poolcli.io.metadata.colour_maps import read_colour_map
from poolcli.io.metadata.exif_and_page_tags import read_tags
from poolcli.io.metadata.image_metadata import ContainerMetadata, ImageMetadata
from poolcli.io.metadata.photoshop_resources import read_resources, resource
from poolcli.io.metadata.stale_and_extended_xmp import remove_stale_properties, set_upright
from poolcli.io.note_callback_type import AddNote

PNG_COLOUR_KEYS = ("gamma", "srgb", "chromaticity")
"""Entries of Pillow's `info` that describe the colours of a PNG, besides ICC profile and CICP."""

MAX_DPI = 1e7
"""Higher resolutions are taken as damaged."""

SUBSAMPLINGS = {(1, 1): 0, (2, 1): 1, (2, 2): 2}
"""The chroma subsamplings that Pillow can write: its option by the horizontal and vertical ratio of
luma to chroma samples."""

DROPPED_GIF_EXTENSIONS = {b"XMP Data": "XMP", b"ICCRGBG1": "the ICC profile"}
"""Application extensions of a GIF that are not copied."""

PNM_COMMENT = rb"#[ \t]*([^\r\n]*)"
"""The pattern of a comment in the header of a PNM file."""

MAX_PNM_HEADER_BYTES = 1 << 16
"""The part of a PNM header in which comments are searched."""


def read_container_metadata(
    image: Image.Image, file: BinaryIO, add_note: AddNote
) -> ContainerMetadata:
    """Return the metadata of an opened image file that Pillow does not read.

    Parameters
    ----------
    image : Image
        Opened; nothing needs to be decoded.
    file : binary file
        The file of the image; its position does not change.
    add_note : callable
        Called with each note for the report.
    """
    match image.format:
        case "PNG":
            with keep_position(file):
                return png_chunks.read_chunks(file, add_note)
        case "AVIF" | "HEIF":
            from poolcli.io.metadata import avif_boxes  # imported late: few images are AVIF

            return avif_boxes.read_boxes(file, image.size, add_note, is_heif=image.format == "HEIF")
        case "JXL":
            from poolcli.io.metadata import jpegxl_boxes  # imported late: few images are JPEG XL

            return jpegxl_boxes.read_boxes(file, add_note)
        case "JPEG2000":
            return jpeg2000_boxes.read_boxes(file, add_note)
        case "PPM":
            return ContainerMetadata(comment=_read_pnm_comments(image, file))
        case "GIF":
            extension, _ = image.info.get("extension", (b"", 0))
            if dropped := DROPPED_GIF_EXTENSIONS.get(extension[:8]):
                add_note(f"{dropped} of a GIF was dropped")
    return ContainerMetadata()


def _read_pnm_comments(image: Image.Image, file: BinaryIO) -> bytes:
    """Return the comments before the pixels of a PNM file, one per line."""
    tiles = pillow_private.tiles_of(image)
    header_bytes = min(tiles[0].offset, MAX_PNM_HEADER_BYTES) if tiles else 0
    return b"\n".join(re.findall(PNM_COMMENT, read_at(file, 0, header_bytes)))


def read_metadata(
    image: Image.Image, container: ContainerMetadata, add_note: AddNote
) -> ImageMetadata:
    """Return the metadata of a loaded image, or of its current frame.

    Metadata that pooling makes false, such as the stored size, are not included.

    Parameters
    ----------
    image : Image
        Loaded; its file is still open.
    container : ContainerMetadata
        The metadata of the file that Pillow does not read.
    add_note : callable
        Called with each note for the report.
    """
    info = image.info
    metadata = ImageMetadata(
        tags=read_tags(image, add_note),
        icc_profile=info.get("icc_profile") or container.icc_profile,
        dpi=_read_dpi(image),
        texts=container.texts,
        cicp=container.cicp,
        duration=float(info.get("duration") or 0),
        disposal=_read_disposal(image),
    )
    metadata.iptc, metadata.photoshop = read_resources(_photoshop_resources(image), add_note)
    if image.format in ("JPEG", "MPO"):
        _read_jpeg(image, metadata, add_note)
    else:
        xmp = _as_bytes(info.get("xmp")) or container.xmp
        metadata.xmp = None if xmp is None else remove_stale_properties(xmp, add_note)
        comment = _as_bytes(container.comment or info.get("comment"))
        metadata.comments = [comment] if comment else png_chunks.comments(container.texts)
    if metadata.xmp is not None:
        metadata.xmp = set_upright(metadata.xmp)
    if image.format == "PNG":
        metadata.colour = {key: info[key] for key in PNG_COLOUR_KEYS if info.get(key) is not None}
    elif image.format == "TIFF":
        _read_tiff(image, metadata, add_note)
    elif image.format == "HEIF":
        _read_heif_items(image, metadata, add_note)
    elif image.format == "TGA" and info.get("compression"):
        metadata.input_encoding["TGA"] = {"compression": info["compression"]}
    return metadata


def read_animation(image: Image.Image) -> AnimationMetadata:
    """Return the metadata that the frames of an opened image share."""
    info = image.info
    plays = info.get("loop")
    if image.format == "GIF":  # a GIF states the number of repetitions
        plays = 1 if plays is None else plays + 1 if plays else 0
    return AnimationMetadata(
        plays=int(plays or 0),
        background=_read_background(image),
        has_default_image=bool(info.get("default_image")),
    )


def _read_background(image: Image.Image) -> tuple[int, int, int, int] | None:
    """Return the background as RGBA; a GIF has an index into its palette."""
    background = image.info.get("background")
    if isinstance(background, tuple) and len(background) == 4:
        return background
    if isinstance(background, int):
        colour = pillow_private.gif_global_colours(image)[3 * background : 3 * background + 3]
        if len(colour) == 3:
            return colour[0], colour[1], colour[2], 255
    return None


def _read_disposal(image: Image.Image) -> int:
    """Return the disposal of the current frame as `ImageMetadata` has it."""
    if image.format == "GIF":
        return max(0, pillow_private.gif_disposal_method(image) - 1)
    return pillow_private.png_dispose_op(image)


def _read_dpi(image: Any) -> tuple[float, float] | None:
    if image.format == "TIFF" and not {tiff_tags.X_RESOLUTION, tiff_tags.Y_RESOLUTION} <= set(
        image.tag_v2
    ):
        return None  # Pillow gives 1 if there is none
    try:
        horizontal, vertical = (float(each) for each in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    is_usable = all(math.isfinite(each) and 0 < each < MAX_DPI for each in (horizontal, vertical))
    return (horizontal, vertical) if is_usable else None


def _as_bytes(value: Any) -> bytes | None:
    """Return XMP or a comment as bytes, whatever type Pillow gives; None if there is none."""
    if isinstance(value, tuple):  # a TIFF tag of a wrong type
        is_bytes = all(isinstance(each, int) and 0 <= each < 256 for each in value)
        value = bytes(value) if is_bytes else b""
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
    return value if isinstance(value, bytes) and value else None


def _photoshop_resources(image: Any) -> bytes:
    """Return Photoshop's image resources as they are stored, one after the other."""
    if image.format == "TIFF":
        return _tag_bytes(image, tiff_tags.PHOTOSHOP) or b""
    if image.format == "PSD":
        # Photoshop always writes most resources, with zeros where they have no content.
        return b"".join(
            resource(code, data) for code, data in pillow_private.psd_resources(image) if any(data)
        )
    return jpeg_segments.photoshop_resources(pillow_private.jpeg_application_segments(image))


def _tag_bytes(image: Any, tag: int) -> bytes | None:
    """Return the value of a TIFF tag that contains bytes."""
    value = image.tag_v2.get(tag)
    if isinstance(value, tuple) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, bytes) and value else None


def _read_tiff(image: Any, metadata: ImageMetadata, add_note: AddNote) -> None:
    """Read IPTC and the compression of a TIFF page."""
    metadata.iptc = _tag_bytes(image, tiff_tags.IPTC) or metadata.iptc
    if metadata.iptc is None and tiff_tags.IPTC in image.tag_v2:
        # Of IPTC that is stored as 32-bit integers, Pillow gives only the first.
        add_note("IPTC could not be read and was dropped")
    metadata.input_encoding["TIFF"] = {
        "compression": image.info.get("compression", "raw"),
        "predictor": image.tag_v2.get(tiff_tags.PREDICTOR, 1),
        "colour_map": read_colour_map(image.tag_v2),
    }


def _read_heif_items(image: Image.Image, metadata: ImageMetadata, add_note: AddNote) -> None:
    """Read IPTC of a HEIF image; name further metadata, which pillow-heif lists besides EXIF."""
    for item in image.info["metadata"]:
        if item["type"] == "iptc":
            metadata.iptc = item["data"]
        else:
            add_note(f"metadata of the type {item['content_type'] or item['type']!r} were dropped")


def _read_jpeg(image: Image.Image, metadata: ImageMetadata, add_note: AddNote) -> None:
    """Read XMP, comments and the encoding of a JPEG or MPO."""
    segments = pillow_private.jpeg_application_segments(image)
    metadata.xmp, metadata.extended_xmp = jpeg_segments.read_xmp(segments, add_note)
    metadata.comments = jpeg_segments.comments(segments)
    jpeg_segments.note_dropped_segments(segments, add_note)
    metadata.input_encoding["JPEG"] = _read_jpeg_encoding(image, add_note)


def _read_jpeg_encoding(image: Any, add_note: AddNote) -> dict[str, Any]:
    """Return the quantization tables, the chroma subsampling and other options of a JPEG."""
    tables = getattr(image, "quantization", {})
    components = pillow_private.jpeg_components(image)
    is_colour = len(components) == 3
    used = [tables.get(table) for *_, table in components[: 2 if is_colour else 1]]
    if not used or None in used:
        return {}
    options: dict[str, Any] = {"qtables": [list(table) for table in used if table]}
    if is_colour:
        (_, luma_h, luma_v, _), (_, chroma_h, chroma_v, _) = components[:2]
        ratio = luma_h // max(chroma_h, 1), luma_v // max(chroma_v, 1)
        options["subsampling"] = SUBSAMPLINGS.get(ratio, 0)
        if ratio not in SUBSAMPLINGS:
            add_note(
                "chroma is written in full resolution: Pillow cannot write the input's subsampling"
            )
        options["keep_rgb"] = image.info.get("adobe_transform") == 0
    if image.info.get("progressive"):
        options["progressive"] = True
    return options
