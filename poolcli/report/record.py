"""The record: what is said of one result, in the form of the JSON lines."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from poolcli.window_description import WindowData

Status = Literal["ok", "failed", "skipped", "planned"]


@dataclass(slots=True)
class ArrayInfo:
    """One side of a pooling: what went in, or what came out."""

    shape: list[int] | None = None
    dtype: str | None = None
    layout: str | None = None
    min: int | float | None = None
    mean: float | None = None
    max: int | float | None = None


@dataclass(slots=True)
class ErrorInfo:
    """Why an input failed."""

    type: str
    message: str


@dataclass(slots=True)
class Values:
    """The elements of a small input and of its result, for showing.

    Attributes
    ----------
    before, after : ndarray
        The arrays.
    axes : tuple of int
        Their spatial axes.
    """

    before: Any
    after: Any
    axes: tuple[int, ...]


class Thumb(NamedTuple):
    """A small picture.

    Attributes
    ----------
    kind : {"jpeg", "png"}
        How it is coded.
    size : (int, int)
        Width and height.
    """

    kind: str
    data: bytes
    size: tuple[int, int]


class Thumbs(NamedTuple):
    """Small pictures of an input and of its result, at most 96 pixels a side.

    A small result is not enlarged.
    """

    before: Thumb
    after: Thumb


@dataclass(slots=True)
class Record:
    """One result, or one failure.

    Attributes
    ----------
    mode : str, optional
        What was made of each window; None where nothing was pooled.
    format : str, optional
        What an input is, where nothing was pooled.
    would_make : dict, optional
        The shapes that common windows would give, by their flags, where nothing was pooled.
    """

    input: str
    status: Status
    mode: str | None = None
    format: str | None = None
    would_make: dict[str, list[int] | None] | None = None
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
    values: Values | None = None
    thumbs: Thumbs | None = None

    def as_json(self) -> dict[str, Any]:
        """The object of a JSON line; keys never go missing."""
        error = self.error
        told = {} if self.mode else {"format": self.format, "would_make": self.would_make}
        return {
            "input": self.input,
            **told,
            "member": self.member,
            "level": self.level,
            "frames": self.frames,
            "output": self.output,
            "status": self.status,
            "mode": self.mode,
            "window": self.window._asdict(),
            "in": _side(self.before),
            "out": _side(self.after),
            "notes": self.notes,
            "seconds": None if self.seconds is None else round(self.seconds, 6),
            "error": None if error is None else {"type": error.type, "message": error.message},
        }


def _side(info: ArrayInfo) -> dict[str, Any]:
    return {
        "shape": info.shape,
        "dtype": info.dtype,
        "layout": info.layout,
        "min": finite(info.min),
        "mean": finite(info.mean),
        "max": finite(info.max),
    }


def finite(value: Any) -> int | float | None:
    """JSON has no NaN and no infinities: null; and no long doubles: the nearest float, or null.

    Examples
    --------
    >>> finite(2.5), finite(float("inf")), finite(float("nan"))
    (2.5, None, None)
    """
    if value is None or isinstance(value, int):
        return value
    return float(value) if abs(value) <= sys.float_info.max else None
