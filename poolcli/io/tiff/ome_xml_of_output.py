"""OME-XML of an output: sizes, voxel sizes and pages of its images.

Source: OME schema 2016-06, "Pixels". Elements and attributes that are not named here stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from poolcli.io.note_callback_type import AddNote
from poolcli.io.tiff.axis_scaling import OutputAxes
from poolcli.io.tiff.ome_xml_parser import (
    Element,
    OmeError,
    children,
    new_element,
    parse,
    remove_children,
    to_text,
)

PIXEL_TYPES = {
    "bool": "bit", "float32": "float", "float64": "double", "complex64": "complex",
    "complex128": "double-complex",
}  # fmt: skip
"""The names of dtypes in OME, where they differ from those in NumPy."""

STORABLE_DTYPES = ("uint8", "int8", "uint16", "int16", "uint32", "int32", *PIXEL_TYPES)

STEPS = {
    "X": ("PhysicalSizeX", "PhysicalSizeXUnit"),
    "Y": ("PhysicalSizeY", "PhysicalSizeYUnit"),
    "Z": ("PhysicalSizeZ", "PhysicalSizeZUnit"),
    "T": ("TimeIncrement", "TimeIncrementUnit"),
}
"""The attributes of the distance of elements and of its unit, by axes."""

UNREADABLE = "OME-XML could not be read and was dropped"
NOT_DESCRIBED = "OME-XML, which does not fit the output's pages, was dropped"
NO_STEP = "voxel sizes in OME-XML were dropped: the result has no common step"
PLANES_DROPPED = "OME-XML's times and positions of planes that were pooled together were dropped"
CHANNELS_DROPPED = "OME-XML's description of channels that were pooled together was dropped"
REGIONS_DROPPED = "OME-XML's regions of interest were dropped: pixels have moved"
MODULO_DROPPED = "OME-XML's description of further axes was dropped"


class OmeImage(NamedTuple):
    """An image of an output.

    Attributes
    ----------
    axes : OutputAxes
        The axes of all its pages.
    pages : tuple of int
        The number of the page of each plane, from 0; planes are in the order of the axes.
    dtype : str
        NumPy's name of the dtype.
    """

    axes: OutputAxes
    pages: tuple[int, ...]
    dtype: str


def rewrite_ome_xml(text: str, images: Mapping[int, OmeImage], add_note: AddNote) -> str | None:
    """Return OME-XML of the output.

    Parameters
    ----------
    text : str
        The OME-XML of the input.
    images : mapping of int to OmeImage
        The images that are written, by their numbers in the input's OME-XML, from 0. All others are
        removed from it.
    add_note : callable
        Called with a note for what was dropped.

    Returns
    -------
    str or None
        Of ASCII characters. None if the XML cannot be read, or OME has no such axes or dtype.
    """
    try:
        root = parse(text)
        found = children(root, "Image")
        if not images or max(images) >= len(found):
            add_note(NOT_DESCRIBED)
            return None
        for number, image in images.items():
            if not _rewrite_image(found[number], number, image, add_note):
                add_note(NOT_DESCRIBED)
                return None
        _remove_images(root, [each for at, each in enumerate(found) if at not in images])
        root.attrib.pop("UUID", None)
        pooled = {letter for image in images.values() for letter in image.axes.pooled_letters}
        if pooled:
            _remove_regions(root, add_note)
        if pooled & {*"TZC"}:
            _remove_modulo_annotations(root, add_note)
        return to_text(root)
    except OmeError:
        add_note(UNREADABLE)
        return None


def _rewrite_image(image: Element, number: int, output: OmeImage, add_note: AddNote) -> bool:
    """Adapt an image to its output; return whether OME can describe it."""
    axes, (pixels, *others) = output.axes, children(image, "Pixels") or [image]
    order = _dimension_order(pixels.get("DimensionOrder", ""), axes.letters.replace("S", ""))
    if pixels is image or others or order is None or output.dtype not in STORABLE_DTYPES:
        return False
    attributes, samples = pixels.attrib, axes.size("S")
    attributes["DimensionOrder"] = order
    for letter in "XYZCT":
        attributes[f"Size{letter}"] = str(axes.size(letter) * (samples if letter == "C" else 1))
    pixel_type = PIXEL_TYPES.get(output.dtype, output.dtype)
    if attributes.get("Type") != pixel_type:
        attributes["Type"] = pixel_type
        attributes.pop("SignificantBits", None)
    attributes.pop("BigEndian", None)
    _scale_steps(attributes, axes, add_note)
    _rewrite_channels(pixels, number, axes, add_note)
    remove_children(pixels, "BinData", "TiffData", "MetadataOnly")
    after_channels = len(children(pixels, "Channel"))
    pixels[after_channels:after_channels] = _tiff_data(pixels, output)
    if axes.pooled_letters & {*"TZC"} and remove_children(pixels, "Plane"):
        add_note(PLANES_DROPPED)
    return True


def _dimension_order(before: str, letters: str) -> str | None:
    """Return the order of all axes, fastest first; None if OME has no such axes.

    Examples
    --------
    >>> _dimension_order("XYCZT", "ZCYX"), _dimension_order("XYCZT", "CZYX")
    ('XYCZT', 'XYZCT')
    """
    page_letters = letters[:-2]
    if letters[-2:] != "YX" or not {*page_letters} <= {*"TZC"}:
        return None
    kept = [letter for letter in reversed(before) if letter in page_letters]
    if sorted(before) == sorted("XYZCT") and kept == list(page_letters):
        return before
    missing = "".join(letter for letter in "TCZ" if letter not in page_letters)
    return "XY" + (missing + page_letters)[::-1]


def _scale_steps(attributes: dict[str, str], axes: OutputAxes, add_note: AddNote) -> None:
    for letter, (step, unit) in STEPS.items():
        scaling = axes.scaling(letter)
        if step not in attributes or letter not in axes.pooled_letters:
            continue
        try:
            if scaling is None:
                raise ValueError
            attributes[step] = repr(float(attributes[step]) * scaling.scale)
        except ValueError:
            add_note(NO_STEP)
            attributes.pop(step)
            attributes.pop(unit, None)


def _rewrite_channels(pixels: Element, number: int, axes: OutputAxes, add_note: AddNote) -> None:
    """Adapt the channels, and the samples of each, which are samples of a pixel."""
    samples = axes.size("S")
    if "C" in axes.pooled_letters and remove_children(pixels, "Channel"):
        add_note(CHANNELS_DROPPED)
    if samples > 1 and not children(pixels, "Channel"):
        ids = [f"Channel:{number}:{index}" for index in range(axes.size("C"))]
        pixels[:0] = [new_element(pixels, "Channel", {"ID": each}) for each in ids]
    for channel in children(pixels, "Channel"):
        if samples > 1 or "SamplesPerPixel" in channel.attrib:
            channel.set("SamplesPerPixel", str(samples))


def _tiff_data(pixels: Element, output: OmeImage) -> list[Element]:
    """Return elements that say which pages hold the planes."""
    pages, axes = output.pages, output.axes
    first, count = pages[0], len(pages)
    if tuple(pages) == tuple(range(first, first + count)):
        values = {"IFD": str(first), "PlaneCount": str(count)}
        return [new_element(pixels, "TiffData", values)]
    elements = []
    for plane, page in enumerate(pages):
        values = {"IFD": str(page), "PlaneCount": "1"}
        for letter in reversed(axes.letters.replace("S", "")[:-2]):
            plane, index = divmod(plane, axes.size(letter))
            values[f"First{letter}"] = str(index)
        elements.append(new_element(pixels, "TiffData", values))
    return elements


def _remove_images(root: Element, images: list[Element]) -> None:
    """Remove images, and what refers to them."""
    left_out, removed = set(images), {image.get("ID") for image in images}
    root[:] = [child for child in root if child not in left_out]
    for parent in list(root.iter()) if images else ():
        for reference in children(parent, "ImageRef"):
            if reference.get("ID") in removed:
                parent.remove(reference)


def _remove_regions(root: Element, add_note: AddNote) -> None:
    removed = remove_children(root, "ROI")
    for image in children(root, "Image"):
        removed += remove_children(image, "ROIRef")
    if removed:
        add_note(REGIONS_DROPPED)


def _remove_modulo_annotations(root: Element, add_note: AddNote) -> None:
    """Remove annotations that split an axis into several (Bio-Formats: 6D, 7D and 8D storage)."""
    removed = set()
    for parent in children(root, "StructuredAnnotations"):
        for annotation in list(parent):
            if annotation.get("Namespace", "").endswith("/modulo"):
                parent.remove(annotation)
                removed.add(annotation.get("ID"))
    for image in children(root, "Image"):
        for reference in children(image, "AnnotationRef"):
            if reference.get("ID") in removed:
                image.remove(reference)
    if removed:
        add_note(MODULO_DROPPED)
