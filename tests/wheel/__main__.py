"""Check the sdist and the wheel, and print a line for each check.

``python -m tests.wheel WHEEL SDIST`` compares their files with those that git tracks. It installs
the wheel into a new virtual environment, with its required packages alone and with each extra
alone, and runs `tests.wheel.commands` there, in a folder that does not contain the source.
"""

from __future__ import annotations

import re
import sys
import tempfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

from tests.wheel.commands import COMMANDS, COMMANDS_OF_EXTRAS, INPUTS, CheckedCommand
from tests.wheel.contents import differences, files_of_sdist, files_of_wheel, tracked_files
from tests.wheel.environment import Environment

ROOT = Path(__file__).parents[2]


class Checks:
    """The number of checks that passed, and of those that failed."""

    def __init__(self) -> None:
        self.passed = self.failed = 0

    def add(self, name: str, problem: str) -> None:
        """Count and print a check; an empty problem means that it has passed."""
        self.passed += not problem
        self.failed += bool(problem)
        print(f"FAILED {name}\n{problem}" if problem else f"ok {name}", flush=True)


def packages_of_extra(wheel: Path, extra: str) -> set[str]:
    """Return the names of the packages that an extra of a wheel requires."""
    with zipfile.ZipFile(wheel) as archive:
        (path,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        metadata = HeaderParser().parsestr(archive.read(path).decode("utf-8"))
    requirements = metadata.get_all("Requires-Dist", [])
    pattern = re.compile(rf"([\w.-]+).*;.*\bextra == ['\"]{extra}['\"]")
    return {found[1] for each in requirements if (found := pattern.match(each))}


def problem_of(environment: Environment, folder: Path, command: CheckedCommand) -> str:
    """Return what is wrong with a command; empty if it has done its work."""
    done = environment.run(command.text, folder)
    missing = [name for name in command.writes if not (folder / name).exists()]
    if done.returncode or done.stderr or missing or command.prints not in done.stdout:
        return (
            f"exit code {done.returncode}, not written: {missing}, "
            f"{command.prints!r} expected in the output:\n{done.stdout}{done.stderr}"
        )
    return ""


def problem_without_extra(
    environment: Environment, folder: Path, command: CheckedCommand, packages: set[str]
) -> str:
    """Return what is wrong with the message of a command whose extra is missing."""
    done = environment.run(command.text, folder)
    hint = re.search(r"pip install ([\w .-]+)$", done.stderr.strip())
    if done.returncode and hint and {*hint[1].split()} <= packages:
        return ""
    return f"exit code {done.returncode}, a hint to install {packages} expected:\n{done.stderr}"


def main(wheel: Path, sdist: Path) -> int:
    """Run all checks; return the exit code."""
    checks = Checks()
    found = differences(tracked_files(ROOT), files_of_sdist(sdist), files_of_wheel(wheel))
    checks.add("files of the sdist and the wheel", "\n".join(found))
    with tempfile.TemporaryDirectory() as name:
        temporary = Path(name)
        folder = temporary / "work"
        folder.mkdir()
        environment = Environment(temporary / "environment")
        environment.pip("install", "--no-compile", str(wheel))
        environment.run(f"python - <<'END'\n{INPUTS}\nEND", folder).check_returncode()
        for command in COMMANDS:
            checks.add(command.text, problem_of(environment, folder, command))
        for extra, commands in COMMANDS_OF_EXTRAS.items():
            packages = packages_of_extra(wheel, extra)
            problem = problem_without_extra(environment, folder, commands[0], packages)
            checks.add(f"without [{extra}]: {commands[0].text}", problem)
            with environment.installed(f"{wheel}[{extra}]"):
                for command in commands:
                    problem = problem_of(environment, folder, command)
                    checks.add(f"[{extra}] {command.text}", problem)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return min(checks.failed, 1)


if __name__ == "__main__":
    sys.exit(main(*(Path(argument).resolve() for argument in sys.argv[1:])))
