"""The main jobs work without the functions of Linux that macOS, or an old macOS, lacks."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import poolcli
from poolcli.batch import canonical_paths, plan
from poolcli.batch.canonical_paths import CanonicalPaths, canonical_name, ignores_case
from poolcli.batch.output_registry import OutputRegistry
from poolcli.io.arrays import npy_blocks
from poolcli.io.arrays.npy_header import read_header
from tests.conftest import Poolcli, Shell

PRELUDE = """
import ctypes, errno, fcntl, mmap, multiprocessing.connection, os, resource, select, signal, socket
import subprocess, sys, time

MISSING = {
    ctypes: (),
    fcntl: ("F_OFD_GETLK", "F_OFD_SETLK", "F_OFD_SETLKW", "F_ADD_SEALS", "F_SETPIPE_SZ"),
    mmap: ("MAP_POPULATE", "MADV_HUGEPAGE", "MAP_ANONYMOUS"),
    os: (
        "preadv", "pwritev", "sched_getaffinity", "sched_setaffinity", "posix_fadvise",
        "posix_fallocate", "memfd_create", "eventfd", "pidfd_open", "copy_file_range", "splice",
        "sendfile", "pipe2", "fdatasync", "getrandom", "O_TMPFILE", "O_DIRECT", "O_PATH",
        "O_NOATIME", "O_LARGEFILE", "getxattr", "setxattr", "listxattr", "unshare", "setns",
        "sched_yield", "fork", "waitid", "sysconf", "sysconf_names", "confstr", "getresuid",
    ),
    resource: ("RLIMIT_AS", "RLIMIT_NPROC", "prlimit", "RUSAGE_THREAD"),
    select: ("epoll",),
    signal: ("pthread_sigmask", "sigtimedwait", "sigwaitinfo", "SIGRTMIN", "SIGPWR", "SIGPOLL"),
    socket: ("SOCK_CLOEXEC", "SOCK_NONBLOCK", "SO_PEERCRED", "AF_NETLINK", "MSG_CMSG_CLOEXEC"),
    time: ("CLOCK_BOOTTIME",),
}
for module, names in MISSING.items():
    for name in names:
        if hasattr(module, name):
            delattr(module, name)

def refuse_linux_folders(event, values):
    if event in ("open", "os.listdir", "os.scandir") and not isinstance(values[0], int):
        if os.fsdecode(values[0] or "").startswith(("/proc", "/sys", "/dev/shm")):
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", values[0])

sys.addaudithook(refuse_linux_folders)
with open(os.environ["STARTED_PROCESSES"], "a") as log:
    log.write(" ".join(sys.orig_argv).replace(chr(10), " ") + chr(10))
