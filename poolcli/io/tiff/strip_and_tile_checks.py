"""The strips and tiles of a TIFF page: whether they lie in the file, and all of them are there."""

from __future__ import annotations

from enum import Enum

from poolcli.errors import ReadError
from poolcli.io.tiff.directory_reader import NEW_COPY, Directory
from poolcli.io.tiff.page_kinds import PagePixels, Photometric

STRIP_OFFSETS, STRIP_BYTE_COUNTS, TILE_OFFSETS, TILE_BYTE_COUNTS = 273, 279, 324, 325
JPEG_INTERCHANGE_FORMAT = 513

UNCOMPRESSED = 1

HEADER_BYTES = 8


class Segments(Enum):
    """Whether a page has as many strips or tiles as its size requires."""

    COMPLETE = "complete"
    SPARSE = "missing tiles"
    SURPLUS = "surplus strips"


def check_segments(directory: Directory, pixels: PagePixels) -> Segments:
    """Return whether a page has all of its strips or tiles.

    Parameters
    ----------
    directory : Directory
        The page.
    pixels : PagePixels
        How its pixels are stored.

    Returns
    -------
    Segments
        SPARSE if some have no bytes, as GDAL writes them; SURPLUS if there are too many.

    Raises
    ------
    ReadError
        If there are too few, or one lies outside the file or in its header.
    """
    is_tiled = pixels.tile_size is not None and TILE_OFFSETS in directory.tags
    code, counts_code = (
        (TILE_OFFSETS, TILE_BYTE_COUNTS) if is_tiled else (STRIP_OFFSETS, STRIP_BYTE_COUNTS)
    )
    if code not in directory.tags and JPEG_INTERCHANGE_FORMAT in directory.tags:
        return Segments.COMPLETE  # old-style JPEG
    expected, noun = segment_count(pixels), "tiles" if is_tiled else "strips"
    found = directory.tags[code].length if code in directory.tags else 0
    if found < expected:
        raise ReadError(
            f"{directory.name} has {found:,} {noun} instead of {expected:,}; {NEW_COPY}"
        )
    offsets, counts = directory.integers(code), directory.integers(counts_code)
    if counts and len(counts) < expected:
        raise ReadError(f"{directory.name} lacks the sizes of its {noun}; {NEW_COPY}")
    has_sparse = False
    for number, offset in enumerate(offsets[:expected]):
        count = counts[number] if counts else 1
        if count == 0 or offset == 0:
            has_sparse = True
            continue
        needed = _raw_bytes(pixels, number) if pixels.compression == UNCOMPRESSED else count
        if offset < HEADER_BYTES:
            raise ReadError(f"{directory.name} has {noun} in the file's header; {NEW_COPY}")
        if count < 0 or offset + needed > directory.file_size:
            raise ReadError(f"the {noun} of {directory.name} lie outside the file; {NEW_COPY}")
    if has_sparse:
        return Segments.SPARSE
    return Segments.SURPLUS if found > expected else Segments.COMPLETE


def segment_count(pixels: PagePixels) -> int:
    """Return the number of strips or tiles that a page has."""
    if pixels.tile_size is None:
        count = -(-pixels.height // pixels.rows_per_strip)
    else:
        rows, columns = pixels.tile_size
        count = -(-pixels.height // rows) * -(-pixels.width // columns)
    return count * (pixels.channels if pixels.is_planar else 1)


def _raw_bytes(pixels: PagePixels, number: int) -> int:
    """Return the size of an uncompressed strip or tile; 1 if it depends on further tags."""
    if pixels.photometric == Photometric.YCBCR:
        return 1  # chroma may be subsampled
    bits = pixels.bits[0] if pixels.is_planar else sum(pixels.bits)
    if pixels.tile_size is not None:
        rows, columns = pixels.tile_size
    else:
        per_plane = -(-pixels.height // pixels.rows_per_strip)
        top = number % per_plane * pixels.rows_per_strip
        rows, columns = min(pixels.rows_per_strip, pixels.height - top), pixels.width
    return rows * -(-columns * bits // 8)
