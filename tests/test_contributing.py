"""CONTRIBUTING.md names only files and modules that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent

OTHER_WORDS = {"same", "compare", "explain", "formula"}
"""Words in code format that are modes of padding, commands or fields, not modules."""


def test_every_module_named_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    named = set(re.findall(r"`([a-z][\w/]*(?:\.py|\.md)?)/?`", prose)) - OTHER_WORDS
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [f"/{path}" for path in listed.stdout.split()]
    folders = {path.rpartition("/")[0] for path in files}
    missing = sorted(
        name
        for name in named
        if not any(path.endswith((f"/{name}", f"/{name}.py")) for path in (*files, *folders))
    )
    assert len(named) > 40
    assert not missing