sys.platform = "darwin"
"""
"""Removes names before poolcli is imported, in each process of a run, and pretends to be macOS."""


def test_the_main_jobs_work_without_functions_of_linux(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "prelude").mkdir()
    (tmp_path / "prelude" / "sitecustomize.py").write_text(PRELUDE)
    (tmp_path / "photos").mkdir()
    rng = np.random.default_rng(7)
    photos = {f"photos/{n}.png": rng.integers(0, 256, (20, 24, 3), np.uint8) for n in range(4)}
    for name, pixels in photos.items():
        Image.fromarray(pixels).save(tmp_path / name)
    volume = rng.integers(0, 256, (70, 1000, 1000), np.uint8)
    np.save(tmp_path / "volume.npy", volume)
    ran = shell(
        f"export PYTHONPATH={tmp_path}/prelude STARTED_PROCESSES={tmp_path}/log; "
        "cat photos/0.png | poolcli max - -o one.png --quiet && "
        "poolcli max photos -o out/ -j 2 --json && "
        "poolcli max volume.npy --quiet"
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    for name, pixels in photos.items():
        expected = poolcli.pool(pixels, kernel_size=2, axes=(0, 1))
        written = Image.open(tmp_path / "out" / Path(name).name)
        np.testing.assert_array_equal(np.asarray(written), expected)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "out" / "0.png").read_bytes()
    pooled = np.load(tmp_path / "volume.max-k2-s2.npy")
    np.testing.assert_array_equal(pooled, poolcli.pool(volume, kernel_size=2))
    started = (tmp_path / "log").read_text().splitlines()
    assert sum("fork_server._serve(" in line for line in started) == 2  # not forked


def test_blocks_are_read_without_preadv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    array = np.arange(5000, dtype=np.int32).reshape(50, 100)
    np.save(tmp_path / "x.npy", array)
    monkeypatch.delattr(os, "preadv", raising=False)
    monkeypatch.setattr(npy_blocks, "ROWS_BYTES", 700)
    monkeypatch.setattr(npy_blocks, "MAX_CALL_BYTES", 300)
    with (tmp_path / "x.npy").open("rb") as file:
        reader = npy_blocks.NpyReader(file.fileno(), read_header(file))
        block = reader[3:40, 5:95]
    np.testing.assert_array_equal(block, array[3:40, 5:95])


def test_a_process_substitution_is_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "realpath", lambda path: path.rstrip("/"))  # no link to /proc
    assert plan._is_device("/dev/fd/", ["63"])


# ---- file systems that ignore case -----------------------------------------------------------


@pytest.fixture
def ignored_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical_paths, "ignores_case", lambda folder: True)


@pytest.mark.usefixtures("ignored_case")
def test_names_that_differ_in_case_are_one_output() -> None:
    registry = OutputRegistry(["x/A.png", "y/a.png", "e.png"].__getitem__)
    assert registry.claim("out/A.png", 0) is None
    assert registry.claim("OUT/A.PNG", 0) is None
    assert registry.claim("Out/a.png", 1) == (
        "x/A.png is written to Out/a.png too (its file system ignores case); "
        "give them different outputs"
    )
    assert registry.claim("out/é.png", 2) is None
    assert registry.claim("out/E\N{COMBINING ACUTE ACCENT}.png", 1) is not None
    assert registry.has_outputs_below("OUT")
    assert registry.is_output(str(Path("oUt/a.pNg").absolute()))
    assert [Path(folder).name for folder in registry.output_folders()] == ["out"]


@pytest.mark.usefixtures("ignored_case")
def test_an_input_in_another_case_is_protected(poolcli: Poolcli) -> None:
    Path("x").mkdir()
    for name in ("a.png", "x/A.png"):
        Image.new("L", (4, 4)).save(name)
    ran = poolcli("max", "a.png", "x/A.png", "-o", ".", "--overwrite")
    assert ran.code == 2
    assert "x/A.png is written to ./a.png too" in ran.err or "./A.png too" in ran.err


def test_case_matters_where_no_name_says_otherwise(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    (tmp_path / "A.png").hardlink_to(tmp_path / "a.png")  # one file, two names
    assert ignores_case(str(tmp_path)) == ignores_case(str(tmp_path / "missing" / "folder"))
    paths = CanonicalPaths()
    assert (paths.file("", "A.png") == paths.file("", "a.png")) == ignores_case(str(Path.cwd()))


def test_a_file_system_that_ignores_case_is_recognised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Some.png").touch()
    lstat, real = os.lstat, str(tmp_path / "Some.png")
    monkeypatch.setattr(
        os, "lstat", lambda path: lstat(real if str(path).lower() == real.lower() else path)
    )
    monkeypatch.setattr(os.path, "lexists", lambda path: str(path).lower() == real.lower())
    assert ignores_case(str(tmp_path))
    assert ignores_case(str(tmp_path / "missing"))


def test_accents_are_compared_in_one_form(monkeypatch: pytest.MonkeyPatch) -> None:
    decomposed = "e\N{COMBINING ACUTE ACCENT}.png"
    monkeypatch.setattr(canonical_paths.sys, "platform", "linux")
    assert canonical_name(decomposed, ignoring_case=False) == decomposed
    monkeypatch.setattr(canonical_paths.sys, "platform", "darwin")
    assert canonical_name(decomposed, ignoring_case=False) == "é.png"
    assert canonical_name("Straße", ignoring_case=True) != canonical_name(
        "strasse", ignoring_case=True
    )


def test_an_output_folder_in_another_spelling_is_no_input(poolcli: Poolcli) -> None:
    Path("photos/out").mkdir(parents=True)
    Path("link").symlink_to("photos/out")
    for name in ("photos/a.png", "photos/out/b.png"):
        Image.new("L", (4, 4)).save(name)
    ran = poolcli("max", "photos", "-r", "-o", "link/", "--json")
    assert [record["input"] for record in ran.records] == ["photos/a.png"]
