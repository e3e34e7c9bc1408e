"""The notes of many records: each text once, with the files it applies to."""

from __future__ import annotations

from collections.abc import Iterator

MAX_TEXTS = 20
"""The number of different notes that are kept; further ones are counted."""

MAX_NAMED_FILES = 3
"""A note on at most this many files has a line for each file."""


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
        self._names: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}
        self._omitted_count = 0

    def add(self, name: str, texts: list[str]) -> None:
        """Add the notes on one file.

        Parameters
        ----------
        name : str
            The printable name of the file.
        texts : list of str
            The notes.
        """
        for text in texts:
            if text not in self._names and len(self._names) == MAX_TEXTS:
                self._omitted_count += 1
                continue
            names = self._names.setdefault(text, [])
            self._counts[text] = self._counts.get(text, 0) + 1
            if len(names) < MAX_NAMED_FILES:
                names.append(name)

    def lines(self) -> Iterator[str]:
        """Yield the lines to print, the most frequent note first."""
        for text, count in sorted(self._counts.items(), key=lambda item: -item[1]):
            names = self._names[text]
            if count > MAX_NAMED_FILES:
                names = [f"{names[0]} and {count - 1} more"]
            for name in names:
                yield f"note: {name}: {text}"
        if self._omitted_count:
            yield f"note: {self._omitted_count} more notes; --verbose shows all"
