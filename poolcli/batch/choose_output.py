"""The format, image mode and file name of each output."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from poolcli.batch.choose_format import choose_format, wanted_format
from poolcli.batch.choose_output_path import output_path, with_added_extension
from poolcli.batch.output_targets import Target
from poolcli.batch.pooled_level import Results
from poolcli.io import formats
from poolcli.io.document import Document

LOST_TENSOR_METADATA = "the metadata of the .safetensors (__metadata__) were dropped"

FRAMEWORK_KEY = "format"
"""The key of the metadata that names the framework which wrote the file; its loss is not noted."""


@dataclass(frozen=True, slots=True)
class Output:
    """The output of one level of a document.

    Attributes
    ----------
    modes : tuple of str
        The image mode of each frame; empty for arrays.
    notes : list of str
        What the report says of the format and the name.
    extension : str, optional
        The extension that `--format` or the output's name gives, lower case, with its dot.
    """

    path: str
    format: str
    modes: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    extension: str | None = None

    def add_note(self, note: str) -> None:
        """Add a note to the report, once."""
        if note not in self.notes:
            self.notes.append(note)

    @property
    def is_image(self) -> bool:
        """Whether the output is an image, not an array.

        Examples
        --------
        >>> Output("a.png", "PNG").is_image, Output("a.npy", "NPY").is_image
        (True, False)
        """
        return self.format not in formats.ARRAY_FORMATS.values()


def choose_output(
    document: Document, target: Target, results: Results, level: int | None
) -> Output:
    """Choose the format, the image modes and the file name of a result.

    Parameters
    ----------
    document : Document
        The input, whose format the result keeps if it can.
    target : Target
        Where the result goes, with the format that the user chose, if any.
    results : sequence of PooledLevel
        The results of all items at one level.
    level : int, optional
        The level of a pyramid, from 1; None without `--levels`.

    Returns
    -------
    Output

    Raises
    ------
    FormatError
        If the format that the user chose cannot hold the result.
    """
    name, modes, notes = choose_format(document, results, target)
    if name != "SAFETENSORS" and set(document.tensor_metadata) - {FRAMEWORK_KEY}:
        notes.append(LOST_TENSOR_METADATA)
    if name != wanted_format(document, target):
        target = with_added_extension(target, name, modes[0])
    path = output_path(target, name, None, *modes[:1])
    if path != target.path:
        suffix = Path(path).suffix
        kind = suffix[1:].upper() if name == "PPM" else name
        notes.append(f"named {suffix}, because its format is {kind}")
    path = output_path(target, name, level, *modes[:1])
    extension = target.extension or Path(path).suffix.lower() or None
    return Output(path, name, tuple(modes), notes, extension)
