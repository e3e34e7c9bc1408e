"""Writing of images through Pillow."""

from __future__ import annotations

import io
import warnings
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO, cast

from PIL import Image

from poolcli.errors import OutputError
from poolcli.io.images.encoding import animation_frames, low_bit_depth, png_writer
from poolcli.io.images.encoding.encoder_options import EncoderOptions, choose_save_options
from poolcli.io.images.encoding.full_disk_errors import EncoderFile, raise_if_disk_full
from poolcli.io.images.encoding.png_strategy import FILTER_OPTION
from poolcli.io.images.encoding.quantize_colours import has_transparent_pixels, quantize_colours
from poolcli.io.images.pixel_array import PixelArray
from poolcli.io.metadata import jpeg2000_boxes, write_tiff_directories
from poolcli.io.metadata.animation_metadata import AnimationMetadata
from poolcli.io.metadata.animation_save_options import animation_save_options
from poolcli.io.metadata.colour_maps import restore_colour_maps
from poolcli.io.metadata.image_metadata import ImageMetadata
from poolcli.io.metadata.metadata_save_options import merged_xmp_packet, metadata_save_options
from poolcli.io.metadata.tiff_tags import PREDICTOR
from poolcli.io.pillow_private import pages_appended_in_linear_time
from poolcli.io.shorten_exception import first_line
from poolcli.io.stdout_and_stderr import silence_stderr

BUFFERED_FORMATS = ("JPEG2000",)
"""Formats whose encoder never ends on a full disk: they are encoded in memory."""

REPRODUCIBLE_OPTIONS = {"PDF": {"creationDate": None, "modDate": None}}
"""Options that make the bytes of a file independent of the time, by format."""

ITERATIONS = {"PNG": 2}
"""The number of times that an encoder iterates over the frames, by format; by default once."""

FRAME_OPTION_FORMATS = ("TIFF", "MPO", "HEIF")
"""Formats whose frames have options of their own, which Pillow takes from the frames."""


@dataclass(slots=True)
class OutputFrames:
    """The frames to be written, with their metadata.

    Attributes
    ----------
    frames : list of Image or PixelArray
        Frames whose mode the format can hold; `write_image` empties the list.
    metadata : list of ImageMetadata
        The metadata of each frame.
    animation : AnimationMetadata
        What the frames share.
    notes : list of str
        Receives notes for the report.
    """

    frames: list[Image.Image | PixelArray]
    metadata: list[ImageMetadata]
    animation: AnimationMetadata = field(default_factory=AnimationMetadata)
    notes: list[str] = field(default_factory=list)

    def add_note(self, note: str) -> None:
        """Add a note to the report, once."""
        if note not in self.notes:
            self.notes.append(note)


def write_image(
    file: BinaryIO, output: OutputFrames, format_name: str, options: EncoderOptions
) -> None:
    """Write an image, or an animation if there are several frames.

    Parameters
    ----------
    file : binary file
        The file. If it cannot be read and sought in, the image is encoded in memory first.
    output : OutputFrames
        The frames.
    format_name : str
        Pillow's name of the format.
    options : EncoderOptions
        What the user wants of the encoder.

    Raises
    ------
    OutputError
        If Pillow cannot write it.
    OSError
        If the disk is full, for example.
    """
    is_direct = file.seekable() and file.readable() and format_name not in BUFFERED_FORMATS
    buffer = io.BytesIO()
    target = file if is_direct else buffer
    first_metadata = output.metadata[0]
    directories = [metadata.tags.subdirectories for metadata in output.metadata]
    try:
        with (
            silence_stderr(),
            warnings.catch_warnings(action="ignore"),
            pages_appended_in_linear_time(),
        ):
            if format_name != "TIFF":
                _invert_where_white_is_zero(output)
            _encode(target, output, format_name, options)
        if format_name == "TIFF":
            if len(directories) > 1:
                from poolcli.io.tiff.contiguous_stacks import (
                    make_stacks_contiguous,
                )  # few have pages

                make_stacks_contiguous(target)
            write_tiff_directories.append_subdirectories(target, directories)
            are_inverted = [metadata.white_is_zero for metadata in output.metadata]
            write_tiff_directories.set_white_is_zero(target, are_inverted)
            encodings = [metadata.input_encoding.get("TIFF", {}) for metadata in output.metadata]
            restore_colour_maps(target, [each.get("colour_map") for each in encodings])
        if format_name == "AVIF":
            from poolcli.io.images.encoding import avif_corrections  # late: few images are AVIF

            avif_corrections.clear_creation_times(target)
        if format_name == "JPEG2000":
            xmp = merged_xmp_packet(format_name, first_metadata, output.add_note)
            jpeg2000_boxes.write_profile_and_xmp(target, first_metadata.icc_profile, xmp)
    except Exception as error:
        has_errno = isinstance(error, OSError) and error.errno is not None  # such as a full disk
        if has_errno or isinstance(error, MemoryError):
            raise
        if is_direct:
            raise_if_disk_full(file)
        # Encoders have limits of their own, such as 65,535 pixels a side of a JPEG.
        raise OutputError(f"{format_name} cannot be written: {first_line(error)}") from error
    if not is_direct:
        file.write(buffer.getbuffer())


def _invert_where_white_is_zero(output: OutputFrames) -> None:
    """Give frames whose values are stored inverted the values of their look."""
    for number, metadata in enumerate(output.metadata):
        frame = output.frames[number]
        if metadata.white_is_zero and isinstance(frame, Image.Image):
            from poolcli.io.images.encoding.white_is_zero_grey import inverted_grey  # rarely needed

            output.frames[number] = inverted_grey(frame)


