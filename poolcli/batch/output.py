"""From results to files: which format and name a result gets, and writing it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from poolcli.batch.plan import Plan, Target, Task
from poolcli.batch.pooling import Level
from poolcli.errors import FormatError, OutputError, OutputExistsError
from poolcli.media import arrays, encode, formats
from poolcli.media.atomic import writing, writing_stdout
from poolcli.media.paths import is_there, split, tagged
from poolcli.media.pixels import picture
from poolcli.media.source import Document
from poolcli.request import STREAM, Request

Results = Sequence[Level]
"""All arrays or frames of a document at one level."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where one level of a document goes, and in which format."""

    path: str
    format: str
    notes: tuple[str, ...] = ()

    @property
    def is_image(self) -> bool:
        """Whether it is a picture that is written."""
        return self.format not in formats.ARRAY_FORMATS.values()


def wanted_format(document: Document, target: Target) -> str:
    """The format asked for, else the input's own."""
    return target.format or document.format


def level_path(path: str, level: int | None) -> str:
    """A path with a pyramid's level before the extension.

    Examples
    --------
    >>> level_path("img.max-k2-s2.png", 1), level_path("img.png", None)
    ('img.max-k2-s2.L1.png', 'img.png')
    """
    return path if level is None else tagged(path, f"L{level}")


def settle(
    document: Document, results: Results, task: Task, plan: Plan, level: int | None
) -> Output:
    """Decide a result's format and its file's name.

    Raises
    ------
    FormatError
        If the format asked for cannot hold the result.
    """
    target = task.target
    assert target is not None
    name, notes = wanted_format(document, target), []
    if name not in formats.ARRAY_FORMATS.values() and not _holds(name, document, results):
        mode = _common_mode(results)
        if target.format is not None:
            raise formats.refuse(name, mode, frames=len(results))
        stored, name = name, formats.fallback(mode)
        notes.append(f"written as {name}: {stored} cannot hold the result or cannot be written")
    path = target.path
    if path == STREAM or target.named:
        return Output(level_path(path, level), name, tuple(notes))
    root, extension = split(path)
    if target.format is None and not formats.extension_fits(extension, name):
        path = root + formats.extension_for(name)
        notes.append(f"named {Path(path).suffix}, for it is {name}")
        if os.path.abspath(path) in plan.outputs:  # noqa: PTH100 - as the plan has them
            raise OutputExistsError(f"{path} is the output of another input of this run")
    return Output(level_path(path, level), name, tuple(notes))


def check_path(path: str, source: str, request: Request) -> bool:
    """Whether a file is to be written; False where it is there already and may stay.

    Raises
    ------
    OutputExistsError
        If it is there and may not be replaced.
    OutputError
        If it is the input itself.
    """
    if path == STREAM:
        return True
    if source != STREAM and is_there(path) and is_there(source) and Path(path).samefile(source):
        raise OutputError(f"{path} is the input itself, which is never replaced; name another -o")
    if request.overwrite or not is_there(path):
        return True
    if request.skip_existing:
        return False
    raise OutputExistsError(
        f"{path} exists; --overwrite replaces it, --skip-existing passes over it"
    )


def write(output: Output, document: Document, results: Results, request: Request) -> None:
    """Write one level of a document."""
    if output.is_image:
        frames = _frames(output.format, document, results)
        with opened(output.path) as file:
            encode.encode(
                file,
                frames,
                output.format,
                document.keep,
                quality=request.quality,
                compress_level=request.compress_level,
            )
    elif output.format == "NPY":
        array = single_array(results)
        with opened(output.path) as file:
            arrays.write_npy(file, array, fortran=results[0].fortran)
    else:
        named = _named(results)
        with opened(output.path) as file:
            arrays.write_npz(file, named, compressed=bool(document.keep.get("compressed")))


def write_indices(path: str, results: Results) -> None:
    """Write where the values stood."""
    if len(results) > 1 and results[0].key is not None:
        raise FormatError(f"indices of {len(results)} arrays do not go into one .npy")
    places = [level.places for level in results]
    with opened(path) as file:
        arrays.write_npy(file, _stack([place for place in places if place is not None]))


def opened(path: str) -> AbstractContextManager[BinaryIO]:
    """Open an output."""
    return writing_stdout() if path == STREAM else writing(Path(path))


def single_array(results: Results) -> npt.NDArray[Any]:
    """The one array of a result; frames of one size are stacked, N H W C.

    Raises
    ------
    FormatError
        If there are several that do not make one array.
    """
    if len(results) > 1 and results[0].key is not None:
        raise FormatError(f"{len(results)} arrays do not go into one .npy; .npz holds them")
    return _stack([level.array for level in results])


def _stack(found: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    if len(found) == 1:
        return found[0]
    if len({(array.shape, array.dtype) for array in found}) > 1:
        raise FormatError("frames of unlike size do not go into one .npy; .npz holds them")
    return np.stack(found)


def _named(results: Results) -> dict[str, npt.NDArray[Any]]:
    """Arrays by their keys; frames of one size as one array, others each by itself."""
    if results[0].key is not None:
        return {str(level.key): level.array for level in results}
    found = [level.array for level in results]
    if len({(array.shape, array.dtype) for array in found}) == 1:
        found = [_stack(found)]
    return {f"arr_{number}": array for number, array in enumerate(found)}


def _common_mode(results: Results) -> str:
    """A mode that holds all frames."""
    modes = {level.image_mode or "" for level in results}
    if len(modes) == 1:
        return modes.pop()
    if not modes <= {"1", "L", "LA", "RGB", "RGBA"}:
        return max(modes)
    colour = "RGB" if modes & {"RGB", "RGBA"} else "L"
    return colour + ("A" if modes & {"LA", "RGBA"} else "")


def _stored(name: str, document: Document, results: Results) -> str | None:
    mode = _common_mode(results)
    opaque = mode in ("LA", "RGBA") and all(
        level.image_mode not in ("LA", "RGBA") or bool((level.array[..., -1] == 255).all())
        for level in results
    )
    palette = bool(document.keep.get("from_palette"))
    return formats.storable_mode(name, mode, opaque=opaque, from_palette=palette)


def _holds(name: str, document: Document, results: Results) -> bool:
    if results[0].key is not None and len(results) > 1:
        raise FormatError(f"{len(results)} arrays do not go into one picture; .npz holds them")
    if len(results) > 1:
        if name not in formats.FRAMES:
            return False
        sizes = {level.array.shape[:2] for level in results}
        if len(sizes) > 1 and name not in ("TIFF", "PDF"):
            raise FormatError(f"{name} wants frames of one size; TIFF and .npz hold unlike ones")
    return _stored(name, document, results) is not None


def _frames(name: str, document: Document, results: Results) -> list[Any]:
    mode = _stored(name, document, results)
    assert mode is not None
    frames = []
    for level in results:
        assert level.image_mode is not None
        frame = picture(level.array, level.image_mode)
        frames.append(frame if frame.mode == mode else frame.convert(mode))
    return frames
