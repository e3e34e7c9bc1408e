"""EXIF and the tags of TIFF pages, without tags that describe the stored pixels."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from numbers import Rational
from typing import Any

from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2 as Directory

from poolcli.errors import is_shortage
from poolcli.io.metadata import maker_note, tiff_tags, write_tiff_directories
from poolcli.io.metadata.jpeg_segments import MAX_SEGMENT_BYTES
from poolcli.io.note_callback_type import AddNote

DROPPED_TAGS = tiff_tags.STORED_PIXEL_TAGS | tiff_tags.SEPARATE_TAGS | tiff_tags.GEOREFERENCE_TAGS

DROPPED_PAGE_TAGS = DROPPED_TAGS - tiff_tags.GEOREFERENCE_TAGS - tiff_tags.IMAGEJ_TAGS
"""Tags of a TIFF page that are dropped on reading. Those about the position of pixels and about
slices are adapted or dropped on writing (`poolcli.io.tiff.output_tags`)."""

INCH, RESOLUTION_UNITS = 2, range(1, 6)
"""None, inch and centimetre, and the millimetre and micrometre of Hamamatsu."""

HARMLESS_WARNING = "Metadata Warning"
"""The beginning of Pillow's warning about surplus values; its other warnings are of lost values."""

EXIF_PREFIX = b"Exif\0\0"


@dataclass(slots=True)
class ImageTags:
    """The tags of an image: EXIF, or the tags of a TIFF page.

    Attributes
    ----------
    main : Directory
        The first directory.
    subdirectories : dict
        The Exif and GPS directories, by the tags that point to them.
    byte_order : bytes
        The byte order of the EXIF, ``b"II"`` or ``b"MM"``. Maker notes depend on it.
    maker_note_offset : int, optional
        The offset of the maker note in the EXIF. Maker notes depend on it.
    """

    main: Directory = field(default_factory=Directory)
    subdirectories: dict[int, Directory] = field(default_factory=dict)
    byte_order: bytes = b"II"
    maker_note_offset: int | None = None

    @property
    def has_content(self) -> bool:
        """Whether there are tags besides the resolution, which `ImageMetadata.dpi` holds too."""
        return bool(self.subdirectories) or not set(self.main) <= tiff_tags.RESOLUTION_TAGS

    def exif(self) -> bytes:
        """Return the tags as EXIF for JPEG, PNG, WebP and AVIF; empty if there are none."""
        if not self.main and not self.subdirectories:
            return b""
        if self.maker_note_offset is not None and tiff_tags.EXIF in self.subdirectories:
            note = self.subdirectories[tiff_tags.EXIF].get(tiff_tags.MAKER_NOTE)
            if isinstance(note, bytes):
                exif = EXIF_PREFIX + self._bytes_around_note(self.maker_note_offset, note)
                if len(exif) <= MAX_SEGMENT_BYTES:  # else a JPEG could not hold it
                    return exif
        header = write_tiff_directories.HEADERS[self.byte_order]
        return EXIF_PREFIX + self._bytes_after(header, self.subdirectories)

    def _bytes_after(self, start: bytes, subdirectories: Mapping[int, Directory]) -> bytes:
        """Return `start`, followed by all directories."""
        main = write_tiff_directories.copy_directory(self.main, self.byte_order)
        write_tiff_directories.add_pointer_tags(main, subdirectories)
        file = io.BytesIO(start + main.tobytes(len(start)))
        write_tiff_directories.append_subdirectories(file, [subdirectories])
        return file.getvalue()

    def _bytes_around_note(self, offset: int, note: bytes) -> bytes:
        """Return EXIF with the maker note at its old offset, and all directories after it."""
        exif_directory = write_tiff_directories.copy_directory(self.subdirectories[tiff_tags.EXIF])
        exif_directory[tiff_tags.MAKER_NOTE] = bytes(maker_note.MAX_INLINE_BYTES)
        size = offset + len(note) + len(note) % 2
        first_directory = size.to_bytes(4, "little" if self.byte_order == b"II" else "big")
        header = write_tiff_directories.HEADERS[self.byte_order][:4] + first_directory
        start = header.ljust(offset, b"\0") + note
        subdirectories = {**self.subdirectories, tiff_tags.EXIF: exif_directory}
        exif = bytearray(self._bytes_after(start.ljust(size, b"\0"), subdirectories))
        maker_note.set_maker_note_pointer(exif, offset, len(note))
        return bytes(exif)


