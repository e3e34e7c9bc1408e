"""The private parts of multiprocessing that poolcli changes exist and do what poolcli expects."""

from __future__ import annotations

import sys
from multiprocessing import resource_tracker, spawn, util

import pytest

CHECKED = "checked with Python 3.11 to 3.13; read multiprocessing's sources for what replaced it"


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (util, "_args_from_interpreter_flags"),
        (spawn, "get_preparation_data"),
        (resource_tracker, "_resource_tracker"),
        (resource_tracker.ResourceTracker, "ensure_running"),
    ],
)
def test_private_part_exists(owner: object, name: str) -> None:
    version = sys.version.split()[0]
    assert hasattr(owner, name), f"multiprocessing of Python {version} lacks {name}: {CHECKED}"


def test_preparation_data_names_the_main_script() -> None:
    keys = spawn.get_preparation_data("worker").keys()
    assert {"sys_path", "orig_dir"} <= keys, f"other keys than expected: {CHECKED}"
