"""A virtual environment that is created for a check."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Environment:
    """A new virtual environment of the running Python.

    Attributes
    ----------
    python : Path
        Its interpreter.
    variables : dict
        The environment variables of its commands: none leads to modules elsewhere.
    """

    def __init__(self, folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        self.python = folder / "bin" / "python"
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        self.variables = kept | {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}

    def pip(self, *arguments: str) -> str:
        """Run pip, and return what it prints."""
        done = subprocess.run(
            [self.python, "-m", "pip", "-qq", *arguments],
            env=self.variables,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout

    @contextmanager
    def installed(self, *requirements: str) -> Iterator[None]:
        """Install packages, and remove all packages that this has added when the block ends."""
        before = {*self.pip("freeze").splitlines()}
        self.pip("install", "--no-compile", *requirements)
        yield
        added = {*self.pip("freeze").splitlines()} - before
        self.pip("uninstall", "--yes", *(each.partition("==")[0] for each in added))

    def run(
        self, command: str, folder: Path, timeout: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Run a shell command in a folder; ``python`` and ``poolcli`` are those installed here."""
        return subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