def exif_of_frame(image: Image.Image) -> Image.Exif:
    """Return the EXIF of the current frame of an opened image."""
    if image.format in ("MPO", "HEIF") and not image.info.get("exif"):
        return Image.Exif()  # Pillow gives that of the frame before
    return image.getexif()


def read_tags(image: Image.Image, add_note: AddNote) -> ImageTags:
    """Return the tags of the current frame of an opened image; no tags if EXIF is damaged.

    Parameters
    ----------
    image : Image
        Its file is still open.
    add_note : callable
        Called with a note for what was dropped.
    """
    if image.format == "GIF":
        return ImageTags()
    try:
        return _read_tags(image, add_note)
    except Exception as error:
        if is_shortage(error):
            raise
        # Damaged EXIF can raise any exception in Pillow; the pixels are still valid.
        add_note("EXIF could not be read and was dropped")
        return ImageTags()


def is_turned_page(image: Any) -> bool:
    """Return whether an opened image is a TIFF page whose orientation has yet to be applied."""
    return image.format == "TIFF" and image.tag_v2.get(tiff_tags.ORIENTATION) in range(2, 9)


def drop_georeference_of_turned_page(tags: ImageTags, add_note: AddNote) -> None:
    """Drop where the pixels of a TIFF page are, because its orientation was applied to them.

    Parameters
    ----------
    tags : ImageTags
        The tags of the page; changed in place.
    add_note : callable
        Called with a note if there was a georeference.
    """
    found = tiff_tags.GEOREFERENCE_TAGS & set(tags.main)
    for tag in found:
        del tags.main[tag]
    if found:
        add_note("the scale and position of a GeoTIFF were dropped: its pixels were turned")


def _read_tags(image: Image.Image, add_note: AddNote) -> ImageTags:
    raw = image.info.get("exif")
    exif = exif_of_frame(image)
    if image.format == "TIFF":
        main = _page_tags(image, add_note)
    else:
        main = _encodable_directory(_readable_values(exif, DROPPED_TAGS), {})
    with warnings.catch_warnings(action="always", record=True) as caught:
        if isinstance(raw, bytes):
            Image.Exif().load(raw)  # repeats warnings that opening the image may have caused
        subdirectories = {tag: _subdirectory(exif, tag) for tag in (tiff_tags.EXIF, tiff_tags.GPS)}
    if not all(str(each.message).startswith(HARMLESS_WARNING) for each in caught):
        add_note("a part of EXIF could not be read and was dropped")
    byte_order = b"MM" if exif.endian == ">" else b"II"
    tiff = raw.removeprefix(EXIF_PREFIX) if isinstance(raw, bytes) else b""
    offset = maker_note.find_maker_note(tiff)
    present = {int(tag): values for tag, values in subdirectories.items() if values}
    return ImageTags(main, present, byte_order, offset)


class Latin1Text(str):
    """Text of EXIF, one byte per character: Pillow would write ``?`` for all but ASCII."""

    def encode(self, encoding: str = "latin-1", errors: str = "replace") -> bytes:
        return super().encode("latin-1", "replace")


