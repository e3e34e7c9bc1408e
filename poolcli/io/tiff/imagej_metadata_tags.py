"""ImageJ's binary metadata (tags 50838 and 50839): look-up tables, ranges, labels of slices.

Source: ImageJ's `TiffDecoder.getMetaData` and `TiffEncoder`. The data start with a header:
``IJIJ``, then the name of each kind, four letters, and its number of blocks. The blocks follow. Tag
50838 has the sizes of the header and of each block. Names, numbers and UTF-16 text have the byte
order of the file.
"""

from __future__ import annotations

import itertools
import math
import struct
from array import array
from collections.abc import Mapping
from typing import NamedTuple

from poolcli.io.note_callback_type import AddNote
from poolcli.io.tiff.axis_scaling import OutputAxes

BYTE_COUNTS, METADATA = 50838, 50839

MAGIC = b"IJIJ"

WORD_SIZES = {
    b"info": 2, b"labl": 2, b"prop": 2, b"rang": 8, b"luts": 1, b"roi ": 1, b"over": 1, b"plot": 1,
}  # fmt: skip
"""The sizes of numbers and characters, whose bytes are in the order of the file."""

LABELS, CHANNEL_KINDS, REGION_KINDS = b"labl", (b"rang", b"luts"), (b"roi ", b"over", b"plot")

UNREADABLE = "ImageJ's look-up tables, ranges and labels could not be read and were dropped"
UNKNOWN = "unknown metadata of ImageJ were dropped"
REGIONS_DROPPED = "ImageJ's regions of interest, overlays and plots were dropped: pixels have moved"
LABELS_DROPPED = "the labels of slices that were pooled together were dropped"
CHANNELS_DROPPED = (
    "the look-up tables and ranges of channels that were pooled together were dropped"
)

Kinds = dict[bytes, list[bytes]]


class ImageJMetadata(NamedTuple):
    """The values of the two tags.

    Attributes
    ----------
    data : bytes
        The value of `METADATA`.
    byte_counts : tuple of int
        The value of `BYTE_COUNTS`.
    byte_order : str
        That of the file, ``"<"`` or ``">"``.
    """

    data: bytes
    byte_counts: tuple[int, ...]
    byte_order: str


def rewrite_metadata(
    metadata: ImageJMetadata,
    pages_before: Mapping[str, int],
    axes: OutputAxes,
    byte_order: str,
    add_note: AddNote,
) -> ImageJMetadata | None:
    """Return ImageJ's metadata of the output.

    Parameters
    ----------
    metadata : ImageJMetadata
        The metadata of the input.
    pages_before : mapping of str to int
        The axes of the input's pages, slowest first, and their sizes.
    axes : OutputAxes
        The axes of the output's pages.
    byte_order : str
        The byte order of the output file, ``"<"`` or ``">"``.
    add_note : callable
        Called with a note for what was dropped.

    Returns
    -------
    ImageJMetadata or None
        None if nothing is left.
    """
    try:
        kinds = _decode(metadata)
    except ValueError:
        add_note(UNREADABLE)
        return None
    kept: Kinds = {}
    for kind, blocks in kinds.items():
        kept_blocks = _rewrite_kind(kind, blocks, pages_before, axes, add_note)
        if kept_blocks:
            kept[kind] = kept_blocks
    return _encode(kept, byte_order) if kept else None


def _rewrite_kind(
    kind: bytes,
    blocks: list[bytes],
    pages_before: Mapping[str, int],
    axes: OutputAxes,
    add_note: AddNote,
) -> list[bytes]:
    """Return the blocks of a kind for the output; none if they cannot be kept."""
    pooled = axes.pooled_letters
    if kind not in WORD_SIZES:
        add_note(UNKNOWN)
        return []
    if kind in REGION_KINDS and pooled:
        add_note(REGIONS_DROPPED)
        return []
    if kind in CHANNEL_KINDS and "C" in pooled:
        add_note(CHANNELS_DROPPED)
        return []
    if kind == LABELS and pooled & pages_before.keys():
        labels = _labels_of_output(blocks, pages_before, pooled, axes)
        if not labels:
            add_note(LABELS_DROPPED)
        return labels
    return blocks


def _labels_of_output(
    labels: list[bytes], pages_before: Mapping[str, int], pooled: frozenset[str], axes: OutputAxes
) -> list[bytes]:
    """Return the labels of the output's pages if none depends on a pooled axis; else none.

    Such labels name channels, for example.
    """
    if math.prod(pages_before.values()) != len(labels):
        return []
    pages = itertools.product(*map(range, pages_before.values()))
    label_of = dict(zip(pages, labels, strict=True))
    is_pooled = [letter in pooled for letter in pages_before]

    def first_page(page: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(0 if each else at for each, at in zip(is_pooled, page, strict=True))

    if any(label != label_of[first_page(page)] for page, label in label_of.items()):
        return []
    pages = itertools.product(*(range(axes.size(letter)) for letter in pages_before))
    return [label_of[first_page(page)] for page in pages]


def _decode(metadata: ImageJMetadata) -> Kinds:
    """Return the blocks by kind, in big-endian order. Raise `ValueError` if damaged."""
    data, byte_counts, order = metadata
    is_little = order == "<"
    if not byte_counts or sum(byte_counts) > len(data) or _in_order(data[:4], is_little) != MAGIC:
        raise ValueError("damaged")
    header = data[4 : byte_counts[0]]
    if byte_counts[0] < 12 or len(header) % 8:
        raise ValueError("damaged")
    at, sizes = byte_counts[0], iter(byte_counts[1:])
    kinds: Kinds = {}
    for stored, count in struct.iter_unpack(f"{order}4sI", header):
        kind = _in_order(stored, is_little)
        blocks = kinds.setdefault(kind, [])
        for size in itertools.islice(sizes, count):
            blocks.append(_big_endian(data[at : at + size], kind, order))
            at += size
        if len(blocks) < count:
            raise ValueError("damaged")
    return kinds


def _encode(kinds: Kinds, order: str) -> ImageJMetadata:
    is_little = order == "<"
    header = _in_order(MAGIC, is_little)
    for kind, blocks in kinds.items():
        header += struct.pack(f"{order}4sI", _in_order(kind, is_little), len(blocks))
    stored = [_big_endian(block, kind, order) for kind, blocks in kinds.items() for block in blocks]
    byte_counts = (len(header), *map(len, stored))
    return ImageJMetadata(header + b"".join(stored), byte_counts, order)


def _in_order(letters: bytes, is_little: bool) -> bytes:
    return letters[::-1] if is_little else letters


def _big_endian(block: bytes, kind: bytes, order: str) -> bytes:
    """Return a block with its words in big-endian order instead of `order`, or the reverse."""
    words = array({1: "B", 2: "H", 8: "d"}[WORD_SIZES.get(kind, 1)])
    words.frombytes(block)  # raises `ValueError` if there is a part of a word
    if order == "<":
        words.byteswap()
    return words.tobytes()
