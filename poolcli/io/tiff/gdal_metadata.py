"""GDAL's metadata in a TIFF (tag 42112): XML with one element ``Item`` per value.

Source: GDAL's GTiff driver, "Metadata": items have a name, and may have a domain, a sample (the
number of a band) and a role.
"""

from __future__ import annotations

import re
from xml.parsers import expat

from poolcli.io.note_callback_type import AddNote

GDAL_METADATA = 42112

STATISTICS_PREFIX = "STATISTICS_"
"""The beginning of the names of minimum, maximum, mean, histogram and the like."""

GEOREFERENCE_DOMAINS = ("GEOLOCATION", "RPC")
"""Domains of items with pixel positions. GDAL's tag for RPC (50844) has precedence."""

STORAGE_DOMAIN = "IMAGE_STRUCTURE"
"""The domain of items about compression, tiles and bits."""

DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
END_TAG = re.compile(rb"</Item\s*>")


def remove_stale_items(xml: bytes, add_note: AddNote) -> bytes | None:
    """Return GDAL's metadata without the items that pooling makes false.

    All others stay as they are, byte for byte.

    Parameters
    ----------
    xml : bytes
        The value of the tag.
    add_note : callable
        Called with a note for what was dropped.

    Returns
    -------
    bytes or None
        None if no item is left, or if the XML cannot be read.

    Examples
    --------
    >>> kept = b'<GDALMetadata><Item name="A">1</Item></GDALMetadata>'
    >>> remove_stale_items(kept, print) == kept
    True
    >>> stale = b'<GDALMetadata><Item name="STATISTICS_MEAN">1</Item></GDALMetadata>'
    >>> remove_stale_items(stale, print) is None
    the statistics in GDAL's metadata describe the input's values and are not copied
    True
    """
    data = xml.rstrip(b"\0")
    try:
        found = _find_items(data)
    except (expat.ExpatError, ValueError):
        add_note("GDAL's metadata could not be read and was dropped")
        return None
    if any(item.is_statistics for item in found):
        add_note("the statistics in GDAL's metadata describe the input's values and are not copied")
    if any(item.domain in GEOREFERENCE_DOMAINS for item in found):
        add_note("pixel positions in GDAL's metadata were dropped")
    stale = [item for item in found if item.is_stale]
    if not stale:
        return data
    if len(stale) == len(found):
        return None
    parts, at = [], 0
    for item in stale:
        parts.append(data[at : item.start].rstrip())  # with the line break before the item
        at = item.stop
    return b"".join([*parts, data[at:]])


class _Item:
    """An element ``Item``, and the range of its bytes."""

    def __init__(self, attributes: dict[str, str], start: int) -> None:
        self.is_statistics = attributes.get("name", "").upper().startswith(STATISTICS_PREFIX)
        self.domain = attributes.get("domain", "").upper()
        self.start = start
        self.stop = start

    @property
    def is_stale(self) -> bool:
        stale_domains = (*GEOREFERENCE_DOMAINS, STORAGE_DOMAIN)
        return self.is_statistics or self.domain in stale_domains


def _find_items(data: bytes) -> list[_Item]:
    """Return all items. Raise `ExpatError` or `ValueError` if the XML is damaged or has a DTD."""
    if DOCTYPE.search(data):
        raise ValueError("a document type, which could define entities")
    items: list[_Item] = []
    parser = expat.ParserCreate("UTF-8")

    def start_element(name: str, attributes: dict[str, str]) -> None:
        if name == "Item":
            items.append(_Item(attributes, parser.CurrentByteIndex))

    def end_element(name: str) -> None:
        if name == "Item":
            if items[-1].stop > items[-1].start:
                raise ValueError("an item in an item")
            at = parser.CurrentByteIndex
            end_tag = END_TAG.match(data, at)
            items[-1].stop = end_tag.end() if end_tag else at  # after an empty element

    parser.StartElementHandler = start_element
    parser.EndElementHandler = end_element
    parser.Parse(data, True)
    return items
