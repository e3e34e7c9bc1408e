"""CONTRIBUTING.md names modules that exist, and its example of a mode is valid."""

from __future__ import annotations

import pkgutil
import re
from pathlib import Path

from poolcli.core.modes import Mode

ROOT = Path(__file__).parent.parent

OTHER_WORDS = {"same", "compare", "explain", "formula"}
"""Words in code format that are modes of padding, commands or fields, not modules."""


def test_every_module_named_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    tokens = re.findall(r"`([a-z][\w/]*(?:\.py|\.md)?)`", prose)
    named = {token.rstrip("/") for token in tokens} - OTHER_WORDS
    folders = ["poolcli", "tests", "benchmarks", "docs"]
    paths = [str(path) for folder in folders for path in (ROOT / folder).rglob("*")]
    paths += [str(ROOT / folder) for folder in folders]
    missing = sorted(
        name
        for name in named
        if not any(path.endswith((f"/{name}", f"/{name}.py")) for path in paths)
    )
    assert len(named) > 40
    assert not missing


def test_example_of_a_mode_is_valid() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    registered: list[Mode] = []
    exec(example, {"Mode": Mode, "register_mode": registered.append})
    (mode,) = registered
    assert callable(pkgutil.resolve_name(mode.kernel))
