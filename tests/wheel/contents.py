"""The files that the sdist and the wheel must contain: those that git tracks."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

NOT_IN_SDIST = {".pre-commit-config.yaml"}
"""Tracked files of which only a clone makes use."""

ADDED_TO_SDIST = {"PKG-INFO"}
"""Files that building adds."""


def tracked_files(root: Path) -> set[str]:
    """Return the paths of all files that git tracks in a clone."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True)
    return {*listed.stdout.decode().split("\0")} - {""}


def files_of_sdist(sdist: Path) -> set[str]:
    """Return the paths of the files in an sdist, without its top folder."""
    with tarfile.open(sdist) as archive:
        return {each.name.partition("/")[2] for each in archive.getmembers() if each.isfile()}


def files_of_wheel(wheel: Path) -> set[str]:
    """Return the paths of the files in a wheel, without its metadata."""
    with zipfile.ZipFile(wheel) as archive:
        return {each for each in archive.namelist() if ".dist-info/" not in each}


def differences(tracked: Iterable[str], sdist: set[str], wheel: set[str]) -> list[str]:
    """Return a line for each file that the sdist or the wheel lacks, or should not contain.

    Examples
    --------
    >>> tracked = {"README.md", "poolcli/a.py", "poolcli/page.html", ".pre-commit-config.yaml"}
    >>> wheel = {"poolcli/a.py", "tests/b.py"}
    >>> print(*differences(tracked, {"README.md", "poolcli/a.py", "x.log"}, wheel), sep="\\n")
    missing from the sdist: poolcli/page.html
    not tracked, but in the sdist: x.log
    missing from the wheel: poolcli/page.html
    not part of the package, but in the wheel: tests/b.py
    """
    promised = {*tracked} - NOT_IN_SDIST
    package = {each for each in tracked if each.startswith("poolcli/")}
    kinds = {
        "missing from the sdist": promised - sdist,
        "not tracked, but in the sdist": sdist - promised - ADDED_TO_SDIST,
        "missing from the wheel": package - wheel,
        "not part of the package, but in the wheel": wheel - package,
    }
    return [f"{kind}: {path}" for kind, paths in kinds.items() for path in sorted(paths)]
