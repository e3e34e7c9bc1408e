"""What the commands for many inputs share: loading before the run, and their reporter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, TextIO

from poolcli.cli.startup import enable_garbage_collection
from poolcli.request import Request

if TYPE_CHECKING:
    from poolcli.report.progress_bar import Advance
    from poolcli.report.record import Record
    from poolcli.report.reporters import Reporter


def finish_loading(request: Request) -> None:
    """Import what the report needs, while there is nothing yet to clean up after a signal."""
    if request.report == "table":
        import poolcli.report.table_reporter  # noqa: F401
    enable_garbage_collection()


@contextmanager
def reporting(
    reporter: Reporter, stream: TextIO, progress_bar: AbstractContextManager[Advance]
) -> Iterator[tuple[Callable[[Record], None], Advance]]:
    """Finish the report at the end, whatever happens.

    Parameters
    ----------
    reporter : Reporter
        Prints the records.
    stream : text file
        The stream that it prints on.
    progress_bar : context manager
        Gives the function that advances the bar.

    Yields
    ------
    add_record, advance : callable
        The functions to call with each record, and after each input.
    """
    try:
        with progress_bar as advance:
            yield reporter.add, advance
    finally:
        reporter.finish()
        stream.flush()
