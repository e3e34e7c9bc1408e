"""A progress bar on standard error, where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from poolcli.request import Request

Advance = Callable[[bool], None]
"""Called for each input that is done with, and whether it failed."""


@contextmanager
def progress(request: Request, total: int, doing: str = "pooling") -> Iterator[Advance]:
    """Show how far a run of many inputs is: count, rate, time left, and failures."""
    shares = request.report == "json" and sys.stdout.isatty()  # the bar would stand in the lines
    if total < 2 or request.no_progress or shares or not sys.stderr.isatty():
        yield lambda failed: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """Files a second."""

        def render(self, task: Task) -> Text:
            return Text("" if task.speed is None else f"{task.speed:.1f}/s")

    columns = (
        TextColumn(doing),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failures]}"),
    )
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, redirect_stdout=False, transient=True) as shown:
        bar = shown.add_task("", total=total, failures="")
        failures = 0

        def advance(failed: bool) -> None:
            nonlocal failures
            failures += failed
            shown.update(bar, advance=1, failures=f"{failures} failed" if failures else "")

        yield advance
