"""The Typer app: one command a mode, made from the table of modes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import Parameter, Signature
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from poolcli import __version__
from poolcli.cli.execute import execute
from poolcli.cli.options import INPUTS, MODE, Flag, flags_of
from poolcli.core.modes import MODES, Mode
from poolcli.report.text import safe


class Group(TyperGroup):
    """The commands; messages of usage errors show control characters as escapes."""

    def make_context(self, *args: Any, **more: Any) -> Any:
        """Read what stands before the command."""
        with _safe_messages():
            return super().make_context(*args, **more)

    def invoke(self, ctx: Any) -> Any:
        """Read what belongs to the command, and carry it out."""
        with _safe_messages():
            return super().invoke(ctx)


@contextmanager
def _safe_messages() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # The base of Typer's usage errors has had several homes; all of them have a message.
        if isinstance(message := getattr(error, "message", None), str):
            error.message = safe(message)  # type: ignore[attr-defined]
        raise


app = typer.Typer(
    name="poolcli",
    cls=Group,
    help="CNN pooling for images and tensors: poolcli max img.png --k 2 --s 2",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"poolcli {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """CNN pooling for images and tensors: poolcli max img.png --k 2 --s 2"""


def make_command(mode: Mode | None) -> Callable[..., None]:
    """The function behind a mode's command, or behind `pool`, which takes the mode as a flag.

    Its signature is put together from the flags, so that each is declared once.
    """

    def command(**given: Any) -> None:
        execute(mode.name if mode else given.pop("mode"), given)

    flags: list[Flag] = [INPUTS, *([] if mode else [MODE]), *flags_of(mode)]
    command.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter(
                flag.name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty if flag.default is ... else flag.default,
                annotation=flag.type,
            )
            for flag in flags
        ]
    )
    return command


for _mode in MODES.values():
    app.command(
        _mode.name,
        help=(
            f"{_mode.summary[0].upper()}{_mode.summary[1:]}.\n\n"
            f"Example: poolcli {_mode.name} img.png --k 2 --s 2"
        ),
        rich_help_panel="Modes",
    )(make_command(_mode))
app.command(
    "pool",
    help="The same, with the mode as a flag.\n\nExample: poolcli pool --mode max img.png --k 2",
)(make_command(None))
