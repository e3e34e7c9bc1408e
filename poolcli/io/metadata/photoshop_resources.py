"""Photoshop's image resources in JPEG, TIFF and PSD files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from poolcli.io.note_callback_type import AddNote

SIGNATURES = (b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR")

IPTC_ID, IPTC_DIGEST_ID = 0x0404, 0x0425

COPIED_IDS = {0x03F0, 0x040A, 0x040B, 0x041E, IPTC_DIGEST_ID}
"""Resources that stay true: the caption, the copyright flag, the URL, the list of URLs, and the
digest of IPTC (Adobe Photoshop file formats specification, image resource IDs)."""

PATH_IDS = range(0x07D0, 0x0BB7)
"""Resources that hold paths. They are dropped, because their coordinates would be wrong."""


def read_resources(data: bytes, add_note: AddNote) -> tuple[bytes | None, dict[int, bytes]]:
    """Return IPTC and the resources that stay true for a pooled image.

    Parameters
    ----------
    data : bytes
        Resources, one after the other.
    add_note : callable
        Called with a note if paths were dropped.

    Returns
    -------
    iptc : bytes, optional
        The IPTC record.
    resources : dict
        Resources as they are stored, by their IDs.

    Examples
    --------
    >>> read_resources(resource(IPTC_ID, b"iptc") + resource(0x040A, b"\\1"), print)
    (b'iptc', {1034: b'8BIM\\x04\\n\\x00\\x00\\x00\\x00\\x00\\x01\\x01\\x00'})
    """
    iptc, resources = None, {}
    for resource_id, content, stored in _iter_resources(data):
        if resource_id == IPTC_ID:
            iptc = content or None
        elif resource_id in COPIED_IDS:
            resources[resource_id] = stored
        elif resource_id in PATH_IDS:
            add_note("Photoshop's paths were dropped")
    return iptc, resources


def resource(resource_id: int, content: bytes) -> bytes:
    """Return a resource without a name, as it is stored.

    Parameters
    ----------
    resource_id : int
        The ID, 0 to 65535.
    content : bytes
        The content; it is padded to an even size.
    """
    head = b"8BIM" + resource_id.to_bytes(2, "big") + b"\0\0" + len(content).to_bytes(4, "big")
    return head + content + bytes(len(content) % 2)


def join_resources(iptc: bytes | None, resources: Mapping[int, bytes]) -> bytes:
    """Return IPTC and other resources, one after the other, as they are stored.

    The digest of IPTC is included only together with IPTC.

    Parameters
    ----------
    iptc : bytes, optional
        The IPTC record.
    resources : mapping
        Other resources as they are stored, by their IDs.
    """
    stored = resource(IPTC_ID, iptc) if iptc is not None else b""
    for resource_id, each in resources.items():
        if resource_id != IPTC_DIGEST_ID or iptc is not None:
            stored += each
    return stored


def _iter_resources(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield ID, content and stored form of each resource."""
    start = 0
    while data[start : start + 4] in SIGNATURES and start + 12 <= len(data):
        name_bytes = 1 + data[start + 6]
        size_offset = start + 6 + name_bytes + name_bytes % 2
        size = int.from_bytes(data[size_offset : size_offset + 4], "big")
        stop = size_offset + 4 + size
        if stop > len(data):
            return
        end = stop + size % 2
        stored = data[start:end].ljust(end - start, b"\0")
        resource_id = int.from_bytes(data[start + 4 : start + 6], "big")
        yield resource_id, data[size_offset + 4 : stop], stored
        start = end
