"""Running a command: which function it calls, and how its errors end the process."""

from __future__ import annotations

from typing import Any

import typer

from poolcli.cli.fatal_errors import print_error
from poolcli.cli.signals import SignalReceived
from poolcli.cli.speculative_start import names_store
from poolcli.errors import ExitCode, PoolcliError, UsageError
from poolcli.report.write_encodable_text import fits_terminal

FRAME_WIDTH = 4
"""The columns of the frame that Typer draws around a usage error."""

RESUME_HINT = "; outputs already written are kept, --skip-existing skips them next time"

STORE_HINT = "; complete chunks are kept, --skip-existing computes the others next time"


def run_command(name: str, values: dict[str, Any]) -> None:
    """Run a command with parsed options.

    Parameters
    ----------
    name : str
        The name of the command.
    values : dict
        The values of its options by name.

    Raises
    ------
    typer.Exit
        With the exit code, if that is not 0.
    typer.BadParameter
        If the command line is wrong.
    SignalReceived
        If SIGTERM, SIGHUP or SIGQUIT arrived.
    """
    hint = _resume_hint(name, values)
    try:
        code = _call(name, values)
    except UsageError as error:
        raise _InvalidValue(error) from None
    except PoolcliError as error:
        print_error(str(error))
        code = error.exit_code
    except KeyboardInterrupt:
        print_error(f"interrupted{hint}")
        code = ExitCode.INTERRUPTED
    except SignalReceived:
        print_error(f"terminated{hint}")
        raise
    if code:
        raise typer.Exit(code)


class _InvalidValue(typer.BadParameter):
    """Typer's form of a usage error, with the diagram of the window below the message."""

    def __init__(self, error: UsageError) -> None:
        super().__init__(str(error), param_hint=error.option or "INPUT...")
        self.diagram = error.diagram

    def format_message(self) -> str:
        """Return the message, and the diagram if the frame around both has room for it."""
        diagram = self.diagram if fits_terminal(self.diagram, FRAME_WIDTH) else ()
        return "\n".join((super().format_message(), *diagram))


def _call(name: str, values: dict[str, Any]) -> ExitCode:
    if name == "compare":
        from poolcli.cli.compare_command import run_compare

        return run_compare(values)
    if name == "explain":
        from poolcli.cli.explain_command import run_explain

        return run_explain(values)
    if name == "info":
        from poolcli.cli.info_command import run_info

        return run_info(values)
    from poolcli.cli.pool_command import run_pool, run_unpool

    if name == "unpool":
        return run_unpool(values)
    return run_pool(values.pop("mode") if name == "pool" else name, values)


def _resume_hint(name: str, values: dict[str, Any]) -> str:
    """Return the advice to resume an interrupted run; empty for commands that cannot be resumed."""
    if name in ("explain", "info"):
        return ""
    if names_store([*(values["inputs"] or ()), values["output"] or ""]):
        return STORE_HINT
    return RESUME_HINT + ("" if values["html"] is None else ", with another name for --html")
