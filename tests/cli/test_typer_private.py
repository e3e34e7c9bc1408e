"""Private parts of Typer behave as `poolcli.cli.typer_private` expects."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import typer

from poolcli.cli import typer_private
from poolcli.cli.app import typer_command

CHECKED = (
    f"Typer {typer.__version__} differs from those that poolcli/cli/typer_private.py was checked "
    f"with, {' to '.join(typer_private.CHECKED_VERSIONS)}: adapt it, then name the new version"
)


@pytest.fixture
def context() -> Any:
    """A context of `pool`. Typer caches its help option, so the names must be right."""
    command: Any = typer_command("pool")
    return typer.Context(command, info_name="pool", help_option_names=["-h", "--help"])


def parameters(context: Any) -> dict[str, Any]:
    """The parameters of `pool` by name, adjusted."""
    return {param.name: param for param in typer_command("pool").get_params(context)}


def has_pydantic_conversion() -> bool:
    """Whether this version of Typer converts values with pydantic."""
    return hasattr(typer_command("pool").params[0], "type_descriptor")


def test_parameters_have_the_private_parts(context: Any) -> None:
    for param in parameters(context).values():
        assert hasattr(param, "process_value"), CHECKED
        assert param.param_type_name in ("argument", "option"), CHECKED
        if has_pydantic_conversion():
            assert hasattr(param.type_descriptor, "annotation"), CHECKED
    annotations = {
        name: param.type_descriptor.annotation
        for name, param in parameters(context).items()
        if has_pydantic_conversion()
    }
    if annotations:
        expected = {"stride": str, "levels": int, "ceil": bool, "ignore": list[str]}
        assert {name: annotations[name] for name in expected} == expected, CHECKED


def test_the_parser_returns_values_and_order(context: Any) -> None:
    args = ["x.npy", "--mode", "max", "-k", "3", "--ceil"]
    values, order, _ = typer_private.parse_options(typer_command("pool"), context, args)
    assert (values["kernel_size"], values["mode"]) == ("3", "max"), CHECKED
    assert [param.name for param in order][:3] == ["mode", "kernel_size", "ceil"], CHECKED


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("stride", "3x2", "3x2"),
        ("levels", "3", 3),
        ("levels", "03", 3),
        ("divisor", "-4", -4),
        ("report", "json", "json"),
        ("ignore", ["0", "nan"], ["0", "nan"]),
        ("max_pixels", 178_956_970, 178_956_970),
        ("ceil", True, True),
        ("stride", None, None),
    ],
)
def test_values_are_those_of_typer(context: Any, name: str, given: Any, expected: Any) -> None:
    param = parameters(context)[name]
    value = param.process_value(context, given)
    assert (list(value) if isinstance(value, tuple) else value) == expected
    original = type(param).process_value(param, context, given)
    assert (list(original) if isinstance(original, tuple) else original) == expected, CHECKED


@pytest.mark.parametrize(
    ("name", "given"),
    [("levels", "0"), ("levels", "x"), ("jobs", "1.5"), ("quality", "101"), ("report", "xml")],
)
def test_typer_refuses_wrong_values(context: Any, name: str, given: str) -> None:
    with pytest.raises(typer.BadParameter):
        parameters(context)[name].process_value(context, given)


@pytest.mark.parametrize("args", ["max --k 2 -j 2 --report none", "info --schema"])
def test_valid_values_do_not_load_pydantic(args: str) -> None:
    code = (
        "import sys; from poolcli.cli.app import app\n"
        f"try: app({args.split()!r})\n"
        "except SystemExit: pass\n"
        "print('pydantic' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "False", CHECKED
