"""Write what commands print today into the guides, after a change of a table or a message.

    python docs/update_guides.py docs/guides/gis.md

Only outputs that a page shows are written anew. For a new command, write a line below it. Read the
difference before it is committed: `tests/test_guides.py` compares the same texts. The command
`poolcli` of the PATH is used; the guide on machine learning also needs PyTorch.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "samples"

BLOCKS = re.compile(
    r"^```console\n(?P<console>.*?)^```$"
    r"|^```python\n(?P<python>.*?)^```$(?P<text>\n\n```text\n.*?^```$)?",
    re.MULTILINE | re.DOTALL,
)


class Guide:
    """A guide whose commands and Python code run in the current folder, in order."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._names: dict[str, object] = {}

    def updated(self) -> str:
        """Run everything and return the text with what was printed."""
        return BLOCKS.sub(self._updated_block, self.text)

    def _updated_block(self, block: re.Match[str]) -> str:
        if block["console"] is not None:
            return f"```console\n{self._updated_console(block['console'])}```"
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(block["python"], "guide.md", "exec"), self._names)
        output = f"\n\n```text\n{printed.getvalue()}```" if block["text"] else ""
        return f"```python\n{block['python']}```{output}"

    def _updated_console(self, console: str) -> str:
        lines = []
        for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            ran = subprocess.run(
                ["bash", "-c", f"{{ {command}\n}} 2>&1"], stdout=subprocess.PIPE, check=True
            )
            lines.append(f"$ {command}\n{ran.stdout.decode() if output else ''}")
        return "".join(lines)


def update(page: Path) -> None:
    """Write a guide anew; its commands run in a temporary folder with the samples."""
    guide = Guide(page.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        results = shutil.ignore_patterns("*-k*", "*-out*", "*-global*")
        shutil.copytree(SAMPLES, "samples", ignore=results)
        os.environ["HOME"] = folder
        text = guide.updated()
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        update(Path(name).resolve())
