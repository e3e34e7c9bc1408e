"""Writing results: pictures, arrays, and where the values stood."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from poolcli.batch.due import Due
from poolcli.batch.output_format import Output, Results, are_alike
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.core.modes import find_mode
from poolcli.errors import FormatError
from poolcli.io import formats
from poolcli.io.arrays import npy
from poolcli.io.document import Document
from poolcli.io.images.encoding.encoder_options import EncoderOptions
from poolcli.io.images.output_image import OutputImage
from poolcli.io.images.write import OutputFrames, write_image
from poolcli.io.metadata.read import Metadata
from poolcli.request import Request


def write_output(
    output: Output, document: Document, results: Results, request: Request, due: Due
) -> None:
    """Write one level of a document."""
    if output.is_image:
        pictures = _pictures(output, document, results, request)
        with due.opened(output.path) as file:
            write_image(file, pictures, output.format, _asked(output, document, request))
    elif output.format == "NPY":
        array = _single_array(results)
        with due.opened(output.path) as file:
            npy.write_npy(file, array, fortran=results[0].fortran)
    else:
        named = _named(results)
        with due.opened(output.path) as file:
            npy.write_npz(file, named, compressed=document.compressed)


@contextmanager
def indices_beside(path: str, results: Results, due: Due) -> Iterator[None]:
    """Write where the values stood; the file appears when the block, which writes those, ends well.

    Raises
    ------
    FormatError
        If it is not one array.
    """
    places = [level.places for level in results if level.places is not None]
    if len({place.shape for place in places}) > 1:
        raise FormatError(
            "indices of frames of unlike size do not go into one .npy; leave them out"
        )
    with due.opened(path) as file:
        joined = places[0] if len(places) == 1 else np.stack(places)
        npy.write_npy(file, joined, fortran=results[0].fortran)
        file.flush()
        yield


def _single_array(results: Results) -> npt.NDArray[Any]:
    """The one array of a result; frames that are alike are stacked, N H W C."""
    found = _arrays(results)
    if len(found) == 1:
        return found[0]
    if not are_alike(results):
        shapes, sizes = {array.shape for array in found}, {array.shape[:2] for array in found}
        unlike = "size" if len(sizes) > 1 else "channels" if len(shapes) > 1 else "dtype"
        raise FormatError(f"frames of unlike {unlike} do not go into one .npy; .npz holds them")
    return np.stack(found)


def _named(results: Results) -> dict[str, npt.NDArray[Any]]:
    """Arrays by their keys; frames that are alike as one array, others each by itself."""
    if results[0].key is not None:
        return {
            str(level.key): array for level, array in zip(results, _arrays(results), strict=True)
        }
    found = [_single_array(results)] if are_alike(results) else _arrays(results)
    return {f"arr_{number}": array for number, array in enumerate(found)}


def _arrays(results: Results) -> list[npt.NDArray[Any]]:
    return [level.result for level in results if not isinstance(level.result, OutputImage)]


def _pictures(
    output: Output, document: Document, results: Results, request: Request
) -> OutputFrames:
    frames = []
    for level, mode in zip(results, output.modes, strict=True):
        assert isinstance(level.result, OutputImage)
        stored = mode.partition(";")[0] if mode.startswith("P;") else mode
        frames.append(level.result.release_image(stored))
    kept = list(document.metadata) or [Metadata() for _ in frames]
    return OutputFrames(frames, kept, document.animation, output.notes)


def _asked(output: Output, document: Document, request: Request) -> EncoderOptions:
    """How a picture is to be packed; of JPEG 2000 the name, or else the input, says more."""
    before = document.metadata[0].as_before if document.metadata else {}
    stays = output.extension is None and "JPEG2000" in before
    return EncoderOptions(
        quality=request.quality,
        compress_level=request.compress_level,
        labels=find_mode(request.mode).pools_whole_pixels,
        codestream=stays or output.extension in formats.CODESTREAM_EXTENSIONS,
        threads=request.jobs or usable_cpus(),
    )
