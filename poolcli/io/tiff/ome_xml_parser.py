"""Parsing and writing of OME-XML, the description of an OME-TIFF (tag 270)."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree

Element = ElementTree.Element

XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

DOCTYPE = re.compile("<!(DOCTYPE|ENTITY)", re.IGNORECASE)

RESERVED_PREFIX = re.compile(r"ns\d+")
"""Prefixes that `ElementTree` gives to namespaces without one."""


class OmeError(ValueError):
    """OME-XML is damaged, or does not describe the file."""


def is_ome_description(text: str) -> bool:
    """Return whether a description is OME-XML.

    Examples
    --------
    >>> is_ome_description('<?xml version="1.0"?><OME xmlns="x"/>'), is_ome_description("<OMEN/>")
    (True, False)
    """
    return re.search(r"<(\w+:)?OME[\s/>]", text[:4096]) is not None


def parse(text: str) -> Element:
    """Return the root element. Entities are not expanded: a document type is refused.

    Namespaces keep their prefixes when the document is written.

    Raises
    ------
    OmeError
        If it cannot be parsed.
    """
    if DOCTYPE.search(text):
        raise OmeError("a document type")
    prefixes: dict[str, str] = {}
    root: Element | None = None
    try:
        for event, value in ElementTree.iterparse(io.StringIO(text), ("start-ns", "end")):
            if event == "end":
                root = value  # the root ends last
            else:
                prefixes.setdefault(value[0] or "", value[1])
    except (ElementTree.ParseError, ValueError) as error:
        raise OmeError(str(error)) from error
    for prefix, uri in prefixes.items():
        if not RESERVED_PREFIX.fullmatch(prefix):
            ElementTree.register_namespace(prefix, uri)
    assert root is not None
    return root


def to_text(root: Element) -> str:
    """Return a document as text of ASCII characters.

    Raises
    ------
    OmeError
        If elements are nested too deeply.

    Examples
    --------
    >>> to_text(parse('<OME xmlns="http://x"><Image Name="\u00b5"/></OME>'))
    '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://x"><Image Name="&#181;" /></OME>'
    """
    file = io.BytesIO()
    try:
        ElementTree.ElementTree(root).write(file, "us-ascii", xml_declaration=False)
    except RecursionError as error:
        raise OmeError("nested too deeply") from error
    return XML_DECLARATION + file.getvalue().decode("ascii")


def local_name(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: Element, *names: str) -> list[Element]:
    """Return the children with one of some names, whatever their namespaces."""
    return [child for child in element if local_name(child) in names]


def new_element(like: Element, name: str, attributes: dict[str, str]) -> Element:
    """Return a new element in the namespace of another one."""
    namespace = like.tag.removesuffix(local_name(like))
    return Element(namespace + name, attributes)


def remove_children(element: Element, *names: str) -> int:
    """Remove the children with one of some names; return their number."""
    found = children(element, *names)
    for child in found:
        element.remove(child)
    return len(found)
