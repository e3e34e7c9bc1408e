"""The Typer app: one command a mode, made from the table of modes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from inspect import Parameter, Signature
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from poolcli import __version__
from poolcli.cli.execute import execute, look
from poolcli.cli.options import INPUTS, MODE, Flag, flags_of, flags_to_look
from poolcli.core.modes import MODES
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


def make_command(flags: list[Flag], call: Callable[[dict[str, Any]], None]) -> Callable[..., None]:
    """The function behind a command.

    Its signature is put together from the flags, so that each is declared once.
    """

    def command(**given: Any) -> None:
        call(given)

    command.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter(
                flag.name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty if flag.default is ... else flag.default,
                annotation=flag.type,
            )
            for flag in [INPUTS, *flags]
        ]
    )
    return command


def _look(given: dict[str, Any]) -> None:
    if given.pop("schema"):
        from importlib.resources import files  # takes its time to load

        schema = files("poolcli.report").joinpath("record.schema.json")
        typer.echo(schema.read_text("utf-8"), nl=False)
    else:
        look(given)


for _mode in MODES.values():
    app.command(
        _mode.name,
        help=(
            f"{_mode.summary[0].upper()}{_mode.summary[1:]}.\n\n"
            f"Example: poolcli {_mode.name} img.png --k 2 --s 2"
        ),
        rich_help_panel="Modes",
    )(make_command(flags_of(_mode), partial(execute, _mode.name)))
app.command(
    "pool",
    help="The same, with the mode as a flag.\n\nExample: poolcli pool --mode max img.png --k 2",
)(make_command([MODE, *flags_of(None)], lambda given: execute(given.pop("mode"), given)))
app.command(
    "info",
    help="Tell what files are: shape, dtype, range, format, frames; pool nothing.\n\n"
    "Example: poolcli info img.png features.npz",
)(make_command(flags_to_look(), _look))
