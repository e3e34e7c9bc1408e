"""From results to files: which format, mode and name a result gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from poolcli.batch.pool_item import Level
from poolcli.batch.tasks import Target
from poolcli.errors import FormatError
from poolcli.io import formats
from poolcli.io.document import Document
from poolcli.io.images.output_image import OutputImage
from poolcli.io.paths import insert_tag, split_extension
from poolcli.io.storable_modes import (
    MAX_SIDE_PIXELS,
    MIXED_FRAME_FORMATS,
    MULTI_FRAME_FORMATS,
    PALETTE_COLOUR_MODES,
    STORABLE_MODES,
    common_mode,
    storable_mode,
    unstorable_error,
)
from poolcli.request import STDIN_OR_STDOUT, Request

Results = Sequence[Level]
"""All arrays or frames of a document at one level."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where one level of a document goes, in which format, and its frames in which modes.

    Attributes
    ----------
    extension : str, optional
        The extension that was asked for, or that its name has.
    """

    path: str
    format: str
    modes: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    extension: str | None = None

    @property
    def is_image(self) -> bool:
        """Whether it is a picture that is written."""
        return self.format not in formats.ARRAY_FORMATS.values()


def wanted_format(document: Document, target: Target) -> str:
    """The format asked for, else the input's own."""
    return target.format or document.format


def foreseen(target: Target, request: Request, document: Document | None = None) -> str | None:
    """The name of what will be written, where that can be told before the work.

    Without the document only what was asked for can be; with it, also a format that stays.
    """
    if target.path == STDIN_OR_STDOUT or target.named or target.format is not None:
        return target.path
    if document is None or not formats.is_writable_format(document.format):
        return None
    if request.dtype is not None or request.normalize or document.format == "PPM":
        return None  # the format, or the extension, depends on what comes out
    return corrected(target.path, document.format)


def corrected(path: str, name: str, mode: str = "") -> str:
    """A path whose extension is one of the format's, for a picture of this mode.

    Examples
    --------
    >>> corrected("img.jpg", "PNG"), corrected("img.tiff", "TIFF"), corrected("img.v1", "GIF")
    ('img.png', 'img.tiff', 'img.v1.gif')
    """
    root, extension = split_extension(path)
    if formats.extension_fits(extension, name, mode):
        return path
    return root + formats.default_extension(name, mode)


def destination(target: Target, name: str, level: int | None, mode: str = "") -> str:
    """Where a result in a format is written: its extension corrected, unless it was asked for."""
    path = target.path
    if path != STDIN_OR_STDOUT and not target.named and target.format is None:
        path = corrected(path, name, mode)
    return path if level is None else insert_tag(path, f"L{level}")


def _added(target: Target, name: str, mode: str) -> Target:
    """A target whose name has a format's extension added, so that unlike names stay unlike.

    Of ``a.psd`` and ``a.png`` results are ``a.psd.png`` and ``a.png``.
    """
    if target.path == STDIN_OR_STDOUT or target.named:
        return target
    return target._replace(path=target.path + formats.default_extension(name, mode))


def settle(document: Document, results: Results, target: Target, level: int | None) -> Output:
    """Decide a result's format, its modes and its file's name.

    Raises
    ------
    FormatError
        If the format asked for cannot hold the result.
    """
    name, modes, notes = _format(document, results, target)
    if name != wanted_format(document, target):
        target = _added(target, name, modes[0])
    path = destination(target, name, None, *modes[:1])
    if path != target.path:
        suffix = Path(path).suffix
        kind = suffix[1:].upper() if name == "PPM" else name
        notes.append(f"named {suffix}, for it is {kind}")
    path = destination(target, name, level, *modes[:1])
    extension = target.extension or Path(path).suffix.lower() or None
    return Output(path, name, tuple(modes), notes, extension)


