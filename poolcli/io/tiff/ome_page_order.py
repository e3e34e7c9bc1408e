"""The pages of each image of an OME-TIFF.

Source: OME-TIFF specification, "The TiffData element". Planes are numbered in the order of the
axes; a ``TiffData`` puts planes of an image into pages of a file, in this order.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from poolcli.io.tiff.ome_xml_parser import Element, OmeError, children, parse


class OmePages(NamedTuple):
    """An image of an OME-TIFF, as its pages have it.

    Attributes
    ----------
    letters : str
        The axes of its pages, slowest first: T, Z and C.
    sizes : tuple of int
        Their sizes. Samples of a pixel do not count as C.
    pages : tuple of int
        The number of the page of each plane, from 0.
    """

    letters: str
    sizes: tuple[int, ...]
    pages: tuple[int, ...]


def find_ome_pages(text: str, page_count: int) -> list[OmePages] | None:
    """Return the pages of all images.

    Parameters
    ----------
    text : str
        The OME-XML.
    page_count : int
        The number of pages of the file.

    Returns
    -------
    list of OmePages, or None
        In the order of the images. None if the XML is damaged, or not all planes are in this file,
        each in a page of its own.

    Examples
    --------
    >>> pixels = 'DimensionOrder="XYCZT" SizeC="2" SizeZ="3" SizeT="1"'
    >>> text = f'<OME><Image><Pixels {pixels}><TiffData/></Pixels></Image></OME>'
    >>> find_ome_pages(text, 6)
    [OmePages(letters='TZC', sizes=(1, 3, 2), pages=(0, 1, 2, 3, 4, 5))]
    """
    try:
        root = parse(text)
        images = [
            _pages_of_pixels(pixels, root.get("UUID"), page_count)
            for image in children(root, "Image")
            for pixels in children(image, "Pixels")
        ]
    except (OmeError, KeyError, ValueError):
        return None
    pages = [page for image in images for page in image.pages]
    return images if images and len(set(pages)) == len(pages) else None


def _page_sizes(pixels: Element) -> dict[str, int]:
    """Return the sizes of the axes of an image's pages, slowest first."""
    letters = pixels.attrib["DimensionOrder"][:1:-1].upper()
    if sorted(letters) != ["C", "T", "Z"]:
        raise OmeError("unknown axes")
    sizes = {letter: int(pixels.attrib[f"Size{letter}"]) for letter in letters}
    samples = [int(each.get("SamplesPerPixel", 1)) for each in children(pixels, "Channel")]
    if samples and sum(samples) == sizes["C"] and len(set(samples)) == 1:
        sizes["C"] //= samples[0]
    return sizes


def _pages_of_pixels(pixels: Element, own_uuid: str | None, page_count: int) -> OmePages:
    """Return the pages of an image. Raise an error if they are not all in this file."""
    sizes = _page_sizes(pixels)
    count = math.prod(sizes.values())
    if min(sizes.values()) < 1 or count > page_count:
        raise OmeError("more planes than pages")
    pages: dict[int, int] = {}
    for data in children(pixels, "TiffData"):
        for element in children(data, "UUID"):
            own_uuid = element.text if own_uuid is None else own_uuid
            if element.text != own_uuid:
                raise OmeError("planes in another file")
        first_page = int(data.get("IFD", 0))
        first = 0
        for letter, size in sizes.items():
            first = first * size + int(data.get(f"First{letter}", 0))
        planes = int(data.get("PlaneCount", 1 if "IFD" in data.attrib else count - first))
        if first < 0 or first + planes > count or pages.keys() & {first, first + planes - 1}:
            raise OmeError("no such planes, or planes with two pages")
        for number in range(planes):
            pages[first + number] = first_page + number
    ordered = tuple(pages[plane] for plane in range(count))  # raises `KeyError` if one is missing
    if not all(0 <= page < page_count for page in ordered):
        raise OmeError("no such page")
    return OmePages("".join(sizes), tuple(sizes.values()), ordered)
