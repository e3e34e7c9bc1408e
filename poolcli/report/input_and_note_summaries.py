"""Summaries of many records: a row for each kind of input, and each note once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from poolcli.core.shape_text import shape_text
from poolcli.report.format_values import format_number
from poolcli.report.record import Record

MAX_TEXTS = 20
"""The number of different notes that are kept; further ones are counted."""

MAX_NAMED_FILES = 3
"""A note on at most this many files has a line for each file."""

InputKind = tuple[str, str, int, int | None]
"""File format, dtype, number of axes, and number of channels of an image."""


@dataclass(slots=True)
class InputGroup:
    """The inputs of one kind.

    Attributes
    ----------
    count, frames : int
        The number of inputs, and of all their frames.
    smallest_shape, largest_shape : list of int
        The smallest and the largest size of each axis.
    value_range : list
        The smallest and the largest value; empty if no input has a value.
    """

    count: int = 0
    frames: int = 0
    smallest_shape: list[int] = field(default_factory=list)
    largest_shape: list[int] = field(default_factory=list)
    value_range: list[Any] = field(default_factory=list)

    def add(self, record: Record) -> None:
        """Add an input of this kind."""
        array = record.before
        shape = array.shape or []
        self.smallest_shape = [*map(min, self.smallest_shape, shape)] if self.count else shape
        self.largest_shape = [*map(max, self.largest_shape, shape)] if self.count else shape
        self.count += 1
        self.frames += record.frames or 0
        candidates = (*self.value_range, array.min, array.max)
        values = [value for value in candidates if value is not None]
        self.value_range = [min(values), max(values)] if values else []

    @property
    def shape_text(self) -> str:
        """The range of each axis, and the number of frames if any input has several."""
        text = shape_text(self.smallest_shape)
        if self.largest_shape != self.smallest_shape:
            ranges = zip(self.smallest_shape, self.largest_shape, strict=True)
            text = " x ".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)
        return text + (f" ({self.frames} frames)" if self.frames > self.count else "")


class InputSummary:
    """Inputs counted by kind, as `poolcli info` prints them.

    Examples
    --------
    >>> summary = InputSummary()
    >>> from poolcli.report.record import ArrayInfo
    >>> for width in (4, 9):
    ...     array = ArrayInfo([3, width], "uint8", "HW", 0, 1.5, width)
    ...     summary.add(Record("a.png", "ok", format="PNG", frames=1, before=array))
    >>> summary.rows()
    [{'count': '2', 'format': 'PNG', 'shape': '3 x 4-9', 'dtype': 'uint8', 'min · max': '0 · 9'}]
    """

    def __init__(self) -> None:
        self._groups: dict[InputKind, InputGroup] = {}

    def add(self, record: Record) -> None:
        """Add an inspected input."""
        shape = record.before.shape or []
        channels = shape[-1] if record.frames is not None and len(shape) == 3 else None
        kind = (record.format or "", record.before.dtype or "", len(shape), channels)
        self._groups.setdefault(kind, InputGroup()).add(record)

    def rows(self) -> list[dict[str, str]]:
        """Return a table row for each kind, by column heading, the most frequent kind first."""
        ordered = sorted(self._groups.items(), key=lambda item: -item[1].count)
        return [
            {
                "count": str(group.count),
                "format": file_format,
                "shape": group.shape_text,
                "dtype": dtype,
                "min · max": " · ".join(map(format_number, group.value_range)) or "-",
            }
            for (file_format, dtype, _, _), group in ordered
        ]


class NoteSummary:
    """Notes by text, each with its first file names and the number of its files.

    Examples
    --------
    >>> notes = NoteSummary()
    >>> for name in ("a.png", "b.png", "c.png", "d.png"):
    ...     notes.add(name, ["comments were dropped"])
    >>> list(notes.lines())
    ['note: a.png and 3 more: comments were dropped']
    """

    def __init__(self) -> None:
        self._names: defaultdict[str, list[str]] = defaultdict(list)
        self._counts: Counter[str] = Counter()
        self._last_names: dict[str, str] = {}
        self._omitted_count = 0

    def add(self, name: str, texts: list[str]) -> None:
        """Add the notes on one file. Levels of a pyramid repeat them, which counts once.

        Parameters
        ----------
        name : str
            The printable name of the file.
        texts : list of str
            The notes.
        """
        for text in texts:
            if text not in self._counts and len(self._counts) == MAX_TEXTS:
                self._omitted_count += 1
                continue
            if self._last_names.get(text) == name:
                continue
            self._last_names[text] = name
            self._counts[text] += 1
            if self._counts[text] <= MAX_NAMED_FILES:
                self._names[text].append(name)

    def lines(self) -> Iterator[str]:
        """Yield the lines to print, the most frequent note first."""
        for text, count in self._counts.most_common():
            names = self._names[text]
            if count > MAX_NAMED_FILES:
                names = [f"{names[0]} and {count - 1} more"]
            for name in names:
                yield f"note: {name}: {text}"
        if self._omitted_count:
            yield f"note: {self._omitted_count} more notes; --verbose shows all"
