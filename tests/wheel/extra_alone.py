"""Check that with one extra alone exactly the tests run that need no extra or this one.

``python -m tests.wheel.extra_alone EXTRA WHEEL [PATH …]`` installs the wheel into two new virtual
environments, without extras and with this one, and runs the tests in each.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.etree import ElementTree

from tests.wheel.environment import Environment

ROOT = Path(__file__).parents[2]

NO_TESTS_RAN = 5
"""The exit code of pytest if all tests are skipped as whole modules."""

MISSING_MODULE = re.compile(r"could not import '([\w.]+)'")
"""The reason that `pytest.importorskip` gives."""


def skip_reasons(report: Path) -> dict[str, str]:
    """Return the tests of a report of pytest in JUnit's format, with the reasons of those skipped.

    The reason of a test that ran is empty. A module that is skipped as a whole is one test, of
    which the name is that of the module; a package likewise.
    """
    return {
        f"{case.get('classname')}::{case.get('name')}": _message(case.find("skipped"))
        for case in ElementTree.parse(report).iter("testcase")
    }


def _message(skipped: ElementTree.Element | None) -> str:
    """Return the reason in an element; that of a whole module is in its text."""
    return "" if skipped is None else f"{skipped.get('message')} {skipped.text}"


def problems(
    without: Mapping[str, str], with_extra: Mapping[str, str], is_installed: Callable[[str], bool]
) -> list[str]:
    """Return a line for each test that ran without its packages, or did not run with them.

    Parameters
    ----------
    without, with_extra : mapping
        The results of `skip_reasons` without any extra and with one.
    is_installed : callable
        Whether a module can be imported beside the extra.

    Examples
    --------
    >>> without = {"a::x": ""}
    >>> without |= {"a::y": "could not import 'tifffile'", "::b": "could not import 'zarr'"}
    >>> problems(without, without, "tifffile".__eq__)
    ["skipped, although 'tifffile' is installed: a::y", 'no test needs this extra']
    >>> problems(without, {"a::x": "", "a::y": "", "b::z": ""}, "tifffile".__eq__)
    ["ran, although it needs 'zarr': b::z"]
    >>> problems({"::p": "could not import 'zarr'"}, {"p.a.b::z": ""}, "zarr".__eq__)
    []
    """
    found, has_own_tests = [], False
    for test, reason in with_extra.items():
        missing = MISSING_MODULE.search(reason)
        if missing and is_installed(missing[1]):
            found.append(f"skipped, although {missing[1]!r} is installed: {test}")
        needed = MISSING_MODULE.search(_reason(test, without))
        if not reason and needed:
            has_own_tests = True
            if not is_installed(needed[1]):
                found.append(f"ran, although it needs {needed[1]!r}: {test}")
    found += [
        f"ran without extras, but not with this one: {test}"
        for test, reason in without.items()
        if not reason and with_extra.get(test, "missing")
    ]
    return found if has_own_tests else [*found, "no test needs this extra"]


def _reason(test: str, results: Mapping[str, str]) -> str:
    """Return the reason for which a test, its module or a package above it was skipped."""
    place = test.partition("::")[0].split(".")
    above = (f"::{'.'.join(place[:count])}" for count in range(len(place), 0, -1))
    return next((results[each] for each in (test, *above) if results.get(each)), "")


def run_tests(environment: Environment, report: Path, paths: list[str]) -> dict[str, str]:
    """Run tests with an environment, and return the reasons of those that were skipped."""
    done = environment.run(
        f"python -m pytest -n auto --junitxml={report} {' '.join(paths)}", ROOT, 3600
    )
    print(done.stdout, done.stderr, flush=True)
    if done.returncode not in (0, NO_TESTS_RAN):
        sys.exit(done.returncode)
    return skip_reasons(report)


def main(extra: str, wheel: str, *paths: str) -> int:
    """Run the tests twice and print what is wrong; return the exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results = []
        for title in ("", f"[{extra}]"):
            environment = Environment(folder / f"environment{title}")
            environment.pip("install", "pip>=25.1")  # knows dependency groups
            group = f"{ROOT / 'pyproject.toml'}:test"
            environment.pip("install", f"{Path(wheel).resolve()}{title}", "--group", group)
            report = folder / f"report{title}.xml"
            results.append(run_tests(environment, report, list(paths) or ["tests"]))

        def is_installed(module: str) -> bool:
            return environment.run(f"python -c 'import {module}'", folder).returncode == 0

        found = problems(*results, is_installed)
    print("\n".join(found) or f"exactly the tests of [{extra}] ran beside those without extras")
    return min(len(found), 1)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