def _format(
    document: Document, results: Results, target: Target
) -> tuple[str, list[str], list[str]]:
    """The format of a result, the modes of its frames, and what is to be said of them."""
    name = wanted_format(document, target)
    if name in formats.ARRAY_FORMATS.values():
        return name, [], []
    extension = None if target.format is None else target.extension
    modes = _stored(name, document, results, extension)
    if modes is not None:
        return name, modes, []
    if target.format is None:
        other = _fallback(results)
        modes = _stored(other, document, results)
        if modes is not None:
            words = f"written as {other}: {name} cannot hold the result or cannot be written"
            return other, modes, [words]
    raise _refusal(name, document, results, extension if name == "PPM" else None)


def are_alike(results: Results) -> bool:
    """Whether frames make one array."""
    return len({(level.result.shape, level.result.dtype) for level in results}) == 1


def _stored(
    name: str, document: Document, results: Results, extension: str | None = None
) -> list[str] | None:
    """The modes in which a format keeps frames; None where it cannot."""
    if len(results) > 1 and name not in MULTI_FRAME_FORMATS:
        return None
    if _too_large(name, results):
        return None
    found = _modes(results)
    if len(results) > 1 and name == "PNG" and "I;16" in found:
        return None  # Pillow compares frames by 8 bits
    if len(results) > 1 and name not in MIXED_FRAME_FORMATS and not _one_palette(name, results):
        found = [PALETTE_COLOUR_MODES.get(mode, mode) for mode in found]
    opaque = [level.is_opaque for level in results]
    if name not in MIXED_FRAME_FORMATS:
        common = common_mode(found)
        if common is None or len(_sizes(results)) > 1:
            return None
        found, opaque = [common] * len(found), [all(opaque)] * len(found)
    palette = document.animation.from_palette
    stored = [
        storable_mode(name, mode, opaque=clear, from_palette=palette, extension=extension)
        for mode, clear in zip(found, opaque, strict=True)
    ]
    kept = [mode for mode in stored if mode is not None]
    return kept if len(kept) == len(stored) else None


def _one_palette(name: str, results: Results) -> bool:
    """Whether all frames have a palette that the format can share among them."""
    palettes = [level.result.palette for level in results if isinstance(level.result, OutputImage)]
    return name == "PNG" and all(palette == palettes[0] for palette in palettes)


def _too_large(name: str, results: Results) -> bool:
    limit = MAX_SIDE_PIXELS.get(name)
    return limit is not None and any(max(size) > limit for size in _sizes(results))


def _fallback(results: Results) -> str:
    """The format for what the input's own cannot hold or Pillow cannot write."""
    mode = common_mode(_modes(results))
    fits = mode in STORABLE_MODES["PNG"] and not (mode == "I;16" and len(results) > 1)
    return "PNG" if fits and len(_sizes(results)) == 1 else "TIFF"


def _refusal(name: str, document: Document, results: Results, extension: str | None) -> FormatError:
    modes = _modes(results)
    if _too_large(name, results):
        return FormatError(
            f"{name} holds at most {MAX_SIDE_PIXELS[name]} pixels a side; PNG holds more"
        )
    if len(results) > 1 and name in MULTI_FRAME_FORMATS and name not in MIXED_FRAME_FORMATS:
        if len(_sizes(results)) > 1:
            return FormatError(f"{name} wants frames of one size; TIFF and .npz hold unlike ones")
        if name == "PNG" and "I;16" in modes:
            return FormatError("PNG cannot hold several frames of 16 bits; TIFF and .npz can")
        if common_mode(modes) is None:
            unlike = ", ".join(dict.fromkeys(modes))
            return FormatError(
                f"{name} wants frames of one mode, not {unlike}; TIFF and .npz hold unlike ones"
            )
    lacking = [mode for mode in modes if storable_mode(name, mode) is None]
    able = [other for other in STORABLE_MODES if _stored(other, document, results) is not None]
    lacking = lacking or modes
    return unstorable_error(name, lacking[0], able, frames=len(results), extension=extension)


def _modes(results: Results) -> list[str]:
    return [level.kind for level in results]


def _sizes(results: Results) -> set[tuple[int, ...]]:
    return {level.result.shape[:2] for level in results}
