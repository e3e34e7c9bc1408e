"""Fixtures that run the command line, in this process or as a process of its own, and folders."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from poolcli.cli.app import app

_folder_numbers = itertools.count()


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new folder; unlike pytest's own, the names of all earlier ones are not read."""
    return tmp_path_factory.mktemp(f"test-{next(_folder_numbers)}", numbered=False)


@dataclass(frozen=True)
class CommandResult:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """The JSON lines on standard output."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def record(self) -> dict[str, Any]:
        """The only JSON line."""
        (record,) = self.records
        return record


Poolcli = Callable[..., CommandResult]


@pytest.fixture
def poolcli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Poolcli:
    """Run a command line in a temporary folder, without starting a process."""
    monkeypatch.chdir(tmp_path)

    def run(*args: object) -> CommandResult:
        _skip_without_full_device(*args)
        result = CliRunner().invoke(app, [str(arg) for arg in args], prog_name="poolcli")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return CommandResult(result.exit_code, result.stdout, result.stderr)

    return run


DROPPED = "-dac_override,-dac_read_search"
UNPRIVILEGED = ["setpriv", f"--bounding-set={DROPPED}", f"--inh-caps={DROPPED}"]
"""The command that makes permissions count for root too."""

unprivileged = pytest.mark.skipif(
    os.geteuid() == 0 and shutil.which("setpriv") is None,
    reason="root can read and write every file",
)


linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="needs limits, files or file names that only Linux has"
)

FULL_DEVICE = "/dev/full"
"""A device of Linux whose disk is always full."""


def _skip_without_full_device(*args: object) -> None:
    if any(FULL_DEVICE in str(arg) for arg in args) and not Path(FULL_DEVICE).exists():
        pytest.skip(f"there is no {FULL_DEVICE}")


Shell = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Run a line of bash in a temporary folder; its ``poolcli`` is the one under test."""
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "poolcli"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m poolcli "$@"\n')
    script.chmod(0o755)

    def run(
        line: str, *, privileged: bool = True, **settings: Any
    ) -> subprocess.CompletedProcess[bytes]:
        _skip_without_full_device(line)
        drop = [] if privileged or os.geteuid() else UNPRIVILEGED
        environment = os.environ | {"PATH": f"{script.parent}:{os.environ['PATH']}"}
        environment.pop("PYTHONUNBUFFERED", None)  # the tests expect buffered output
        return subprocess.run(
            [*drop, "bash", "-c", line],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            timeout=60,
            check=False,
            **settings,
        )

    return run
