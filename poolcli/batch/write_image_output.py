"""Writing results to image files."""

from __future__ import annotations

from typing import Any

from poolcli.batch.choose_output import Output
from poolcli.batch.output_metadata import output_metadata
from poolcli.batch.overwrite_or_skip import TaskOutputs
from poolcli.batch.pooled_level import Results
from poolcli.core.engine.cpu_count import usable_cpus
from poolcli.errors import FormatError
from poolcli.io import formats
from poolcli.io.document import Document
from poolcli.io.images.encoding.encoder_options import EncoderOptions
from poolcli.io.images.pixel_array import OutputImage, PixelArray
from poolcli.io.images.write import OutputFrames, write_image
from poolcli.io.pixel_array_modes import is_pixel_array_mode
from poolcli.io.storable_image_modes import describe_mode
from poolcli.io.tiff.tifffile_installed import require_tiff_extra
from poolcli.request import Request


def write_image_output(
    output: Output, document: Document, results: Results, request: Request, outputs: TaskOutputs
) -> None:
    """Write one level of a document as an image; see `write_output`."""
    if output.format == "TIFF":
        from poolcli.batch.write_tiff_output import needs_tifffile, write_tiff_output

        if needs_tifffile(document, output.modes, results):
            require_tiff_extra(f"write {describe_mode(output.modes[0])} to a TIFF")
            metadata = output_metadata(output, document, results, request)
            with outputs.open(output.path) as file:
                write_tiff_output(file, output, results, metadata, request)
            return
    if output.format in ("HEIF", "JXL"):
        from poolcli.io.images.plugins.plugins_installed import load_plugin  # rarely needed

        load_plugin(output.format, "write")
    images = _images(output, document, results, request)
    with outputs.open(output.path) as file:
        write_image(file, images, output.format, _encoder_options(output, document, request))


def _images(output: Output, document: Document, results: Results, request: Request) -> OutputFrames:
    kept = output_metadata(output, document, results, request)
    frames: list[Any] = []
    for level, mode in zip(results, output.modes, strict=True):
        assert isinstance(level.result, OutputImage)
        stored = mode.partition(";")[0] if mode.startswith("P;") else mode
        if is_pixel_array_mode(mode) and output.format not in ("PNG", "HEIF"):
            raise FormatError(f"{describe_mode(mode)} cannot be written; .npy holds them")
        pages = level.result.pages() if isinstance(level.result, PixelArray) else [level.result]
        frames += [page.release_image(stored) for page in pages]
    return OutputFrames(frames, kept, document.animation, output.notes)


def _encoder_options(output: Output, document: Document, request: Request) -> EncoderOptions:
    """Return the options for the encoder. JPEG 2000 keeps the kind of file that the input has."""
    before = document.metadata[0].input_encoding if document.metadata else {}
    stays = output.extension is None and "JPEG2000" in before
    return EncoderOptions(
        quality=request.quality,
        compress_level=request.compress_level,
        labels=request.pools_whole_pixels,
        codestream=stays or output.extension in formats.CODESTREAM_EXTENSIONS,
        threads=request.jobs or usable_cpus(),
    )
