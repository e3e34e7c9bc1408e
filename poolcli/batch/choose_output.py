"""The format, image mode and file name of each output."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from poolcli.batch.output_targets import Target
from poolcli.batch.pooled_level import Results
from poolcli.errors import FormatError
from poolcli.io import formats
from poolcli.io.document import Document
from poolcli.io.images.pixel_array import OutputImage
from poolcli.io.output_paths import STDIN_OR_STDOUT, insert_tag, split_extension
from poolcli.io.pixel_array_modes import is_pixel_array_mode
from poolcli.io.storable_image_modes import (
    DEEP_HEIF_MODES,
    MAX_SIDE_PIXELS,
    MIXED_FRAME_FORMATS,
    MULTI_FRAME_FORMATS,
    PALETTE_COLOUR_MODES,
    STORABLE_MODES,
    common_mode,
    storable_mode,
    unstorable_error,
)
from poolcli.request import Request

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


def wanted_format(document: Document, target: Target) -> str:
    """Return the format that `--format` or `-o` gives, else the input's own.

    Parameters
    ----------
    document : Document
        The input.
    target : Target
        The target, with the format that the user chose, if any.

    Returns
    -------
    str
        Pillow's name of the format, or ``NPY``, ``NPZ`` and the like.
    """
    return target.format or document.format


def indices_format(path: str, document: Document) -> str:
    """Return the format of a file of indices: ``NPY``, or that of several arrays.

    Parameters
    ----------
    path : str
        The path, whose extension gives the format.
    document : Document
        The input of max pooling, which gives the format of a path without an extension.

    Examples
    --------
    >>> npz = Document("NPZ", 2, list)
    >>> indices_format("at", npz), indices_format("at.npy", npz), indices_format("at.npz", npz)
    ('NPZ', 'NPY', 'NPZ')
    """
    suffix = Path(path).suffix.lower()
    for name, extension in formats.ARCHIVE_EXTENSIONS.items():
        if suffix == extension or (not suffix and document.format == name):
            return name
    return "NPY"


def known_output_path(
    target: Target, request: Request, document: Document | None = None
) -> str | None:
    """Return the path of the output if it is known before pooling, else None.

    It is known if the user named the file or the format. With the document it is also known if
    the result keeps the format of the input.

    Parameters
    ----------
    target : Target
        Where the result goes.
    request : Request
        The request; with `--dtype` or `--normalize` the format depends on the result.
    document : Document, optional
        The input, once it is open.

    Returns
    -------
    str or None
        The path, without the level of a pyramid.

    Examples
    --------
    >>> from poolcli.core.window import Window
    >>> request, target = Request((), "max", Window.fixed(2)), Target("out/a.dat")
    >>> print(known_output_path(target, request))
    None
    >>> known_output_path(target, request, Document("PNG", 1, list))
    'out/a.dat.png'
    >>> known_output_path(target._replace(named=True), request)
    'out/a.dat'
    """
    if target.path == STDIN_OR_STDOUT or target.named or target.format is not None:
        return target.path
    if document is None or not formats.is_writable_format(document.format):
        return None
    if request.dtype is not None or request.normalize or document.format == "PPM":
        return None  # format or extension depend on the result
    return with_extension_of(target.path, document.format)


def with_extension_of(path: str, name: str, mode: str = "") -> str:
    """Return a path whose extension fits a format, for an image of this mode.

    Parameters
    ----------
    path : str
        The path of a file. The extension of another known format is replaced.
    name : str
        Pillow's name of a format that is written, or ``NPY``, ``NPZ`` and the like.
    mode : str
        The mode of the image, on which the extensions of PNM files depend.

    Examples
    --------
    >>> with_extension_of("img.jpg", "PNG"), with_extension_of("img.v1", "GIF")
    ('img.png', 'img.v1.gif')
    >>> with_extension_of("img.jpeg", "JPEG"), with_extension_of("img.ppm", "PPM", "L")
    ('img.jpeg', 'img.pgm')
    """
    root, extension = split_extension(path)
    if formats.extension_fits(extension, name, mode):
        return path
    return root + formats.default_extension(name, mode)


def output_path(target: Target, name: str, level: int | None, mode: str = "") -> str:
    """Return the path of a result; its extension fits the format unless the user chose it.

    Parameters
    ----------
    target : Target
        Where the result goes.
    name : str
        Pillow's name of a format that is written, or ``NPY``, ``NPZ`` and the like.
    level : int, optional
        The level of a pyramid, from 1; None without `--levels`.
    mode : str
        The mode of the image, on which the extensions of PNM files depend.

    Examples
    --------
    >>> output_path(Target("out/a.jpg"), "PNG", None), output_path(Target("out/a.jpg"), "PNG", 2)
    ('out/a.png', 'out/a.L2.png')
    >>> output_path(Target("a.jpg", named=True), "PNG", None), output_path(Target("-"), "PNG", None)
    ('a.jpg', '-')
    """
    path = target.path
    if path != STDIN_OR_STDOUT and not target.named and target.format is None:
        path = with_extension_of(path, name, mode)
    return path if level is None else insert_tag(path, f"L{level}")


def _with_added_extension(target: Target, name: str, mode: str) -> Target:
    """Return a target with a format's extension added to its name, so that names stay different.

    The results of ``a.psd`` and ``a.png`` are ``a.psd.png`` and ``a.png``.
    """
    if target.path == STDIN_OR_STDOUT or target.named:
        return target
    return target._replace(path=target.path + formats.default_extension(name, mode))


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
    name, modes, notes = _format(document, results, target)
    if name != "SAFETENSORS" and set(document.tensor_metadata) - {FRAMEWORK_KEY}:
        notes.append(LOST_TENSOR_METADATA)
    if name != wanted_format(document, target):
        target = _with_added_extension(target, name, modes[0])
    path = output_path(target, name, None, *modes[:1])
    if path != target.path:
        suffix = Path(path).suffix
        kind = suffix[1:].upper() if name == "PPM" else name
        notes.append(f"named {suffix}, because its format is {kind}")
    path = output_path(target, name, level, *modes[:1])
    extension = target.extension or Path(path).suffix.lower() or None
    return Output(path, name, tuple(modes), notes, extension)


def _format(
    document: Document, results: Results, target: Target
) -> tuple[str, list[str], list[str]]:
    """Return the format of a result, the modes of its frames, and notes for the report."""
    name = wanted_format(document, target)
    if name in formats.ARRAY_FORMATS.values():
        return name, [], []
    extension = "" if target.format is None else target.extension or ""
    modes = _stored_modes(name, document, results, extension)
    if modes is not None:
        return name, modes, []
    if target.format is None:
        other = _fallback(results)
        modes = _stored_modes(other, document, results)
        if modes is not None:
            words = f"written as {other}: {name} cannot hold the result or cannot be written"
            return other, modes, [words]
    raise _refusal(name, document, results, extension if name == "PPM" else "")


def _stored_modes(
    name: str, document: Document, results: Results, extension: str = ""
) -> list[str] | None:
    """Return the modes in which a format stores the frames; None if it cannot store them."""
    if len(results) > 1 and name not in MULTI_FRAME_FORMATS:
        return None
    if results[0].page_count > 1 and name != "TIFF":
        return None
    if _too_large(name, results):
        return None
    found = _modes(results)
    if len(results) > 1 and name == "PNG" and any(map(_has_16_bits, found)):
        return None  # Pillow compares frames as 8 bits
    if len(results) > 1 and name not in MIXED_FRAME_FORMATS and not _one_palette(name, results):
        found = [PALETTE_COLOUR_MODES.get(mode, mode) for mode in found]
    opaque = [level.is_opaque for level in results]
    if name not in MIXED_FRAME_FORMATS:
        common = common_mode(found)
        if common is None or len(_sizes(results)) > 1:
            return None
        found, opaque = [common] * len(found), [all(opaque)] * len(found)
    if name == "HEIF" and _has_deep_heif(document) and set(found) <= set(DEEP_HEIF_MODES):
        return found
    palette = document.animation.from_palette
    stored = [
        storable_mode(name, mode, opaque=clear, from_palette=palette, extension=extension)
        for mode, clear in zip(found, opaque, strict=True)
    ]
    kept = [mode for mode in stored if mode is not None]
    return kept if len(kept) == len(stored) else None


def _one_palette(name: str, results: Results) -> bool:
    """Return whether the format can store one palette for all frames."""
    palettes = [level.result.palette for level in results if isinstance(level.result, OutputImage)]
    return name == "PNG" and all(palette == palettes[0] for palette in palettes)


def _too_large(name: str, results: Results) -> bool:
    limit = MAX_SIDE_PIXELS.get(name)
    return limit is not None and any(max(size) > limit for size in _sizes(results))


def _fallback(results: Results) -> str:
    """Return the format for results that the input's format cannot hold."""
    mode = common_mode(_modes(results))
    if mode is None or storable_mode("PNG", mode) is None or len(_sizes(results)) > 1:
        return "TIFF"
    return "TIFF" if _has_16_bits(mode) and len(results) > 1 else "PNG"