def _subdirectory(exif: Image.Exif, tag: int) -> Directory:
    """Return the directory that a tag points to, with the types that its values must have."""
    dropped = tiff_tags.STORED_PIXEL_EXIF_TAGS if tag == tiff_tags.EXIF else frozenset[int]()
    values = _readable_values(exif.get_ifd(tag), dropped)
    types = {key: tiff_tags.UNDEFINED for key, value in values.items() if isinstance(value, bytes)}
    if tag == tiff_tags.EXIF:
        signed = tiff_tags.SIGNED_EXIF_TAGS & values.keys()
        types |= dict.fromkeys(signed, tiff_tags.SIGNED_RATIONAL)
        if interop := _readable_values(exif.get_ifd(tiff_tags.INTEROP), frozenset()):
            values[tiff_tags.INTEROP] = interop
    else:
        types |= {key: tiff_tags.BYTE for key in types if key not in tiff_tags.UNDEFINED_GPS_TAGS}
    return _encodable_directory(values, types)


def _readable_values(values: Mapping[int, Any], dropped: frozenset[int]) -> dict[int, Any]:
    """Return the values that Pillow can read, without the dropped tags."""
    readable = {}
    for tag in [tag for tag in values if tag not in dropped]:
        with suppress(Exception):
            value = values[tag]
            readable[tag] = Latin1Text(value) if isinstance(value, str) else value
    return readable


def _encodable_directory(values: Mapping[int, Any], types: Mapping[int, int]) -> Directory:
    """Return a directory of those values that Pillow can write."""
    directory = _directory(values, types)
    if directory is not None:
        return directory
    encodable = {tag: value for tag, value in values.items() if _directory({tag: value}, types)}
    return _directory(encodable, types) or Directory()


def _directory(values: Mapping[int, Any], types: Mapping[int, int]) -> Directory | None:
    """Return a directory of values; None if Pillow cannot write one of them."""
    directory = Directory()
    try:
        for tag, value in values.items():
            if tag in types:
                directory.tagtype[tag] = types[tag]
            directory[tag] = value
        directory.tobytes(8)
    except Exception as error:  # a value of a wrong type raises one of many exceptions
        if is_shortage(error):
            raise
        return None
    return directory


def _page_tags(image: Any, add_note: AddNote) -> Directory:
    """Return the tags of a TIFF page, with their types."""
    from poolcli.io.metadata.microscope_vendor_metadata import remove_instrument_metadata

    page = image.tag_v2
    values = _readable_values(page, DROPPED_PAGE_TAGS)
    remove_instrument_metadata(values, add_note)
    _remove_damaged_resolution(values, add_note)
    gdal_metadata = values.get(tiff_tags.GDAL_METADATA)
    if isinstance(gdal_metadata, str):
        from poolcli.io.tiff.gdal_metadata import remove_stale_items  # late: few images have it

        kept = remove_stale_items(gdal_metadata.encode(), add_note)
        if kept is None:
            del values[tiff_tags.GDAL_METADATA]
        else:
            values[tiff_tags.GDAL_METADATA] = Latin1Text(kept, "latin-1")
    return _encodable_directory(values, page.tagtype)


def _remove_damaged_resolution(values: dict[int, Any], add_note: AddNote) -> None:
    """Remove the resolution from the tags of a page if it is no number that can be written."""
    found = tiff_tags.RESOLUTION_TAGS & values.keys()
    numbers = [values[tag] for tag in found]
    has_numbers = all(isinstance(each, Rational | float) and _is_uint32(each) for each in numbers)
    if has_numbers and values.get(tiff_tags.RESOLUTION_UNIT, INCH) in RESOLUTION_UNITS:
        return
    for tag in found:
        del values[tag]
    add_note("the resolution is damaged and was dropped")


def _is_uint32(number: Rational | float) -> bool:
    """Return whether a number, or both terms of a rational, are in the range of 32-bit integers.

    The denominator 0 is not: tifffile does not write it.
    """
    if isinstance(number, Rational):
        above, below = int(number.numerator), int(number.denominator)
        return 0 <= above < 1 << 32 and 0 < below < 1 << 32
    return 0 <= number < 1 << 32
