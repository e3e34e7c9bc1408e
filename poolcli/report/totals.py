"""The last line of a report: how many results, the elapsed time, where the results went."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from time import perf_counter

from poolcli.report.formatting import safe
from poolcli.report.left_out_files import LeftOut, left_out_words
from poolcli.report.record import Record
from poolcli.request import STDIN_OR_STDOUT, Request

NAMED_FOLDERS = 3
"""So many output folders are named; more are counted."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Facts of a run that its records do not hold.

    Attributes
    ----------
    began : float
        When the run began, by `time.perf_counter`.
    heading : str
        The mode, the window, and what else the values depend on; empty where nothing is pooled.
    folders : tuple of str
        The output folders, without those inside them.
    has_one_input : bool
        Whether there is a single input.
    left_out : Counter
        What was found in folders and not taken.
    """

    began: float = field(default_factory=perf_counter)
    heading: str = ""
    folders: tuple[str, ...] = ()
    has_one_input: bool = False
    left_out: LeftOut = field(default_factory=Counter)


class Totals:
    """Counts of results by status, and the last line of a report.

    Examples
    --------
    >>> totals = Totals(Request(("a.png",), "max", window=None), RunFacts())
    >>> totals.add(Record("a.png", "ok", output="a.max-k2-s2.png"))
    >>> totals.counts["ok"], totals.where()
    (1, ' → a.max-k2-s2.png')
    """

    def __init__(self, request: Request, facts: RunFacts) -> None:
        self.request = request
        self.facts = facts
        self.counts = {"ok": 0, "skipped": 0, "failed": 0, "planned": 0}
        self.inputs = 0
        self._input: str | None = None
        self._first: str | None = None
        self._last: str | None = None
        self._has_several_outputs = False
        self._unused = dict.fromkeys(facts.folders)
        self._used: list[str] = []
        self._has_outputs_beside = False

    @property
    def count(self) -> int:
        """The number of all results."""
        return sum(self.counts.values())

    @property
    def seconds(self) -> float:
        """The time since the run began."""
        return perf_counter() - self.facts.began

    def add(self, record: Record) -> None:
        """Count a record."""
        self.counts[record.status] += 1
        self.inputs += record.input != self._input  # those of one input come one after the other
        self._input = record.input
        if record.output is not None:
            self._add_output(record.output)

    def _add_output(self, output: str) -> None:
        self._first = output if self._first is None else self._first
        self._has_several_outputs |= output != self._first
        self._last = output
        if self._unused or self.request.output is None:
            self._find_place(output)

    def _find_place(self, output: str) -> None:
        """Note the output folder that holds an output, or that none does."""
        inside, folder = output, os.path.dirname(output)  # noqa: PTH120
        while folder != inside and folder not in self.facts.folders:
            inside, folder = folder, os.path.dirname(folder)  # noqa: PTH120
        if folder == inside:
            self._has_outputs_beside = True
        elif folder in self._unused:
            del self._unused[folder]
            self._used.append(folder)

    def line(self) -> str:
        """The last line."""
        words = [f"{count} {status}" for status, count in self.counts.items() if count]
        return f"{', '.join(words)} in {self.seconds:.2f} s{self.where()}"

    def where(self) -> str:
        """The place of the results, as the end of a sentence; empty without results."""
        if self._first is None or self._last is None:
            return ""
        first, last = ("standard output" if name == STDIN_OR_STDOUT else safe(name)
                       for name in (self._first, self._last))  # fmt: skip
        is_named = self.facts.has_one_input or not self._has_several_outputs
        named = f"{first} … {last}" if self._has_several_outputs else first
        if self.request.dry_run:
            results = "results" if self._has_several_outputs else "result"
            return (
                f", nothing written; the {results} would be {named if is_named else self._places()}"
            )
        return f" → {named}" if is_named else f", {self._places()}"

    def left_out(self) -> str:
        """The sentence on files left out of folders; empty if none were."""
        counts = self.facts.left_out
        return "; ".join(left_out_words(counts, self.request.include, self.request.exclude))

    def _places(self) -> str:
        folders = [safe(f"{name.rstrip('/')}/") for name in self._used]
        named = ", ".join(folders[:NAMED_FOLDERS])
        if len(folders) > NAMED_FOLDERS:
            named += f" and {len(folders) - NAMED_FOLDERS} more folders"
        beside = ["beside the inputs"] if self._has_outputs_beside else []
        return " and ".join([*([f"in {named}"] if folders else []), *beside])
