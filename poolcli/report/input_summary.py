"""A summary of many inputs: the number of each kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from poolcli.report.formatting import cross, number
from poolcli.report.record import Record

Kind = tuple[str, str, int, int | None]
"""Format, dtype, number of axes, and number of channels of a picture."""


@dataclass(slots=True)
class Group:
    """The inputs of one kind.

    Attributes
    ----------
    least, most : list of int
        The smallest and the largest size of each axis.
    values : list
        The smallest and the largest values of the inputs that have any.
    """

    count: int = 0
    frames: int = 0
    least: list[int] = field(default_factory=list)
    most: list[int] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, record: Record) -> None:
        """Count an input."""
        shape, side = record.before.shape or [], record.before
        self.least = [*map(min, self.least, shape)] if self.count else shape
        self.most = [*map(max, self.most, shape)] if self.count else shape
        self.count += 1
        self.frames += record.frames or 0
        known = [value for value in (*self.values, side.min, side.max) if value is not None]
        self.values = [min(known), max(known)] if known else []


class Kinds:
    """Inputs counted by kind.

    Examples
    --------
    >>> kinds = Kinds()
    >>> from poolcli.report.record import ArrayInfo
    >>> for width in (4, 9):
    ...     info = ArrayInfo([3, width], "uint8", "HW", 0, 1.5, width)
    ...     kinds.add(Record("a.png", "ok", format="PNG", frames=1, before=info))
    >>> kinds.rows()
    [{'count': '2', 'format': 'PNG', 'shape': '3 x 4-9', 'dtype': 'uint8', 'min · max': '0 · 9'}]
    """

    def __init__(self) -> None:
        self._groups: dict[Kind, Group] = {}

    def add(self, record: Record) -> None:
        """Count an input that was looked at."""
        shape = record.before.shape or []
        channels = shape[-1] if record.frames is not None and len(shape) == 3 else None
        kind = (record.format or "", record.before.dtype or "", len(shape), channels)
        self._groups.setdefault(kind, Group()).add(record)

    def rows(self) -> list[dict[str, str]]:
        """A row for each kind, the most frequent first, by column heading."""
        ordered = sorted(self._groups.items(), key=lambda each: -each[1].count)
        return [
            {
                "count": str(group.count),
                "format": form,
                "shape": _span(group),
                "dtype": dtype,
                "min · max": " · ".join(map(number, group.values)) or "-",
            }
            for (form, dtype, _, _), group in ordered
        ]


def _span(group: Group) -> str:
    """The range of each axis, and how many frames there are where some have several."""
    span = cross(group.least)
    if group.most != group.least:
        pairs = zip(group.least, group.most, strict=True)
        span = " x ".join(str(least) if least == most else f"{least}-{most}"
                          for least, most in pairs)  # fmt: skip
    return span + (f" ({group.frames} frames)" if group.frames > group.count else "")
