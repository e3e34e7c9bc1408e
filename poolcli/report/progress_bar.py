"""The progress bar on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from poolcli.request import Request

Advance = Callable[[bool], None]
"""Advances the progress bar by one input. The argument says whether the input failed."""


@contextmanager
def progress_bar(request: Request, total: int, activity: str = "pooling") -> Iterator[Advance]:
    """Show a progress bar with count, rate, time left and number of failures.

    No bar is shown for a single input, with `--no-progress`, where standard error is not a
    terminal, and where JSON lines go to the terminal, which the bar would disturb.

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
    callable
        To be called after each input, see `Advance`.
    """
    prints_json = request.report == "json" and sys.stdout.isatty()
    if total < 2 or request.no_progress or prints_json or not sys.stderr.isatty():
        yield lambda failed: None
        return
    from rich import progress
    from rich.console import Console
    from rich.text import Text

    class Rate(progress.ProgressColumn):
        """The number of files per second."""

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
    with progress.Progress(*columns, console=console, redirect_stdout=False, transient=True) as bar:
        task = bar.add_task("", total=total, failures="")
        failures = 0

        def advance(failed: bool) -> None:
            nonlocal failures
            failures += failed
            bar.update(task, advance=1, failures=f"{failures} failed" if failures else "")

        yield advance
