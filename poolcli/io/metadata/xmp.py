"""XMP packets as text: removal of properties, merging and splitting of extended packets."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

NOTE = "http://ns.adobe.com/xmp/note/"

Names = Collection[str] | None
"""Names of properties in a namespace; None for all of them."""

EXTENDED = re.compile(rb"""\s[\w.-]{1,40}:HasExtendedXMP\s*=\s*(?:"(\w*)"|'(\w*)')""")
"""The attribute that announces an extended packet by its GUID (XMP part 3, 1.1.3.1)."""

EXTENDED_ELEMENT = re.compile(rb"<([\w.-]{1,40}:HasExtendedXMP)>\s*(\w*)\s*</\1>")

PADDING = b"\0 \t\r\n"
"""Bytes that may follow the end of a packet."""

TAG = re.compile(rb"""<(?:[^<>"']++|"[^"]*+"|'[^']*+')*+>""")
ATTRIBUTE = re.compile(rb"""(?<!\s)\s++([\w.:-]++)\s*+=\s*+("[^"]*+"|'[^']*+')""")

EMPTY = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf='
    '"http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    f'xmlns:xmpNote="{NOTE}" xmpNote:HasExtendedXMP="{{}}"/></rdf:RDF></x:xmpmeta>'
)
"""A packet that announces an extended one, and nothing else."""

WRAPPER = re.compile(rb"<\?xpacket[^>]*\?>")


def without(xmp: bytes, stale: Mapping[str, Names]) -> tuple[bytes, set[str]]:
    """A packet without some properties, and the namespaces of those that it had.

    Properties are attributes or elements. Declarations of namespaces that go as a whole go, too.

    Parameters
    ----------
    xmp : bytes
        UTF-8.
    stale : mapping
        Names of properties by the URI of their namespace.

    Raises
    ------
    ExpatError
        If the packet is not well-formed.
    """
    scan = _Scan(xmp, stale)
    made, at = bytearray(), 0
    for cut in scan.cuts:
        made += xmp[at : cut.start]
        at = max(at, cut.stop)
    return bytes(made + xmp[at:]), scan.taken


@dataclass
class _Scan:
    """The positions of stale properties in a packet."""

    xmp: bytes
    stale: Mapping[str, Names]
    cuts: list[slice] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    namespaces: dict[bytes, str] = field(default_factory=dict)
    depth: int = 0
    stale_depth: int = 0  # of the stale element that is open, if one is

    def __post_init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = _refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.Parse(self.xmp.rstrip(PADDING), True)

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if self.stale_depth:
            return
        for each, value in attributes.items():
            if each.startswith("xmlns:"):
                self.namespaces[each[6:].encode()] = value
        start = self.parser.CurrentByteIndex
        if self._is_stale(name.encode()):
            self.stale_depth = self.depth
            self.start = start
        else:
            tag = TAG.match(self.xmp, start)
            for found in ATTRIBUTE.finditer(tag[0]) if tag is not None else ():
                if self._is_stale(found[1]):
                    self.cuts.append(slice(start + found.start(), start + found.end()))

    def _end(self, name: str) -> None:
        if self.depth == self.stale_depth:
            tag = TAG.match(self.xmp, self.parser.CurrentByteIndex)
            if tag is not None:
                self.cuts.append(slice(self.start, tag.end()))
            self.stale_depth = 0
        self.depth -= 1

    def _is_stale(self, name: bytes) -> bool:
        prefix, _, local = name.partition(b":")
        if prefix == b"xmlns":
            uri = self.namespaces.get(local, "")
            return uri in self.stale and self.stale[uri] is None
        uri = self.namespaces.get(prefix, "")
        if not local or uri not in self.stale:
            return False
        names = self.stale[uri]
        found = names is None or local.decode() in names
        if found:
            self.taken.add(uri)
        return found


def announced(xmp: bytes) -> str | None:
    """The GUID of the extended packet that a packet announces."""
    found = EXTENDED.search(xmp)
    if found is not None:
        return (found[1] or found[2]).decode()
    element = EXTENDED_ELEMENT.search(xmp)
    return element[2].decode() if element is not None else None


def without_announcement(xmp: bytes) -> bytes:
    """A packet that announces no extended one.

    Examples
    --------
    >>> without_announcement(b"<a xmpNote:HasExtendedXMP='AB' b='c'/>")
    b"<a b='c'/>"
    """
    return EXTENDED_ELEMENT.sub(b"", EXTENDED.sub(b"", xmp))


def of_type(xmp: bytes, media_type: str) -> bytes:
    """A packet that names no media type other than its file's."""
    if b":format" not in xmp or media_type.encode() in xmp:
        return xmp
    try:
        return without(xmp, {"http://purl.org/dc/elements/1.1/": ("format",)})[0]
    except expat.ExpatError:
        return xmp


def split(xmp: bytes) -> tuple[bytes, bytes]:
    """A small packet that announces an extended one, and the extended one with everything."""
    extended = WRAPPER.sub(b"", xmp).strip()
    return EMPTY.format(guid(extended)).encode(), extended


def guid(extended: bytes) -> str:
    """The name of an extended packet: its MD5 (XMP specification, part 3, 1.1.3.1)."""
    import hashlib  # late: few pictures have such

    return hashlib.md5(extended, usedforsecurity=False).hexdigest().upper()


def merged(xmp: bytes, extended: bytes) -> bytes | None:
    """A packet merged with its extended one; None if that is not XMP."""
    descriptions = b"".join(_descriptions(extended))
    end = xmp.rfind(b"</rdf:RDF>")
    if not descriptions or end < 0:
        return None
    made = without_announcement(xmp[:end]) + descriptions + xmp[end:]
    return made if _is_well_formed(made) else None


def whole(
    packet: bytes, extended: bytes | None, media_type: str, say: Callable[[str], None]
) -> bytes:
    """A packet and its extended one merged, without another file's media type.

    Parameters
    ----------
    packet : bytes
        UTF-8.
    extended : bytes, optional
        The packet that it announces.
    media_type : str
        Of the file that it goes into.
    say : callable
        Takes what the person should know.
    """
    if extended is not None:
        made = merged(packet, extended)
        if made is None:
            say("extended XMP, which is not of a form that can be merged, was left behind")
        packet = without_announcement(packet) if made is None else made
    return of_type(packet, media_type)


def _descriptions(xmp: bytes) -> Iterator[bytes]:
    """The content of a packet's RDF element."""
    begin, end = re.search(rb"<rdf:RDF\b[^>]*>", xmp), xmp.rfind(b"</rdf:RDF>")
    if begin is not None and begin.end() <= end and _is_well_formed(xmp):
        yield xmp[begin.end() : end].strip()


def _is_well_formed(xmp: bytes) -> bool:
    """True if a packet is XML whose prefixes are all declared."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(xmp.rstrip(PADDING), True)
    except expat.ExpatError:
        return False
    return True


def _refuse(*declaration: object) -> None:
    raise expat.ExpatError("XMP has no document type")
