"""The Typer app: one command a mode, made from the table of modes when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from inspect import Parameter, Signature
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from poolcli import __version__
from poolcli.cli.command_options import (
    ONE_INPUT,
    flags_of,
    flags_to_compare,
    flags_to_explain,
    flags_to_look,
)
from poolcli.cli.options import INPUTS, MODE, Flag
from poolcli.cli.run_command import compare, execute, explain, look
from poolcli.cli.usage_checks import check_explained, check_owned, check_repeated
from poolcli.core.modes import MODES
from poolcli.report.formatting import printable

MAIN = "CNN pooling for images and tensors: poolcli max img.png --k 2 --s 2"


class Group(TyperGroup):
    """The commands; messages of usage errors show control characters as escapes."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.commands = Commands()  # type: ignore[assignment]

    def get_params(self, ctx: Any) -> list[Any]:
        """All parameters, that of help among them."""
        return _plain(super().get_params(ctx))

    def make_context(self, *args: Any, **more: Any) -> Any:
        """Read what stands before the command."""
        with _safe_messages():
            return super().make_context(*args, **more)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what stands before the command; options of the modes stand after it."""
        if args and not ctx.resilient_parsing and args[0].startswith("-"):
            from poolcli.cli.usage_hints import option_before_mode

            options = [name for param in made("pool").params for name in param.opts]
            if (message := option_before_mode(args, options)) is not None:
                ctx.fail(message)
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first word names; of any other word, say what may be meant."""
        if args[0] not in self.commands and not ctx.resilient_parsing:
            from poolcli.cli.usage_hints import unknown_command

            ctx.fail(unknown_command(args, [*self.commands, "--help", "--version"]))
        return super().resolve_command(ctx, args)

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
            error.message = printable(message)  # type: ignore[attr-defined]
        raise


class Command(TyperCommand):
    """A command whose parameters are converted only where that changes them."""

    def get_params(self, ctx: Any) -> list[Any]:
        """All parameters, that of help among them."""
        return _plain(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line; refuse what the parser would take without a word."""
        if not ctx.resilient_parsing:
            check_owned(ctx, args, self.params, lambda: made("pool").params)
            values, _, given = self.make_parser(ctx).parse_args(args=list(args))
            check_repeated(ctx, given)
            check_explained(ctx, values)
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed


def _plain(params: list[Any]) -> list[Any]:
    """Take text as text; Typer converts with pydantic, which takes longer to load than NumPy."""
    for param in params:
        if not isinstance(param.process_value, partial):
            param.process_value = partial(_plainly, param, param.process_value)
    return params


def _plainly(param: Any, convert: Callable[[Any, Any], Any], ctx: Any, value: Any) -> Any:
    """The value of a parameter: as it stands if it is text, or nobody gave one."""
    descriptor = getattr(param, "type_descriptor", None)
    if descriptor is None:  # a Typer that converts without pydantic
        return convert(ctx, value)
    kind = descriptor.annotation
    text = kind is str if isinstance(value, str) else kind == list[str]
    given = isinstance(value, str | list | tuple) or (value and param.callback)
    if text if given else ctx.resilient_parsing or not param.required:
        return value
    return convert(ctx, value)


class Entry(NamedTuple):
    """What a command is made from.

    Attributes
    ----------
    takes : Flag, optional
        Its inputs, where its flags do not name them.
    """

    flags: list[Flag]
    call: Callable[[dict[str, Any]], None]
    help: str
    example: str
    panel: str | None = None
    takes: Flag | None = INPUTS


class Commands(Mapping[str, TyperCommand]):
    """The commands by name; to make all of them takes longer than to pool a small picture."""

    def __getitem__(self, name: str) -> TyperCommand:
        if name not in MODES and name not in OTHERS:
            raise KeyError(name)
        return made(name)

    def __iter__(self) -> Iterator[str]:
        return iter((*MODES, *OTHERS))

    def __len__(self) -> int:
        return len(MODES) + len(OTHERS)


OTHERS = ("pool", "compare", "explain", "info")
"""Commands that are no modes."""


@cache
def made(name: str) -> TyperCommand:
    """A command."""
    entry = _entry(name)
    alone = typer.Typer(add_completion=False)
    alone.command(
        name,
        cls=Command,
        help=f"{entry.help}\n\nExample: poolcli {entry.example}",
        rich_help_panel=entry.panel,
    )(_function(entry))
    command = get_command(alone)
    assert isinstance(command, TyperCommand)
    return command


def _entry(name: str) -> Entry:
    if name == "pool":
        return Entry(
            [MODE, *flags_of(None)],
            lambda given: execute(given.pop("mode"), given),
            "The same, with the mode as a flag.",
            "pool --mode max img.png --k 2",
            panel="Modes",
        )
    if name == "compare":
        return Entry(
            flags_to_compare(),
            compare,
            "Show every mode's result side by side, and measure what textbooks claim of them.",
            "compare img.png --k 4 -o sheet.png",
            panel="See and understand",
            takes=ONE_INPUT,
        )
    if name == "explain":
        return Entry(
            flags_to_explain(),
            explain,
            "Show how each output value came to be, window by window.",
            "explain max features.npy --k 3 --s 2 --p 1",
            panel="See and understand",
            takes=None,
        )
    if name == "info":
        return Entry(
            flags_to_look(),
            _look,
            "Tell what files are: shape, dtype, range, format, frames; pool nothing.",
            "info img.png features.npz",
            panel="See and understand",
        )
    mode = MODES[name]
    return Entry(
        flags_of(mode),
        partial(execute, name),
        f"{mode.summary[0].upper()}{mode.summary[1:]}.",
        f"{name} img.png --k 2 --s 2",
        panel="Modes",
    )


def _function(entry: Entry) -> Callable[..., None]:
    """The function behind a command.

    Its signature is put together from the flags, so that each is declared once.
    """

    def command(**given: Any) -> None:
        entry.call(given)

    command.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter(
                flag.name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty if flag.default is ... else flag.default,
                annotation=flag.type,
            )
            for flag in [*filter(None, [entry.takes]), *entry.flags]
        ]
    )
    return command


def _look(given: dict[str, Any]) -> None:
    if given.pop("schema"):
        from importlib.resources import files  # takes its time to load

        schema = files("poolcli.report").joinpath("schemas", "record.schema.json")
        typer.echo(schema.read_text("utf-8"), nl=False)
    else:
        look(given)


app = typer.Typer(
    name="poolcli",
    cls=Group,
    help=MAIN,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"poolcli {__version__}")
        raise typer.Exit


@app.callback(help=MAIN)
def about(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Take the flags of no command."""
