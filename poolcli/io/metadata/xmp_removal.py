"""Removal of properties from XMP packets. The rest of a packet does not change."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

PropertyNames = Collection[str] | None
"""Names of properties in a namespace; None for all properties."""

PADDING = b"\0 \t\r\n"
"""Bytes that may follow the end of a packet."""

TAG_PATTERN = re.compile(rb"""<(?:[^<>"']++|"[^"]*+"|'[^']*+')*+>""")
ATTRIBUTE_PATTERN = re.compile(rb"""(?<!\s)\s++([\w.:-]++)\s*+=\s*+("[^"]*+"|'[^']*+')""")


def remove_properties(
    xmp: bytes, properties: Mapping[str, PropertyNames]
) -> tuple[bytes, set[str]]:
    """Return a packet without some properties, and the namespaces of the properties it had.

    Properties are attributes or elements. If all properties of a namespace are removed, its
    declaration is removed too.

    Parameters
    ----------
    xmp : bytes
        UTF-8.
    properties : mapping
        Names of the properties to remove, by the URI of their namespace.

    Returns
    -------
    packet : bytes
        UTF-8.
    namespaces : set of str
        The URIs of the namespaces of the removed properties.

    Raises
    ------
    ExpatError
        If the packet is not well-formed XML.

    Examples
    --------
    >>> remove_properties(b'<a xmlns:e="urn:e" e:b="1" e:c="2"/>', {"urn:e": ["b"]})
    (b'<a xmlns:e="urn:e" e:c="2"/>', {'urn:e'})
    """
    scan = _PropertyScan(xmp, properties)
    rest, position = bytearray(), 0
    for found in scan.ranges:
        rest += xmp[position : found.start]
        position = max(position, found.stop)
    return bytes(rest + xmp[position:]), scan.found_namespaces


def is_well_formed(xmp: bytes) -> bool:
    """Return whether a packet is well-formed XML in which all prefixes are declared.

    Examples
    --------
    >>> is_well_formed(b'<x:a xmlns:x="urn:x"/>'), is_well_formed(b"<x:a/>")
    (True, False)
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _reject_doctype
    try:
        parser.Parse(xmp.rstrip(PADDING), True)
    except expat.ExpatError:
        return False
    return True


@dataclass
class _PropertyScan:
    """The byte ranges of properties in a packet.

    Attributes
    ----------
    ranges : list of slice
        The ranges, in file order.
    found_namespaces : set of str
        The URIs of the namespaces of the properties that were found.
    removed_depth : int
        The depth of the open element that is to be removed; 0 outside of one.
    """

    xmp: bytes
    properties: Mapping[str, PropertyNames]
    ranges: list[slice] = field(default_factory=list)
    found_namespaces: set[str] = field(default_factory=set)
    namespaces_by_prefix: dict[bytes, str] = field(default_factory=dict)
    depth: int = 0
    removed_depth: int = 0
    removed_start: int = 0

    def __post_init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = _reject_doctype
        self.parser.StartElementHandler = self._start_element
        self.parser.EndElementHandler = self._end_element
        self.parser.Parse(self.xmp.rstrip(PADDING), True)

    def _start_element(self, name: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if self.removed_depth:
            return
        for attribute, value in attributes.items():
            if attribute.startswith("xmlns:"):
                self.namespaces_by_prefix[attribute[6:].encode()] = value
        start = self.parser.CurrentByteIndex
        if self._is_selected(name.encode()):
            self.removed_depth, self.removed_start = self.depth, start
            return
        tag = TAG_PATTERN.match(self.xmp, start)
        for match in ATTRIBUTE_PATTERN.finditer(tag[0]) if tag is not None else ():
            if self._is_selected(match[1]):
                self.ranges.append(slice(start + match.start(), start + match.end()))

    def _end_element(self, name: str) -> None:
        if self.depth == self.removed_depth:
            tag = TAG_PATTERN.match(self.xmp, self.parser.CurrentByteIndex)
            if tag is not None:
                self.ranges.append(slice(self.removed_start, tag.end()))
            self.removed_depth = 0
        self.depth -= 1

    def _is_selected(self, name: bytes) -> bool:
        """Return whether an element or attribute is to be removed."""
        prefix, _, local = name.partition(b":")
        if prefix == b"xmlns":
            uri = self.namespaces_by_prefix.get(local, "")
            return uri in self.properties and self.properties[uri] is None
        uri = self.namespaces_by_prefix.get(prefix, "")
        if not local or uri not in self.properties:
            return False
        names = self.properties[uri]
        if names is not None and local.decode() not in names:
            return False
        self.found_namespaces.add(uri)
        return True


def _reject_doctype(*declaration: object) -> None:
    """Raise ExpatError: XMP has no document type, and entities could expand without limit."""
    raise expat.ExpatError("XMP has no document type")
