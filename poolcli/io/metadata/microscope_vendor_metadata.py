"""Tags and descriptions in which microscopes and scanners describe the stored pixels.

Copied to an output they would be false: sizes of images and pixels have changed. Readers such
as tifffile would even read other pixels, because they find the pages by them.
"""

from __future__ import annotations

from typing import Any

from poolcli.io.metadata.tiff_tags import DESCRIPTION
from poolcli.io.note_callback_type import AddNote

INSTRUMENT_TAGS: dict[str, frozenset[int]] = {
    "Andor": frozenset(range(4864, 5031)),
    "Olympus SIS": frozenset({33471, 33560}),
    "MetaMorph": frozenset(range(33628, 33632)),
    "Zeiss SEM": frozenset({34118}),
    "Olympus FluoView": frozenset({34361, 34362, 34363, 34386}),
    "Zeiss LSM": frozenset({34412}),
    "FEI": frozenset({34680, 34682}),
    "TVIPS": frozenset(range(37706, 37711)),
    "NIH Image": frozenset({43314}),
    "Hamamatsu NDPI": frozenset(range(65420, 65460)),
}
"""Private tags by the names of their formats."""

DESCRIPTION_STARTS = {"Aperio": "Aperio ", "MetaMorph": "<MetaData>", "Pilatus": "# Pixel_size"}
DESCRIPTION_ENDS = {
    "Leica SCN": "</scn>", "Philips": "</DataObject>",
    "PerkinElmer QPI": "</PerkinElmer-QPI-ImageDescription>",
}  # fmt: skip
"""The texts with which descriptions of each format start or end."""


def remove_instrument_metadata(values: dict[int, Any], add_note: AddNote) -> None:
    """Remove metadata of instruments from the tags of a page.

    Parameters
    ----------
    values : dict of int
        The values of the tags; changed in place.
    add_note : callable
        Called with a note for each format whose metadata were removed.

    Examples
    --------
    >>> values = {270: "Aperio Image Library v10\\n46920x33014 |MPP = 0.4990", 305: "scanner"}
    >>> remove_instrument_metadata(values, print)
    metadata of Aperio describe the stored pixels and are not copied
    >>> values
    {305: 'scanner'}
    """
    found = {name: tags & values.keys() for name, tags in INSTRUMENT_TAGS.items()}
    description = values.get(DESCRIPTION)
    if isinstance(description, str) and (name := _format_of_description(description)):
        found[name] = found.get(name, frozenset()) | {DESCRIPTION}
    for name, tags in found.items():
        for tag in tags:
            del values[tag]
        if tags:
            add_note(f"metadata of {name} describe the stored pixels and are not copied")


def _format_of_description(text: str) -> str:
    """Return the name of the format of a description; empty if it is none of these."""
    end = text[-64:].rstrip("\0 \r\n")
    for name, start in DESCRIPTION_STARTS.items():
        if text.startswith(start):
            return name
    return next((name for name, last in DESCRIPTION_ENDS.items() if end.endswith(last)), "")
