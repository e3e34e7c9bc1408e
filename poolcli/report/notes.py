"""The notes of a report: each text once, with the files that it is about."""

from __future__ import annotations

from collections.abc import Iterator

MOST_TEXTS = 20
"""So many different notes are kept; further ones are counted."""

SEPARATE = 3
"""A note about no more files than this is a line for each of them."""


class Notes:
    """Notes by their text, each with its first file names and the number of files.

    Examples
    --------
    >>> notes = Notes()
    >>> for name in ("a.png", "b.png", "c.png", "d.png"):
    ...     notes.add(name, ["comments were left behind"])
    >>> list(notes.lines())
    ['note: a.png and 3 more: comments were left behind']
    """

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}
        self._counts: dict[str, int] = {}
        self._others = 0

    def add(self, name: str, texts: list[str]) -> None:
        """Take the notes about a file."""
        for text in texts:
            if text not in self._names and len(self._names) == MOST_TEXTS:
                self._others += 1
                continue
            names = self._names.setdefault(text, [])
            self._counts[text] = self._counts.get(text, 0) + 1
            if len(names) < SEPARATE:
                names.append(name)

    def lines(self) -> Iterator[str]:
        """The notes, the most frequent first."""
        for text, count in sorted(self._counts.items(), key=lambda each: -each[1]):
            names = self._names[text]
            if count > SEPARATE:
                names = [f"{names[0]} and {count - 1} more"]
            for name in names:
                yield f"note: {name}: {text}"
        if self._others:
            yield f"note: {self._others} more notes; --verbose shows all"
