"""The entry point of the command line.

It starts without Typer, NumPy, Pillow and rich, which are imported when they are needed.
"""

from __future__ import annotations

import errno
import os
import sys


def main() -> None:
    """Run the command line, and exit."""
    try:
        _main()
    except (MemoryError, SystemError, OSError) as error:
        # Out of memory, some C functions fail without an error, which is a SystemError.
        is_shortage = getattr(error, "errno", errno.ENOMEM) == errno.ENOMEM
        if not is_shortage or "poolcli.cli.app" in sys.modules:
            raise
        os.write(2, b"poolcli: there is not enough memory to start\n")
        os._exit(1)


def _main() -> None:
    from poolcli.cli.signals import exit_immediately_on_signals

    exit_immediately_on_signals()
    from poolcli.cli import faster_start_and_exit
    from poolcli.cli.repair_environment import is_completing, repair_environment
    from poolcli.cli.standard_streams import escape_unencodable_text, replace_closed_streams

    faster_start_and_exit.disable_garbage_collection()
    repair_environment(os.environ)
    if is_completing():
        faster_start_and_exit.block_rich()
    replace_closed_streams()
    escape_unencodable_text()
    from poolcli.cli.fatal_errors import exit_codes_of_errors, print_error
    from poolcli.cli.speculative_start import start_likely_work

    start_likely_work(sys.argv[1:])
    try:
        with exit_codes_of_errors():
            from poolcli.cli.app import app

            app(prog_name="poolcli")
    except SystemExit as end:
        faster_start_and_exit.exit_without_teardown(end.code if isinstance(end.code, int) else 0)
    except (KeyError, ValueError):
        if not is_completing():
            raise
        print_error(
            "completion needs the variables that a shell sets beside _POOLCLI_COMPLETE, such as "
            "COMP_WORDS; unset _POOLCLI_COMPLETE"
        )
        faster_start_and_exit.exit_without_teardown(1)
