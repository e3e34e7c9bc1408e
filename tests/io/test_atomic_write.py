"""Atomic writes: permissions of temporary files, and the step that gives them their final name."""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.errors import OutputError
from poolcli.io import publish_file
from poolcli.io.atomic_write import atomic_write
from poolcli.io.publish_file import OutputAppearedError
from tests.conftest import Poolcli


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def file_names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def temporary_file(folder: Path) -> Path:
    (path,) = folder.glob(".poolcli-*")
    return path


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002, 0])
def test_a_new_file_is_private_until_it_is_published(tmp_path: Path, mask: int) -> None:
    with umask(mask), atomic_write(str(tmp_path / "x"), replace=False, allow_special=False) as file:
        file.write(b"new")
        assert mode(temporary_file(tmp_path)) == 0o600
    assert mode(tmp_path / "x") == 0o666 & ~mask
    assert list(tmp_path.iterdir()) == [tmp_path / "x"]


def test_the_umask_is_read_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*given: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", missing)
    with umask(0o037):
        assert publish_file.current_umask() == 0o037
        assert os.umask(0o037) == 0o037


@pytest.mark.parametrize(("before", "after"), [(0o600, 0o600), (0o6755, 0o755), (0o1664, 0o664)])
def test_a_new_file_takes_the_permissions_of_the_replaced_one_without_setuid(
    tmp_path: Path, before: int, after: int
) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    path.chmod(before)
    with atomic_write(str(path), replace=True, allow_special=False) as file:
        file.write(b"new")
        assert mode(temporary_file(tmp_path)) == 0o600
    assert (path.read_bytes(), mode(path)) == (b"new", after)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_new_file_takes_the_owner_of_the_replaced_one(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    os.chown(path, 1234, 2345)
    with atomic_write(str(path), replace=True, allow_special=False) as file:
        file.write(b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 2345)


@pytest.mark.parametrize("replace", [True, False])
def test_a_link_in_place_of_the_temporary_file_is_neither_followed_nor_published(
    tmp_path: Path, replace: bool
) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    victim.chmod(0o600)

    def write() -> None:
        with atomic_write(str(tmp_path / "x"), replace=replace, allow_special=False):
            path = temporary_file(tmp_path)
            path.unlink()
            path.symlink_to(victim)

    with pytest.raises(OutputError, match="another process has replaced its temporary file"):
        write()
    assert (victim.read_bytes(), mode(victim)) == (b"mine", 0o600)
    assert file_names(str(tmp_path)) == ["victim"]


@pytest.mark.parametrize("kind", ["file", "dangling link", "folder"])
@pytest.mark.parametrize("has_links", [True, False])
def test_a_name_that_has_appeared_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, has_links: bool
) -> None:
    if not has_links:
        monkeypatch.setattr(os, "link", fail_without_permission)
    path = tmp_path / "x"

    def write() -> None:
        with atomic_write(str(path), replace=False, allow_special=False) as file:
            file.write(b"new")
            if kind == "file":
                path.write_bytes(b"theirs")
            elif kind == "folder":
                path.mkdir()
            else:
                path.symlink_to("nowhere")

    with pytest.raises(OutputAppearedError, match="the existing file was kept"):
        write()
    assert list(tmp_path.iterdir()) == [path]
    assert kind != "file" or path.read_bytes() == b"theirs"


def fail_without_permission(*given: object, **more: object) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", fail_without_permission)
    with atomic_write(str(tmp_path / "x"), replace=False, allow_special=False) as file:
        file.write(b"new")
    assert (tmp_path / "x").read_bytes() == b"new"
    monkeypatch.setattr(os, "replace", fail_without_permission)
    with (
        pytest.raises(OutputError, match="Operation not permitted"),
        atomic_write(str(tmp_path / "y"), replace=False, allow_special=False) as file,
    ):
        file.write(b"new")
    assert list(tmp_path.iterdir()) == [tmp_path / "x"]


@pytest.mark.parametrize("existing", [b"new", b"different"])
def test_a_retry_accepts_the_same_bytes_of_the_first_attempt(
    tmp_path: Path, existing: bytes
) -> None:
    path = tmp_path / "x"

    def write() -> None:
        with atomic_write(str(path), replace=False, allow_special=False, is_retry=True) as file:
            file.write(b"new")
            path.write_bytes(existing)

    if existing == b"new":
        write()
    else:
        with pytest.raises(OutputAppearedError):
            write()
    assert path.read_bytes() == existing


def test_a_file_that_cannot_be_synced_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(OutputError, match="No space left on device"),
        atomic_write(str(tmp_path / "x"), replace=False, allow_special=False) as file,
    ):
        file.write(b"new")
    assert list(tmp_path.iterdir()) == []


