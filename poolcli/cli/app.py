"""The Typer app: it makes commands from the table of commands when they are first needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from inspect import Parameter, Signature
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from poolcli import __version__
from poolcli.cli.commands import Command, command_names, find_command
from poolcli.cli.completion import prefixed
from poolcli.cli.options import Option
from poolcli.cli.run_with_exit_code import run_command
from poolcli.cli.typer_private import adjust_parameters, parse_options, unknown_option_of
from poolcli.cli.usage_checks import (
    check_arguments,
    check_mode_has_options,
    check_not_repeated,
    fail_for_unknown_option,
)
from poolcli.report.format_values import printable

SUMMARY = "CNN pooling for images and tensors: poolcli max img.png --k 2 --s 2"


class PoolcliGroup(TyperGroup):
    """The group of all commands, with hints for wrong command lines."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = TyperCommands()  # type: ignore[assignment]

    def get_params(self, ctx: Any) -> list[Any]:
        """Return all parameters, ``--help`` included."""
        return adjust_parameters(super().get_params(ctx))

    def make_context(self, *args: Any, **settings: Any) -> Any:
        """Parse what precedes the command."""
        with _escaped_messages():
            return super().make_context(*args, **settings)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse what precedes the command; fail if it is an option of the modes."""
        if args and not ctx.resilient_parsing and args[0].startswith("-"):
            from poolcli.cli.usage_hints import option_before_mode

            spellings = [
                each for option in find_command("pool").options for each in option.spellings
            ]
            if (message := option_before_mode(args, spellings)) is not None:
                ctx.fail(message)
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the first word names; fail with a hint if there is none."""
        if args[0] not in self.commands and not ctx.resilient_parsing:
            from poolcli.cli.usage_hints import unknown_command

            ctx.fail(unknown_command(args, [*self.commands, "--help", "--version"]))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Parse the rest of the command line, and run the command."""
        with _escaped_messages():
            return super().invoke(ctx)


class PoolcliCommand(TyperCommand):
    """A command that refuses what Typer's parser accepts silently."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return all parameters, ``--help`` included."""
        return adjust_parameters(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Check and parse the command line."""
        if not ctx.resilient_parsing:
            check_mode_has_options(ctx, args)
            try:
                words = parse_options(self, ctx, args)
            except Exception as error:
                # The base class of Typer's usage errors differs between versions.
                fail_for_unknown_option(ctx, args, unknown_option_of(error))
                raise
            if all(param.name != "help" for param in words.order):
                check_not_repeated(ctx, words.order)
                check_arguments(ctx, args, words.values, words.rest)
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed


class TyperCommands(Mapping[str, TyperCommand]):
    """The commands by name. Making all of them takes longer than pooling a small image."""

    def __getitem__(self, name: str) -> TyperCommand:
        return typer_command(name)

    def __iter__(self) -> Iterator[str]:
        return iter(command_names())

    def __len__(self) -> int:
        return len(command_names())


@contextmanager
def _escaped_messages() -> Iterator[None]:
    """Let messages of usage errors show control characters as escapes."""
    try:
        yield
    except Exception as error:
        # The base class of Typer's usage errors differs between versions; all have a message.
        if isinstance(message := getattr(error, "message", None), str):
            error.message = printable(message)  # type: ignore[attr-defined]
        raise


@cache
def typer_command(name: str) -> TyperCommand:
    """Return Typer's form of a command.

    Raises
    ------
    KeyError
        If there is no command with this name.
    """
    command = find_command(name)
    single = typer.Typer(add_completion=False)
    single.command(
        name,
        cls=PoolcliCommand,
        help=f"{command.summary}\n\nExample: poolcli {command.example}",
        rich_help_panel=command.panel,
    )(_function_of(command))
    made = get_command(single)
    assert isinstance(made, TyperCommand)
    return made


def _function_of(command: Command) -> Any:
    """The function behind a command; its signature is made from the option table."""

    def function(**values: Any) -> None:
        run_command(command.name, values)

    function.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter(
                option.name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty if option.default is ... else option.default,
                annotation=_annotation(option),
            )
            for option in command.options
        ]
    )
    return function


def _annotation(option: Option) -> Any:
    """Typer's declaration of an option."""
    value_type: Any = Literal[option.choices] if option.choices else option.type
    if option.repeatable:
        value_type = list[value_type]
    if option.default is None or option.repeatable:
        value_type |= None
    default = f" Default: {option.default_text}." if option.default_text else ""
    complete = option.complete or (prefixed(option.choices) if option.choices else None)
    if not option.spellings:
        argument = typer.Argument(
            help=option.help + default,
            metavar=option.metavar,
            show_default=False,
            autocompletion=complete,
        )
        return Annotated[value_type, argument]
    return Annotated[
        value_type,
        typer.Option(
            *option.spellings,
            help=option.help + default,
            metavar=option.metavar,
            show_default=False,
            autocompletion=complete,
            min=option.minimum,
            max=option.maximum,
            rich_help_panel=option.panel,
        ),
    ]


app = typer.Typer(
    name="poolcli",
    cls=PoolcliGroup,
    help=SUMMARY,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_given: bool) -> None:
    if is_given:
        typer.echo(f"poolcli {__version__}")
        raise typer.Exit


@app.callback(help=SUMMARY)
def main_options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Declare the options that precede the command."""
