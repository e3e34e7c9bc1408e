"""The record: everything a report says about one result, and its form as a JSON line."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from poolcli.core.exact_numbers import Number
from poolcli.core.shape_text import shape_text
from poolcli.request_description import WindowData

if TYPE_CHECKING:
    from poolcli.io.tiff.pixel_size import PixelSize
    from poolcli.io.zarr.store_description import StoreDescription

Status = Literal["ok", "failed", "skipped", "planned"]


@dataclass(slots=True)
class ArrayInfo:
    """Shape, dtype and statistics of an input or an output.

    Attributes
    ----------
    dtype : str, optional
        The name of the dtype, as NumPy has it.
    layout : str, optional
        One letter for each axis.
    min, mean, max : number, optional
        The statistics of all elements that are neither NaN nor ignored.
    """

    shape: list[int] | None = None
    dtype: str | None = None
    layout: str | None = None
    min: int | float | None = None
    mean: float | None = None
    max: int | float | None = None

    @property
    def shape_text(self) -> str:
        """The shape as text; a dash where it is unknown."""
        return "-" if self.shape is None else shape_text(self.shape)

    def as_json(self) -> dict[str, Any]:
        """Return the object ``in`` or ``out`` of a JSON line."""
        statistics = {name: json_number(getattr(self, name)) for name in ("min", "mean", "max")}
        return asdict(self) | statistics


@dataclass(slots=True)
class ErrorInfo:
    """The reason why an input failed.

    Attributes
    ----------
    type : str
        The name of the exception's class.
    message : str
        The message for the user.
    """

    type: str
    message: str


class SmallArrays(NamedTuple):
    """An input and its output, both small enough for all their elements to be printed.

    Attributes
    ----------
    before, after : ndarray
        The input and the output, with the same number of axes.
    spatial_axes : tuple of int
        The spatial axes of both.
    """

    before: Any
    after: Any
    spatial_axes: tuple[int, ...]


class Thumbnail(NamedTuple):
    """An encoded thumbnail.

    Attributes
    ----------
    format : {"jpeg", "png"}
        The file format.
    data : bytes
        The content of the file.
    size : (int, int)
        Width and height in pixels.
    """

    format: str
    data: bytes
    size: tuple[int, int]


class ThumbnailPair(NamedTuple):
    """The thumbnails of an input and of its output, at most 96 pixels a side, never enlarged."""

    before: Thumbnail
    after: Thumbnail


@dataclass(slots=True)
class Record:
    """One result or one failure.

    Attributes
    ----------
    input : str
        The input's name as it was given; ``-`` for standard input.
    mode : str, optional
        The pooling mode; None for `poolcli info`, which does not pool.
    format : str, optional
        The file format of the input; only for `poolcli info`.
    would_make : dict, optional
        Output shapes of common windows by their options, None for windows that do not fit; only
        for `poolcli info`.
    nodata : number, optional
        The value of elements without data that the file names; only for `poolcli info`.
    pixel_size : mapping of str to AxisStep, optional
        The size of a pixel along axes, by their letters; only for `poolcli info`.
    store : StoreDescription, optional
        The axes and levels of a Zarr store; only for `poolcli info`.
    member : str, optional
        The name of an array in an npz or safetensors file, or its path in a Zarr store.
    level : int, optional
        The level of a pyramid, from 1.
    frames : int, optional
        The number of frames of an image; None for arrays.
    seconds : float, optional
        The time spent on this result.
    window_diagram : tuple of str
        The lines of a diagram of the window, which is printed below the error; empty if there is
        none.
    """

    input: str
    status: Status
    mode: str | None = None
    format: str | None = None
    would_make: dict[str, list[int] | None] | None = None
    nodata: Number | None = None
    pixel_size: PixelSize | None = None
    store: StoreDescription | None = None
    member: str | None = None
    level: int | None = None
    frames: int | None = None
    output: str | None = None
    window: WindowData = field(default_factory=WindowData)
    before: ArrayInfo = field(default_factory=ArrayInfo)
    after: ArrayInfo = field(default_factory=ArrayInfo)
    notes: list[str] = field(default_factory=list)
    seconds: float | None = None
    error: ErrorInfo | None = None
    window_diagram: tuple[str, ...] = ()
    small_arrays: SmallArrays | None = None
    thumbnails: ThumbnailPair | None = None

    @property
    def is_animation(self) -> bool:
        """Whether the input is an image with several frames."""
        return self.frames is not None and self.frames > 1

    def as_json(self) -> dict[str, Any]:
        """Return the object of a JSON line. No key is ever missing."""
        inspected = {
            "format": self.format,
            "would_make": self.would_make,
            "nodata": json_number(self.nodata),
            "pixel_size": None
            if self.pixel_size is None
            else {letter: step._asdict() for letter, step in self.pixel_size.items()},
            "store": None if self.store is None else self.store.as_json(),
        }
        return {
            "input": self.input,
            **({} if self.mode else inspected),
            "member": self.member,
            "level": self.level,
            "frames": self.frames,
            "output": self.output,
            "status": self.status,
            "mode": self.mode,
            "window": self.window._asdict(),
            "in": self.before.as_json(),
            "out": self.after.as_json(),
            "notes": self.notes,
            "seconds": None if self.seconds is None else round(self.seconds, 6),
            "error": None if self.error is None else asdict(self.error),
        }


def json_number(value: Any) -> int | float | None:
    """Return a number as JSON can hold it.

    JSON has no NaN and no infinities, which become None. Fractions, long doubles and integers of
    more than 64 bits become the nearest float, or None beyond its range.

    Examples
    --------
    >>> json_number(2.5), json_number(float("inf")), json_number(float("nan"))
    (2.5, None, None)
    """
    if value is None or (isinstance(value, int) and value.bit_length() <= 64):
        return value
    return float(value) if abs(value) <= sys.float_info.max else None
