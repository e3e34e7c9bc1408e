"""Writing results to files: images, arrays, argmax indices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from poolcli.batch.choose_format import indices_format
from poolcli.batch.choose_output import Output
from poolcli.batch.overwrite_or_skip import TaskOutputs
from poolcli.batch.pooled_level import Results, can_be_stacked
from poolcli.errors import FormatError
from poolcli.io.arrays import npy
from poolcli.io.arrays.npy_blocks import NpyReader
from poolcli.io.document import Document
from poolcli.io.formats import ARCHIVE_EXTENSIONS
from poolcli.io.images.pixel_array import OutputImage
from poolcli.request import Request


def write_output(
    output: Output, document: Document, results: Results, request: Request, outputs: TaskOutputs
) -> None:
    """Write one level of a document.

    Parameters
    ----------
    output : Output
        The path, the format and the image modes.
    document : Document
        The input, whose metadata and compression an output keeps.
    results : sequence of PooledLevel
        The results of all items at this level. Images are released from them.
    request : Request
        The request, for the options of the encoder.
    outputs : TaskOutputs
        Opens the file; an existing file is replaced only with `--overwrite`.

    Raises
    ------
    FormatError
        If several frames do not make one array.
    OutputError
        If the file cannot be written.
    """
    if output.is_image:
        from poolcli.batch.write_image_output import write_image_output  # arrays need no Pillow

        write_image_output(output, document, results, request, outputs)
        return
    if document.is_image:
        from poolcli.batch.output_metadata import output_metadata  # arrays need no Pillow

        output_metadata(
            output, document, results, request
        )  # for its notes on what arrays cannot store
    if output.format == "NPY":
        arrays = _equal_arrays(results)
        with outputs.open(output.path) as file:
            if len(arrays) == 1:
                npy.write_npy(file, arrays[0], fortran_order=results[0].fortran_order)
            else:
                npy.write_stacked_npy(file, arrays)
    else:
        by_name = _by_name(results, _arrays(results))
        with outputs.open(output.path) as file:
            _write_archive(file, by_name, output.format, document)


@contextmanager
def indices_written(
    path: str, document: Document, results: Results, outputs: TaskOutputs
) -> Iterator[None]:
    """Write the indices; their file appears when the block, which writes the values, ends well.

    Parameters
    ----------
    path : str
        The path of the npy, npz or safetensors file.
    document : Document
        The input, whose members have the same names in an npz or safetensors file.
    results : sequence of PooledLevel
        The results of all items. The int64 indices of several frames of one size are stacked along
        a new first axis.
    outputs : TaskOutputs
        Opens the file.

    Raises
    ------
    FormatError
        If the indices of several frames do not make one array.
    OutputError
        If the file cannot be written.
    """
    indices = [level.indices for level in results if level.indices is not None]
    name = indices_format(path, document)
    if name in ARCHIVE_EXTENSIONS:
        by_name = _by_name(results, indices)
        with outputs.open(path) as file:
            _write_archive(file, by_name, name, document)
            file.flush()
            yield
        return
    if len({each.shape for each in indices}) > 1:
        raise FormatError(
            "indices of frames of unlike size do not go into one .npy; name an .npz with "
            "--indices, for this file alone"
        )
    with outputs.open(path) as file:
        if len(indices) == 1:
            npy.write_npy(file, indices[0], fortran_order=results[0].fortran_order)
        else:
            npy.write_stacked_npy(file, indices)
        file.flush()
        yield


def _write_archive(
    file: BinaryIO, arrays: dict[str, npt.NDArray[Any]], name: str, document: Document
) -> None:
    """Write arrays by their names into a file of a format that holds several."""
    if name == "SAFETENSORS":
        from poolcli.io.safetensors.write_safetensors import write_safetensors  # rarely needed

        write_safetensors(file, arrays, document.tensor_metadata)
        return
    from poolcli.io.arrays import npz  # imported late, because it loads slowly

    npz.write_npz(file, arrays, compressed=document.compressed)


def _equal_arrays(results: Results) -> Sequence[npt.NDArray[Any] | NpyReader]:
    """Return results that have one shape and dtype."""
    found = _arrays(results)
    if len(found) > 1 and not can_be_stacked(results):
        shapes, sizes = {array.shape for array in found}, {array.shape[:2] for array in found}
        unlike = "size" if len(sizes) > 1 else "channels" if len(shapes) > 1 else "dtype"
        raise FormatError(f"frames of unlike {unlike} do not go into one .npy; .npz holds them")
    return found


def _by_name(results: Results, arrays: list[npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Return arrays of results by their names; frames of one shape are one array.

    Results without a name are called `arr_0` and so on, as `numpy.savez` does.
    """
    if results[0].member is not None:
        names = [str(level.member) for level in results]
        return dict(zip(names, arrays, strict=True))
    if len(arrays) > 1 and can_be_stacked(results):
        arrays = [np.stack(arrays)]
    return {f"arr_{number}": array for number, array in enumerate(arrays)}


def _arrays(results: Results) -> list[npt.NDArray[Any]]:
    return [level.result for level in results if not isinstance(level.result, OutputImage)]
