"""Writing pictures through Pillow."""

from __future__ import annotations

import io
import os
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from PIL import Image

from poolcli.errors import OutputError
from poolcli.io.images.encoding import avif_creation_times, low_bit_depth, png_writer
from poolcli.io.images.encoding.encoder_options import Asked, packing
from poolcli.io.images.encoding.gif_delays import Total, repeat_long_frames
from poolcli.io.images.encoding.palettes import as_palette, has_clear
from poolcli.io.images.encoding.png_strategy import FILTER
from poolcli.io.metadata import jpeg2000, tiff_ifd, write
from poolcli.io.metadata.exif import PREDICTOR
from poolcli.io.metadata.read import Animation, Metadata
from poolcli.io.silence_stderr import silence_stderr

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

BUFFERED = ("JPEG2000",)
"""Formats whose encoder never gives up on a full disk."""

PASSES = {"PNG": 2}
"""How often an encoder goes through the frames; once where nothing stands here."""

CONSTANT = {"PDF": {"creationDate": None, "modDate": None}}
"""Settings that make the bytes depend on the pictures alone, not on the time."""

OWN_SETTINGS = ("TIFF", "MPO")
"""Formats whose frames have settings of their own, which Pillow takes from the pictures."""


@dataclass(slots=True)
class Pictures:
    """What is to be written: frames, and what they carry.

    Attributes
    ----------
    frames : list of Image
        All of a mode that the format can hold; they are handed over to the encoder.
    kept : list of Metadata
        One for each frame.
    notes : list of str
        Takes what the person should know.
    """

    frames: list[Image.Image]
    kept: list[Metadata]
    animation: Animation = field(default_factory=Animation)
    notes: list[str] = field(default_factory=list)

    def say(self, note: str) -> None:
        """Note something once."""
        if note not in self.notes:
            self.notes.append(note)


class WithoutDescriptor:
    """A file for encoders, without its descriptor and its name.

    Pillow's encoders write to a descriptor where there is one, and ignore that a full disk takes
    only a part of the bytes. Python's `write` takes all of them or raises an error.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        if name == "name":
            raise AttributeError(name)
        return getattr(self._file, name)

    def fileno(self) -> int:
        """Fail, as files in memory do."""
        raise io.UnsupportedOperation("fileno")

    def write(self, data: Buffer) -> int:
        """Write all bytes now: errors of a later flush could be raised where none is caught."""
        size = self._file.write(data)
        self._file.flush()
        return size

    def detach(self) -> None:
        """Keep the file from what an encoder that has failed does when it is collected.

        Pillow's writer of several TIFF pages then seeks, which raises the error of a full disk once
        more; Python 3.13 prints such errors.
        """
        self._file = io.BytesIO()


def encode(file: BinaryIO, pictures: Pictures, name: str, asked: Asked) -> None:
    """Write a picture or an animation.

    Parameters
    ----------
    file : binary file
        Written straight where it can be read and sought in, as encoders want; else at the end.
    pictures : Pictures
        What to write.
    name : str
        Pillow's name of the format.
    asked : Asked
        How it is to be packed.

    Raises
    ------
    OutputError
        If Pillow cannot write it.
    """
    direct = file.seekable() and file.readable() and name not in BUFFERED
    target = file if direct else io.BytesIO()
    below = [kept.tags.below for kept in pictures.kept]
    try:
        with silence_stderr(), warnings.catch_warnings(action="ignore"):
            _save(target, pictures, name, asked)
        if name == "TIFF":
            tiff_ifd.append_directories(target, below)
        if name == "AVIF":
            avif_creation_times.clear_times(target)
        if name == "JPEG2000":
            packet = write.xmp_packet(name, pictures.kept[0], pictures.say)
            jpeg2000.write_boxes(target, pictures.kept[0].icc_profile, packet)
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # a full disk and the like
        if direct:
            _provoke(file)
        # Encoders have limits of their own (JPEG 65,535 pixels a side) and say so in many ways.
        words = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise OutputError(f"{name} cannot be written: {words}") from error
    if target is not file:
        assert isinstance(target, io.BytesIO)
        file.write(target.getbuffer())


def _provoke(file: BinaryIO) -> None:
    """Let a full disk say so: libtiff, which writes past Python, only says that it failed."""
    file.seek(0, os.SEEK_END)
    file.write(bytes(1 << 20))
    file.flush()


def _save(file: BinaryIO, pictures: Pictures, name: str, asked: Asked) -> None:
    frames, kept = pictures.frames, pictures.kept
    whole = _settings(pictures, name, asked) | CONSTANT.get(name, {})
    prepare = None
    clear = name == "GIF" and any(map(has_clear, frames))
    if name == "GIF" and frames[0].mode in ("RGB", "RGBA"):
        prepare = partial(as_palette, say=pictures.say, clear=clear)
    cicp = None
    if name == "AVIF" and kept[0].cicp is not None:
        from poolcli.io.images.encoding import avif_colour_matrix  # late: few pictures are AVIF
        from poolcli.io.metadata import avif_boxes

        cicp = avif_colour_matrix.written_cicp(frames, kept[0].cicp, pictures.say)
    if cicp is not None:
        whole |= avif_colour_matrix.settings_of(cicp)
        prepare = partial(avif_colour_matrix.recode, coefficients=cicp[2])
    first, rest = frames[0], deque(frames[1:])
    frames.clear()
    if prepare is not None:
        first = prepare(first)
    if rest:
        whole = whole | write.animated(name, kept, pictures.animation, pictures.say)
        shown = kept[1:] if name == "PNG" and pictures.animation.still_first else kept
        whole |= _disposal(name, first.mode, shown, clear=clear)
        whole |= {"save_all": True, "append_images": _Handing(rest, PASSES.get(name, 1), prepare)}
    written: list[int] = []
    if rest and name == "GIF":
        whole["duration"] = [Total(each, written) for each in whole["duration"]]
    _write_frames(file, first, name, whole, asked.threads, alone=not rest)
    if len(kept) > 1 and name != "PDF":
        _note_joined(file, pictures)
    repeat_long_frames(file, written)
    if cicp is not None:
        avif_boxes.write_cicp(file, cicp)


def _settings(pictures: Pictures, name: str, asked: Asked) -> dict[str, Any]:
    """Pillow's settings for all frames; those that each frame has of its own are put into it."""
    whole: dict[str, Any] = {}
    for number, (frame, each) in enumerate(zip(pictures.frames, pictures.kept, strict=True)):
        if name in OWN_SETTINGS or number == 0:
            own = write.settings_of(name, each, pictures.say)
            own |= packing(frame, name, each.as_before, asked, pictures.say)
            if (predictor := own.pop("predictor", None)) is not None:
                own["tiffinfo"][PREDICTOR] = predictor
            if name in OWN_SETTINGS:
                frame.encoderinfo = own
            else:
                whole = own
    return whole


