"""The progress bar on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from poolcli.request import Request


class Progress(Protocol):
    """The progress of a run."""

    def advance(self, failed: bool = False, steps: int = 1) -> None:
        """Advance by some steps; one is an input, or a chunk of a Zarr store.

        Parameters
        ----------
        failed : bool
            Whether an input failed.
        steps : int
            The number of steps.
        """

    def add_steps(self, steps: int) -> None:
        """Add steps to the total: the chunks of a Zarr store."""


class HiddenProgress:
    """Progress that is not shown."""

    def advance(self, failed: bool = False, steps: int = 1) -> None:
        """Do nothing."""

    def add_steps(self, steps: int) -> None:
        """Do nothing."""


@contextmanager
def progress_bar(request: Request, total: int, activity: str = "pooling") -> Iterator[Progress]:
    """Show a progress bar with count, rate, time left and number of failures.

    No bar is shown for a single input that has no chunks, with `--no-progress`, where standard
    error is not a terminal, and where JSON lines go to the terminal, which the bar would disturb.

    Parameters
    ----------
    request : Request
        The request, for its options.
    total : int
        The number of inputs.
    activity : str
        The word in front of the bar.

    Yields
    ------
    Progress
        To be advanced after each input.
    """
    prints_json = request.report == "json" and sys.stdout.isatty()
    if not total or request.no_progress or prints_json or not sys.stderr.isatty():
        yield HiddenProgress()
        return
    bar = _Bar(total, activity)
    try:
        yield bar
    finally:
        bar.close()


class _Bar:
    """A bar that appears when there are at least two steps."""

    def __init__(self, total: int, activity: str) -> None:
        self._total = total
        self._activity = activity
        self._failures = 0
        self._bar: Any = None
        self._show()

    def advance(self, failed: bool = False, steps: int = 1) -> None:
        """Advance the bar."""
        self._failures += failed
        if self._bar is not None:
            text = f"{self._failures} failed" if self._failures else ""
            self._bar.update(self._bar.task_ids[0], advance=steps, failures=text)

    def add_steps(self, steps: int) -> None:
        """Add steps to the total, and show the bar if it was not shown."""
        self._total += steps
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], total=self._total)
        self._show()

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.stop()

    def _show(self) -> None:
        if self._bar is None and self._total > 1:
            self._bar = _rich_bar(self._activity)
            self._bar.add_task("", total=self._total, failures="")
            self._bar.start()


def _rich_bar(activity: str) -> Any:
    """Return rich's bar with count, rate, time left and number of failures."""
    from rich import progress
    from rich.console import Console
    from rich.text import Text

    class Rate(progress.ProgressColumn):
        """The number of inputs, or chunks, per second."""

        def render(self, task: progress.Task) -> Text:
            return Text("" if task.speed is None else f"{task.speed:.1f}/s")

    columns = (
        progress.TextColumn(activity),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        Rate(),
        progress.TimeRemainingColumn(),
        progress.TextColumn("{task.fields[failures]}"),
    )
    console = Console(file=sys.stderr)
    return progress.Progress(*columns, console=console, redirect_stdout=False, transient=True)