def _has_deep_heif(document: Document) -> bool:
    """Return whether all images of a HEIF have more than 8 bits, which the output will have too."""
    depths = [each.input_encoding.get("HEIF", {}).get("bit_depth", 8) for each in document.metadata]
    return document.format == "HEIF" and min(depths, default=8) > 8


def _has_16_bits(mode: str) -> bool:
    """Return whether the mode of a PNG has 16 bits per channel."""
    return mode == "I;16" or is_pixel_array_mode(mode)


def _refusal(name: str, document: Document, results: Results, extension: str) -> FormatError:
    modes = _modes(results)
    if (count := results[0].page_count) > 1:
        return FormatError(f"{name} cannot hold the {count} pages of a stack; .tif and .npy can")
    if _too_large(name, results):
        return FormatError(
            f"{name} holds at most {MAX_SIDE_PIXELS[name]} pixels a side; PNG holds more"
        )
    if len(results) > 1 and name in MULTI_FRAME_FORMATS and name not in MIXED_FRAME_FORMATS:
        if len(_sizes(results)) > 1:
            return FormatError(f"{name} wants frames of one size; TIFF and .npz hold unlike ones")
        if name == "PNG" and any(map(_has_16_bits, modes)):
            return FormatError("PNG cannot hold several frames of 16 bits; TIFF and .npz can")
        if common_mode(modes) is None:
            unlike = ", ".join(dict.fromkeys(modes))
            return FormatError(
                f"{name} wants frames of one mode, not {unlike}; TIFF and .npz hold unlike ones"
            )
    lacking = [mode for mode in modes if storable_mode(name, mode) is None]
    able = [
        other for other in STORABLE_MODES if _stored_modes(other, document, results) is not None
    ]
    lacking = lacking or modes
    return unstorable_error(name, lacking[0], able, frames=len(results), extension=extension)


def _modes(results: Results) -> list[str]:
    return [level.image_mode for level in results]


def _sizes(results: Results) -> set[tuple[int, ...]]:
    return {level.page_size for level in results}
