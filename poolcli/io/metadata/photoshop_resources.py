"""Photoshop's image resources in JPEG and TIFF files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

SIGNATURES = (b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR")

IPTC, IPTC_DIGEST = 0x0404, 0x0425

KEPT = {0x03F0, 0x040A, 0x040B, 0x041E, IPTC_DIGEST}
"""Resources that stay true: the caption, the copyright flag, the URL, the list of URLs, and the
digest of IPTC (Adobe Photoshop file formats specification, image resource IDs)."""

PATHS = range(0x07D0, 0x0BB7)
"""Resources that hold paths, which would have to be turned and scaled as the picture is."""


def read_resources(
    data: bytes, say: Callable[[str], None]
) -> tuple[bytes | None, dict[int, bytes]]:
    """IPTC, and the resources that stay true for a pooled picture, as they are stored.

    Parameters
    ----------
    data : bytes
        Resources one after the other.
    say : callable
        Takes what the person should know.

    Examples
    --------
    >>> read_resources(resource(IPTC, b"iptc") + resource(0x040A, b"\\1"), print)
    (b'iptc', {1034: b'8BIM\\x04\\n\\x00\\x00\\x00\\x00\\x00\\x01\\x01\\x00'})
    """
    iptc, kept = None, {}
    for code, content, stored in _resources(data):
        if code == IPTC:
            iptc = content or None
        elif code in KEPT:
            kept[code] = stored
        elif code in PATHS:
            say("Photoshop's paths were left behind")
    return iptc, kept


def resource(code: int, content: bytes) -> bytes:
    """A resource without a name, as it is stored."""
    head = b"8BIM" + code.to_bytes(2, "big") + b"\0\0" + len(content).to_bytes(4, "big")
    return head + content + bytes(len(content) % 2)


def block(iptc: bytes | None, kept: Mapping[int, bytes]) -> bytes:
    """Resources one after the other; the digest only beside the IPTC that it is of."""
    made = resource(IPTC, iptc) if iptc is not None else b""
    for code, stored in kept.items():
        if code != IPTC_DIGEST or iptc is not None:
            made += stored
    return made


def _resources(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Codes, contents and the stored form of resources."""
    at = 0
    while data[at : at + 4] in SIGNATURES and at + 12 <= len(data):
        name_bytes = 1 + data[at + 6]
        begin = at + 6 + name_bytes + name_bytes % 2
        size = int.from_bytes(data[begin : begin + 4], "big")
        stop = begin + 4 + size
        if stop > len(data):
            return
        end = stop + size % 2
        stored = data[at:end].ljust(end - at, b"\0")
        yield int.from_bytes(data[at + 4 : at + 6], "big"), data[begin + 4 : stop], stored
        at = end