def _encode(
    file: BinaryIO, output: OutputFrames, format_name: str, options: EncoderOptions
) -> None:
    """Encode the frames and their metadata; the list of frames is emptied."""
    if format_name == "HEIF":
        _encode_heif(file, output, options)
    else:
        _encode_with_pillow(file, output, format_name, options)


def _encode_with_pillow(
    file: BinaryIO, output: OutputFrames, format_name: str, options: EncoderOptions
) -> None:
    save_options = _choose_options(output, format_name, options)
    if isinstance(output.frames[0], PixelArray):  # PNG stores such images
        png_filter = save_options.pop(FILTER_OPTION)
        png_writer.write_png(file, output.frames.pop(), png_filter, save_options, options.threads)
        return
    frames, metadata = cast("list[Image.Image]", output.frames), output.metadata
    save_options |= REPRODUCIBLE_OPTIONS.get(format_name, {})
    prepare: Callable[[Image.Image], Image.Image] | None = None
    transparent = format_name == "GIF" and any(map(has_transparent_pixels, frames))
    if format_name == "GIF" and frames[0].mode in ("RGB", "RGBA"):
        prepare = partial(quantize_colours, add_note=output.add_note, transparent=transparent)
    cicp = None
    if format_name == "AVIF" and metadata[0].cicp is not None:
        from poolcli.io.images.encoding import avif_corrections  # late: few images are AVIF
        from poolcli.io.metadata import avif_boxes

        cicp = avif_corrections.choose_cicp(frames, metadata[0].cicp, output.add_note)
    if cicp is not None:
        save_options |= avif_corrections.cicp_save_options(cicp)
        prepare = partial(avif_corrections.recode, coefficients=cicp[2])
    written_durations: list[int] = []
    if len(frames) > 1:
        save_options |= _animation_options(
            output, format_name, written_durations, transparent=transparent
        )
    first, appended = frames[0], deque(frames[1:])
    frames.clear()
    if prepare is not None:
        first = prepare(first)
    if appended:
        iterations = ITERATIONS.get(format_name, 1)
        save_options["append_images"] = animation_frames.AppendedFrames(
            appended, prepare, iterations
        )
    _write_frames(file, first, format_name, save_options, options.threads)
    if len(metadata) > 1 and format_name != "PDF":
        _note_joined_frames(file, output)
    animation_frames.repeat_long_frames(file, written_durations)
    if cicp is not None:
        avif_boxes.write_cicp(file, cicp)


def _encode_heif(file: BinaryIO, output: OutputFrames, options: EncoderOptions) -> None:
    """Encode the frames of a HEIF and their metadata; the list of frames is emptied."""
    from poolcli.io.images.plugins.heif_writer import write_heif  # rarely needed

    _choose_options(output, "HEIF", options)
    frame_options = [cast(Any, frame).encoderinfo for frame in output.frames]
    write_heif(file, output.frames, frame_options)


def _choose_options(
    output: OutputFrames, format_name: str, options: EncoderOptions
) -> dict[str, Any]:
    """Return Pillow's options for all frames; options of single frames are stored in these."""
    save_options: dict[str, Any] = {}
    for number, (frame, metadata) in enumerate(zip(output.frames, output.metadata, strict=True)):
        if number and format_name not in FRAME_OPTION_FORMATS:
            break
        frame_options = metadata_save_options(format_name, metadata, output.add_note)
        frame_options |= choose_save_options(
            frame, format_name, metadata.input_encoding, options, output.add_note
        )
        if (predictor := frame_options.pop("predictor", None)) is not None:
            frame_options["tiffinfo"][PREDICTOR] = predictor
        if format_name in FRAME_OPTION_FORMATS:
            cast(Any, frame).encoderinfo = frame_options
        else:
            save_options = frame_options
    return save_options


def _animation_options(
    output: OutputFrames, format_name: str, written_durations: list[int], *, transparent: bool
) -> dict[str, Any]:
    """Return Pillow's options for several frames; the durations of a GIF are recorded."""
    metadata, animation, mode = output.metadata, output.animation, output.frames[0].mode
    save_options = animation_save_options(format_name, metadata, animation, output.add_note)
    animated = metadata[1:] if format_name == "PNG" and animation.has_default_image else metadata
    save_options |= animation_frames.disposal_options(
        format_name, mode, animated, transparent=transparent
    )
    if format_name == "GIF":
        save_options["duration"] = [
            animation_frames.RecordedDuration(duration, written_durations)
            for duration in save_options["duration"]
        ]
    return {"save_all": True, **save_options}


def _write_frames(
    file: BinaryIO, first: Image.Image, format_name: str, save_options: dict[str, Any], threads: int
) -> None:
    """Write the first frame, and those that the options append, with the encoder that fits."""
    is_single = "append_images" not in save_options
    maxval, png_filter = save_options.pop("maxval", None), save_options.pop(FILTER_OPTION, None)
    if is_single and maxval is not None and low_bit_depth.can_store(first, format_name, maxval):
        low_bit_depth.write_low_bit_depth(file, first, format_name, maxval, save_options)
    elif is_single and png_filter is not None:
        png_writer.write_png(file, first, png_filter, save_options, threads)
    elif is_single and format_name == "TIFF":
        # Without a descriptor, libtiff would hold the whole compressed page in memory.
        first.save(file, format=format_name, **save_options)
        write_tiff_directories.check_strips_complete(file)
    else:
        with closing(EncoderFile(file)) as encoder_file:
            first.save(cast(BinaryIO, encoder_file), format=format_name, **save_options)


def _note_joined_frames(file: BinaryIO, output: OutputFrames) -> None:
    """Add a note if Pillow or the codec joined equal frames into one."""
    file.seek(0)
    with Image.open(file) as written:
        if getattr(written, "n_frames", 1) < len(output.metadata):
            output.add_note("frames that became alike were joined, for as long as they took")
