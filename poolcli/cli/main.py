"""The command line. Starts without NumPy, Pillow and rich; they come with the first need.

Even Typer is loaded only in `main`, when signals are already seen to.
"""

from __future__ import annotations

import gc
import os
import sys

STACK = 1 << 15
"""Words of Python's stack to ask for at once."""


def main() -> None:
    """Run the command line.

    CPython has the frames of calls in pieces of 16 KB; it asks the system for the next whenever
    calls go deeper, and gives it back as they return. A loop that calls across such a border, as
    imports have, costs up to 50 ms. After one frame that asks for more, all others find room.
    """

    def roomy() -> None:
        _main()

    roomy.__code__ = roomy.__code__.replace(co_stacksize=STACK)
    try:
        roomy()
    except MemoryError:  # for the frame itself; `_main` sees to its own
        os.write(2, b"poolcli: there is not enough memory to start\n")
        os._exit(1)


def _main() -> None:
    from poolcli.cli.signals import quit_at_once

    quit_at_once()
    gc.disable()  # nothing of what is loaded now is garbage; `execute` turns it on again
    from poolcli.cli.environment import is_completing, mend_environment, mend_streams

    mend_environment(os.environ)
    if is_completing():
        # A shell that waits for a word: Typer would load rich to take markup out of help lines.
        sys.modules["rich"] = None  # type: ignore[assignment]
    from poolcli.cli.shutdown import exit_codes, leave, say, stand_in_for_closed_streams
    from poolcli.cli.startup import get_ready

    stand_in_for_closed_streams()
    mend_streams()
    get_ready(sys.argv[1:])
    try:
        with exit_codes():
            from poolcli.cli.app import app

            app(prog_name="poolcli")
    except SystemExit as end:
        leave(end.code if isinstance(end.code, int) else 0)
    except (KeyError, ValueError):
        if not is_completing():
            raise
        say("completion takes what a shell sets beside _POOLCLI_COMPLETE, as COMP_WORDS; unset it")
        leave(1)
