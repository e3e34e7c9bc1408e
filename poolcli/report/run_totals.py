"""The last line of a report: number of results, elapsed time, and where the results are."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from time import perf_counter

from poolcli.report.format_values import output_name, printable
from poolcli.report.left_out_files import LeftOutCounts, left_out_phrases
from poolcli.report.record import Record
from poolcli.request import Request

MAX_NAMED_FOLDERS = 3
"""The number of output folders that are named; further ones are counted."""


@dataclass(frozen=True, slots=True)
class RunContext:
    """Facts about a run that its records do not hold.

    Attributes
    ----------
    started_at : float
        The time at which the run began, from `time.perf_counter`.
    heading : str
        The mode, the window, and the other options that the values depend on; empty if nothing is
        pooled.
    output_folders : tuple of str
        The output folders, without their subfolders.
    has_one_input : bool
        Whether there is a single input.
    left_out : Counter of LeftOutReason
        The number of entries of folders that were not taken as inputs.
    """

    started_at: float = field(default_factory=perf_counter)
    heading: str = ""
    output_folders: tuple[str, ...] = ()
    has_one_input: bool = False
    left_out: LeftOutCounts = field(default_factory=Counter)


class Totals:
    """Counts of results by status, and the last line of a report.

    Examples
    --------
    >>> totals = Totals(Request(("a.png",), "max", window=None), RunContext())
    >>> totals.add(Record("a.png", "ok", output="a.max-k2-s2.png"))
    >>> totals.counts["ok"], totals.destination_text()
    (1, ' → a.max-k2-s2.png')
    """

    def __init__(self, request: Request, context: RunContext) -> None:
        self.request = request
        self.context = context
        self.counts = {"ok": 0, "skipped": 0, "failed": 0, "planned": 0}
        self.input_count = 0
        self._last_input: str | None = None
        self._first_output = self._last_output = ""
        self._has_several_outputs = False
        self._used_folders: list[str] = []
        self._has_outputs_beside_inputs = False

    @property
    def record_count(self) -> int:
        """The number of all records."""
        return sum(self.counts.values())

    @property
    def elapsed_seconds(self) -> float:
        """The time since the run began."""
        return perf_counter() - self.context.started_at

    def add(self, record: Record) -> None:
        """Count a record. The records of one input must come one after the other."""
        self.counts[record.status] += 1
        self.input_count += record.input != self._last_input
        self._last_input = record.input
        if record.output is None:
            return
        self._first_output = self._first_output or record.output
        self._last_output = record.output
        self._has_several_outputs |= record.output != self._first_output
        has_unused_folders = len(self._used_folders) < len(self.context.output_folders)
        if has_unused_folders or self.request.output is None:
            self._find_folder(record.output)

    def _find_folder(self, output: str) -> None:
        """Note which output folder contains an output, or that none does."""
        inside, folder = output, os.path.dirname(output)  # noqa: PTH120
        while folder != inside and folder not in self.context.output_folders:
            inside, folder = folder, os.path.dirname(folder)  # noqa: PTH120
        if folder == inside:
            self._has_outputs_beside_inputs = True
        elif folder not in self._used_folders:
            self._used_folders.append(folder)

    def last_line(self) -> str:
        """Return the last line of the report."""
        counts = ", ".join(f"{count} {status}" for status, count in self.counts.items() if count)
        return f"{counts} in {self.elapsed_seconds:.2f} s{self.destination_text()}"

    def destination_text(self) -> str:
        """Return where the results are, as the end of a sentence; empty without results."""
        if not self._first_output:
            return ""
        outputs = output_name(self._first_output)
        if self._has_several_outputs:
            outputs += f" … {output_name(self._last_output)}"
        names_outputs = self.context.has_one_input or not self._has_several_outputs
        if self.request.dry_run:
            results = "results" if self._has_several_outputs else "result"
            destination = outputs if names_outputs else self._folders_text()
            return f", nothing written; the {results} would be {destination}"
        return f" → {outputs}" if names_outputs else f", {self._folders_text()}"

    def left_out_text(self) -> str:
        """Return the sentence on files left out of folders; empty if none were."""
        request = self.request
        phrases = left_out_phrases(self.context.left_out, request.include, request.exclude)
        return "; ".join(phrases)

    def _folders_text(self) -> str:
        """Return the output folders in use as text."""
        folders = [printable(f"{name.rstrip('/')}/") for name in self._used_folders]
        named = ", ".join(folders[:MAX_NAMED_FOLDERS])
        if len(folders) > MAX_NAMED_FOLDERS:
            named += f" and {len(folders) - MAX_NAMED_FOLDERS} more folders"
        places = [f"in {named}"] if folders else []
        if self._has_outputs_beside_inputs:
            places.append("beside the inputs")
        return " and ".join(places)
