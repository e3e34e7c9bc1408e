"""No process of a run imports anything from the current folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

LOADED = (
    "poolcli.batch.workers.fork_server, poolcli.batch.workers.dask_workers, poolcli.cli.app, "
    "poolcli.explain.explainer, poolcli.compare.contact_sheet, poolcli.report.html.page, "
    "distributed, distributed.nanny, cryptography.x509, "
    "rich.progress, rich.table, multiprocessing.spawn, multiprocessing.resource_tracker"
)


@pytest.fixture(scope="module")
def traps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with arrays and with a false module for each module that a process loads.

    A trap leaves a file in the folder that is called after it.
    """
    pytest.importorskip("distributed")
    folder = tmp_path_factory.mktemp("traps")
    code = f"import sys, {LOADED}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = {*done.stdout.split(), *sys.stdlib_module_names, "sitecustomize", "usercustomize"}
    for name in names - {"__main__", "__mp_main__"}:
        if name.isidentifier():
            (folder / f"{name}.py").write_text(f"open('trapped.{name}', 'w').close()\n")
    (folder / "trap.pth").write_text("import os; open('trapped.pth', 'w').close()\n")
    (folder / "in").mkdir()
    for number in range(4):
        np.save(folder / "in" / f"{number}.npy", np.zeros((64, 64)))
    (folder / "list").write_text("in/0.npy\nin/1.npy\n")
    # Like the installed script: the first entry of its module path is its own folder. It has no
    # `__main__` guard, so a process that ran it again would pool the files again.
    (folder / "bin").mkdir()
    (folder / "bin" / "poolcli").write_text("from poolcli.cli.main import main\nmain()\n")
    return folder


@pytest.mark.parametrize(
    "line",
    [
        "max in/0.npy",
        "max in -j 2",
        "max . -r -j 2 -o out/",
        "max - -o -",
        "max --files-from list -o out/",
        "info in",
        "compare in/0.npy",
        "explain max in/0.npy",
        "max in -j 1 --dask local",
        "max in/0.npy --dask tcp://127.0.0.1:x",
        "--help",
        "--version",
        "",
    ],
)
def test_nothing_is_imported_from_the_current_folder(traps: Path, line: str) -> None:
    environment = dict(os.environ)
    if not line:
        environment |= {"_POOLCLI_COMPLETE": "complete_bash", "COMP_WORDS": "poolcli m"}
        environment |= {"COMP_CWORD": "1"}
    overwrite = ["--overwrite"] if line.startswith(("max", "compare")) else []
    done = subprocess.run(
        [sys.executable, "bin/poolcli", *line.split(), *overwrite],
        cwd=traps,
        env=environment,
        input=(traps / "in" / "0.npy").read_bytes(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == ("tcp" in line), done.stderr
    assert not list(traps.glob("**/trapped.*"))


def test_python_m_imports_only_the_package_from_the_current_folder(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((4, 4)))
    for name in ("numpy", "typer", "PIL"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('trapped')\n")
    line = [sys.executable, "-m", "poolcli", "max", "x.npy", "--quiet"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