def _write_frames(
    file: BinaryIO,
    first: Image.Image,
    name: str,
    settings: dict[str, Any],
    threads: int,
    *,
    alone: bool,
) -> None:
    """Write the first frame, with those that the settings append, by the writer that fits it."""
    maxval, kind = settings.pop("maxval", None), settings.pop(FILTER, None)
    if alone and maxval is not None and low_bit_depth.has_place(first, name, maxval):
        low_bit_depth.write_low_depth(file, first, name, maxval, settings)
    elif alone and kind is not None:
        png_writer.write(file, first, kind, settings, threads)
    elif alone and name == "TIFF":
        # libtiff holds a whole compressed page in memory where it has no descriptor.
        first.save(file, format=name, **settings)
        tiff_ifd.check_size(file)
    else:
        shown = WithoutDescriptor(file)
        try:
            first.save(cast(BinaryIO, shown), format=name, **settings)
        except BaseException:
            shown.detach()
            raise


def _note_joined(file: BinaryIO, pictures: Pictures) -> None:
    """Say where Pillow, or the codec, made one frame of several that are alike."""
    file.seek(0)
    with Image.open(file) as written:
        if getattr(written, "n_frames", 1) < len(pictures.kept):
            pictures.say("frames that became alike were joined, for as long as they took")


class _Handing:
    """Frames that are let go as an encoder takes them, for most keep copies of their own."""

    def __init__(
        self,
        frames: deque[Image.Image],
        passes: int,
        prepare: Callable[[Image.Image], Image.Image] | None,
    ) -> None:
        self.frames = frames
        self.passes = passes
        self.prepare = prepare

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[Image.Image]:
        self.passes -= 1
        if self.passes > 0:
            yield from self.frames
            return
        while self.frames:
            frame = self.frames.popleft()
            yield frame if self.prepare is None else self.prepare(frame)


class _Unlike(int):
    """A number that equals nothing: Pillow makes one of frames that are alike in everything."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return False


class _OnePerFrame(list[int]):
    """Numbers for frames; the first is taken where Pillow makes one frame of them all."""

    def __int__(self) -> int:
        return self[0]


def _disposal(name: str, mode: str, kept: Sequence[Metadata], *, clear: bool) -> dict[str, Any]:
    """What becomes of each frame, as it was where the encoder gets the pictures right so."""
    wanted = [each.disposal for each in kept]
    if name == "GIF":
        if clear:
            return {"disposal": 2}  # what shows through must have been cleared
        return {"disposal": _OnePerFrame(2 if each == 1 else 1 for each in wanted)}
    if name == "PNG":
        coloured = mode in ("RGB", "RGBA")
        return {
            "disposal": [1 if each == 1 and coloured else 0 for each in wanted],
            "blend": [_Unlike(0)] * len(wanted),
        }
    return {}
