"""Imports in `poolcli` point one way, from the command line to the core, and never in a circle."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

LAYERS = ["core", "dask", "request", "io", "report", "batch", "compare", "cli"]
"""The packages; each may import itself and the ones before it."""

SAME_RANK = {"explain": "compare", "request_description": "request", "errors": "request"}

EXEMPT = ("poolcli", "poolcli.__main__")
"""The package itself, which offers the Python functions, and ``python -m poolcli``."""

FORBIDDEN = [("core.kernels", "core.engine"), ("io.metadata", "io.images")]
"""Pairs of packages inside one package, of which the first does not import the second."""

ALLOWED = {
    "core": {"numpy"},
    "dask": {"numpy", "dask"},
    "cli": {"typer", "click"},
}
"""Other packages than the standard library that the modules of a package import on loading."""


@cache
def sources() -> dict[str, ast.Module]:
    """Return the syntax tree of every module of poolcli, by its dotted name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): ast.parse(
            path.read_text("utf-8")
        )
        for path in (ROOT / "poolcli").rglob("*.py")
    }


def imported(module: str, *, on_load: bool = False) -> set[str]:
    """Return the dotted names that a module imports.

    Parameters
    ----------
    on_load : bool
        Whether to leave out imports inside functions and for type checkers.
    """
    tree = sources()[module]
    nodes = tree.body if on_load else list(ast.walk(tree))
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            inner = {f"{node.module}.{each.name}" for each in node.names}
            names |= {name if name in sources() else str(node.module) for name in inner}
    return names


def rank(module: str) -> int:
    """Return the position of a module's package in `LAYERS`."""
    package = module.split(".")[1]
    return LAYERS.index(SAME_RANK.get(package, package))


def test_every_package_has_a_layer() -> None:
    assert sources()
    for module in sources().keys() - EXEMPT:
        rank(module)


def imports_of_packages_above(module: str) -> list[str]:
    """Return what a module imports from packages above its own, or from the one beside it."""
    own = {name for name in imported(module) if name.startswith("poolcli.")}
    siblings = {"compare": "poolcli.explain", "explain": "poolcli.compare"}
    sibling = siblings.get(module.split(".")[1], "-")
    return sorted(name for name in own if rank(name) > rank(module) or name.startswith(sibling))


def test_imports_point_towards_the_core() -> None:
    found = {name: imports_of_packages_above(name) for name in sorted(sources().keys() - EXEMPT)}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_nothing_imports_the_functions_for_dask_arrays() -> None:
    for module in sources():
        if not module.startswith("poolcli.dask"):
            assert not any(name.startswith("poolcli.dask") for name in imported(module)), module


@pytest.mark.parametrize(("package", "above"), FORBIDDEN)
def test_imports_inside_a_package_point_one_way(package: str, above: str) -> None:
    for module in sources():
        if module.startswith(f"poolcli.{package}."):
            names = imported(module)
            assert not any(name.startswith(f"poolcli.{above}.") for name in names), module


def test_no_imports_go_in_a_circle() -> None:
    graph = {name: imported(name) & sources().keys() - {name} for name in sources().keys() - EXEMPT}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


@pytest.mark.parametrize("package", ALLOWED)
def test_package_loads_only_these_packages(package: str) -> None:
    for module in sources():
        if module.startswith(f"poolcli.{package}"):
            packages = {name.split(".")[0] for name in imported(module, on_load=True)}
            known = {"PIL", "numpy", "rich", "typer", "click", "distributed", "dask"}
            assert packages & known <= ALLOWED[package], module