def write_before_link(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Let another program create the output just before it gets its name."""
    before = os.link

    def link(source: str, target: str, **more: bool) -> None:
        if target == str(path) and not path.exists():
            path.write_bytes(b"theirs")
        before(source, target, **more)

    monkeypatch.setattr(os, "link", link)


@pytest.mark.parametrize("size", [8, 3000])  # a large result is written block by block
def test_an_output_that_appears_fails_or_is_skipped(
    poolcli: Poolcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    np.save("x.npy", np.zeros((size, size)))
    write_before_link(monkeypatch, tmp_path / "out" / "x.npy")
    ran = poolcli("max", "x.npy", "--k", 1, "-o", "out/", "--json")
    assert (ran.code, ran.record["error"]["type"]) == (1, "OutputAppearedError")
    assert ran.err.startswith("poolcli: x.npy: out/x.npy appeared while ")
    (tmp_path / "out" / "x.npy").unlink()
    ran = poolcli("max", "x.npy", "--k", 1, "-o", "out//", "--json", "--skip-existing")
    assert (ran.code, ran.record["status"]) == (0, "skipped")
    assert [(each.name, each.read_bytes()) for each in (tmp_path / "out").iterdir()] == [
        ("x.npy", b"theirs")
    ]


OPTIONS = [(), ("--overwrite",), ("--skip-existing",), ("--dry-run",)]


@pytest.mark.parametrize("options", OPTIONS)
def test_a_dangling_link_is_refused(
    poolcli: Poolcli, tmp_path: Path, options: tuple[str, ...]
) -> None:
    Image.new("L", (8, 8)).save("x.png")
    Path("out").mkdir()
    Path("out/x.png").symlink_to("nowhere.png")
    Path("y.png").symlink_to("gone/y.png")
    Path("folder").symlink_to("gone")
    words = "which does not exist; remove the link, or create its destination\n"
    for output, link, destination in (
        ("out/", "out/x.png", "nowhere.png"),
        ("y.png", "y.png", "gone/y.png"),
        ("folder/", "folder", "gone"),
        ("folder/deep/x.png", "folder", "gone"),
    ):
        ran = poolcli("max", "x.png", "-o", output, "--quiet", *options)
        assert ran.code == 1
        assert ran.err == f"poolcli: x.png: {link} is a link to {destination}, {words}"
    assert not Path("gone").exists()
    assert file_names("out") == ["x.png"]


def test_dangling_links_of_other_files_are_refused(poolcli: Poolcli) -> None:
    np.save("x.npy", np.zeros((8, 8)))
    Path("link").symlink_to("nowhere")
    for command in (
        ("max", "x.npy", "-o", "y.npy", "--indices", "link"),
        ("max", "x.npy", "-o", "y.npy", "--html", "link"),
        ("explain", "max", "x.npy", "--svg", "link"),
        ("explain", "max", "x.npy", "--html", "link"),
        ("compare", "x.npy", "-o", "link"),
    ):
        ran = poolcli(*command)
        assert ran.code == 1, command
        assert "link is a link to nowhere, which does not exist" in ran.err
        assert file_names(".") == ["link", "x.npy"], command


def test_a_link_is_followed(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.new("L", (8, 8), 9).save("x.png")
    for folder in ("real", "out"):
        Path(folder).mkdir()
    Path("real/existing.png").write_bytes(b"old")
    Path("out/x.png").symlink_to("../real/existing.png")
    assert poolcli("max", "x.png", "-o", "out/").code == 1
    assert Path("real/existing.png").read_bytes() == b"old"
    assert poolcli("max", "x.png", "-o", "out/", "--overwrite").code == 0
    assert Path("out/x.png").is_symlink()
    with Image.open("real/existing.png") as image:
        assert image.size == (4, 4)


@pytest.mark.parametrize("options", OPTIONS)
def test_special_files_in_an_output_folder_are_errors(
    poolcli: Poolcli, tmp_path: Path, options: tuple[str, ...]
) -> None:
    Path("in").mkdir()
    Path("out").mkdir()
    for name in "abcd":
        Image.new("L", (8, 8)).save(f"in/{name}.png")
    os.mkfifo("out/a.png")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("out/b.png")
        Path("out/c.png").symlink_to("/dev/null")
        ran = poolcli("max", "in", "-j", 1, "-o", "out/", "--json", *options)
    assert ran.code == 1
    failed = [each for each in ran.records if each["status"] == "failed"]
    assert sorted(each["input"] for each in failed) == ["in/a.png", "in/b.png", "in/c.png"]
    for each in failed:
        assert "is not a regular file" in each["error"]["message"]


def test_a_named_device_is_written_directly(poolcli: Poolcli) -> None:
    np.save("x.npy", np.zeros((8, 8)))
    Path("null").symlink_to("/dev/null")
    for command in (
        ("max", "x.npy", "-o", "/dev/null", "--format", "npy"),
        ("max", "x.npy", "-o", "null", "--format", "npy"),
        ("max", "x.npy", "-o", "y.npy", "--indices", "/dev/null", "--html", "/dev/null"),
        ("explain", "max", "x.npy", "--svg", "/dev/null"),
    ):
        ran = poolcli(*command)
        assert (ran.code, ran.err) == (0, ""), command
    assert Path("/dev/null").is_char_device()
