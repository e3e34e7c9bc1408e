"""The command line. Starts without NumPy, Pillow and rich; they come with the first need.

Even Typer is loaded only in `main`, when signals are already seen to.
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False  # as in typing, which takes its time to load
if TYPE_CHECKING:
    from poolcli.cli.commands import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line."""
    from poolcli.cli.signals import quit_at_once

    quit_at_once()
    gc.disable()  # nothing of what is loaded now is garbage; `execute` turns it on again
    if "_POOLCLI_COMPLETE" in os.environ:
        # A shell that waits for a word: Typer would load rich to take markup out of help lines.
        sys.modules["rich"] = None  # type: ignore[assignment]
    from poolcli.cli.early import get_ready
    from poolcli.cli.ending import exit_codes, leave, stand_in_for_closed_streams

    stand_in_for_closed_streams()
    get_ready(sys.argv[1:])
    try:
        with exit_codes():
            from poolcli.cli.commands import app

            app(prog_name="poolcli")
    except SystemExit as end:
        leave(end.code if isinstance(end.code, int) else 0)


def __getattr__(name: str) -> object:
    if name == "app":
        from poolcli.cli.commands import app

        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
