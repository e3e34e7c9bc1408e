"""Stores that appear under their names when they are complete."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import zarr

from poolcli.errors import OutputError, OutputExistsError
from poolcli.io.publish_file import OutputAppearedError
from poolcli.io.zarr.array_spec import array_spec
from poolcli.io.zarr.output_store import create_array, open_output_array, write_group
from poolcli.io.zarr.partial_store import PartialStore, remove_abandoned_store


def write(location: str, value: int = 1) -> None:
    """Write a group with one array."""
    create_array(location, array_spec("0", (4, 4), "u1"))
    open_output_array(location, "0")[:] = value
    write_group(location, 3, {})


def value_of(path: Path | str) -> int:
    """Return the value of all elements of a store."""
    return int(zarr.open_array(f"{path}/0", mode="r")[0, 0])


def names_in(folder: Path | str) -> list[str]:
    """Return the names of the files and folders in a folder."""
    return [each.name for each in Path(folder).iterdir()]


def write_and_publish(store: PartialStore) -> None:
    """Write a partial store, and publish it."""
    with store:
        write(store.location, 2)
        store.publish()


def write_until_interrupt(path: str) -> None:
    """Write a partial store, which Ctrl-C interrupts."""
    with PartialStore(path) as store:
        write(store.location)
        raise KeyboardInterrupt


def test_a_store_appears_when_it_is_published(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "a.zarr"
    old = os.umask(0o027)
    try:
        with PartialStore(str(path)) as store:
            write(store.location)
            assert not path.exists()
            assert Path(store.location).name.startswith(".poolcli-")
            assert Path(store.location).stat().st_mode & 0o777 == 0o700
            store.publish()
    finally:
        os.umask(old)
    assert value_of(path) == 1
    assert names_in(tmp_path / "sub") == ["a.zarr"]
    assert path.stat().st_mode & 0o777 == 0o750


def test_an_error_removes_the_partial_store(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_until_interrupt(str(tmp_path / "a.zarr"))
    assert names_in(tmp_path) == []


def test_a_kept_partial_store_is_found_by_the_next_run(tmp_path: Path) -> None:
    with PartialStore(str(tmp_path / "a.zarr")) as store:
        write(store.location)
        store.keep()
    with PartialStore(str(tmp_path / "a.zarr"), keep_contents=True) as store:
        assert store.found
        assert value_of(store.location) == 1
        store.keep()
    with PartialStore(str(tmp_path / "a.zarr")) as store:
        assert not store.found
        assert names_in(store.location) == []
    assert names_in(tmp_path) == []


def test_what_has_the_temporary_name_is_named(tmp_path: Path) -> None:
    (tmp_path / ".poolcli-partial-y.zarr").write_text("mine")
    with pytest.raises(OutputError, match=r"\.poolcli-partial-y\.zarr is in the way .*; remove it"):
        PartialStore(str(tmp_path / "y.zarr"))
    assert (tmp_path / ".poolcli-partial-y.zarr").read_text() == "mine"


def test_a_store_that_appeared_is_not_replaced(tmp_path: Path) -> None:
    store = PartialStore(str(tmp_path / "a.zarr"))
    write(str(tmp_path / "a.zarr"), 1)
    with pytest.raises(OutputAppearedError, match="appeared while"):
        write_and_publish(store)
    assert value_of(tmp_path / "a.zarr") == 1
    assert names_in(tmp_path) == ["a.zarr"]


def test_a_store_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    write(str(path), 1)
    (path / "more").write_text("x")
    path.chmod(0o711)
    with PartialStore(str(path), replace=True) as store:
        write(store.location, 2)
        assert value_of(path) == 1
        store.publish()
    assert value_of(path) == 2
    assert not (path / "more").exists()
    assert path.stat().st_mode & 0o777 == 0o711
    assert names_in(tmp_path) == ["a.zarr"]


def test_the_old_store_stays_if_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.zarr"
    write(str(path), 1)
    rename = os.rename

    def fail_for_the_new_store(old: str, new: str) -> None:
        if "partial" in old:
            raise OSError(5, "Input/output error")
        rename(old, new)

    monkeypatch.setattr(os, "rename", fail_for_the_new_store)
    store = PartialStore(str(path), replace=True)
    with pytest.raises(OutputError, match="Input/output error"):
        write_and_publish(store)
    assert value_of(path) == 1
    assert names_in(tmp_path) == ["a.zarr"]


def test_the_next_run_completes_an_interrupted_replacement(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    write(str(tmp_path / ".poolcli-replaced-a.zarr"), 1)
    PartialStore(str(path)).discard()
    assert value_of(path) == 1
    write(str(tmp_path / ".poolcli-replaced-a.zarr"), 2)
    PartialStore(str(path)).discard()
    assert value_of(path) == 1
    assert names_in(tmp_path) == ["a.zarr"]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_no_store_is_never_replaced(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.zarr"
    if kind == "folder":
        (path / "inner").mkdir(parents=True)
    else:
        path.write_text("x")
    store = PartialStore(str(path), replace=True)
    with pytest.raises(OutputError, match="is no Zarr store, and is not replaced"):
        write_and_publish(store)
    assert (path / "inner").is_dir() or path.read_text() == "x"


def test_two_processes_do_not_write_one_store(tmp_path: Path) -> None:
    with PartialStore(str(tmp_path / "a.zarr")) as store:
        write(store.location)
        code = f"""
from poolcli.io.zarr.partial_store import PartialStore
PartialStore({str(tmp_path / "a.zarr")!r})
"""
        process = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert "another process is writing" in process.stderr
        assert value_of(store.location) == 1
        store.publish()


def test_an_abandoned_store_is_removed(tmp_path: Path) -> None:
    path = str(tmp_path / "a.zarr")
    store = PartialStore(path)
    write(store.location)
    remove_abandoned_store(path)
    assert value_of(store.location) == 1
    store.keep()
    remove_abandoned_store(path)
    remove_abandoned_store(path)
    assert names_in(tmp_path) == []


def test_a_retry_accepts_the_store_of_the_first_attempt(tmp_path: Path) -> None:
    path = tmp_path / "a.zarr"
    write(str(path), 2)
    store = PartialStore(str(path), is_retry=True)
    write_and_publish(store)
    assert names_in(tmp_path) == ["a.zarr"]
    (path / "more").touch()
    store = PartialStore(str(path), is_retry=True)
    with pytest.raises(OutputAppearedError):
        write_and_publish(store)


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write(str(tmp_path / "data" / "real.zarr"), 1)
    (tmp_path / "a.zarr").symlink_to("data/real.zarr")
    with PartialStore(str(tmp_path / "a.zarr"), replace=True) as store:
        assert store.path == str(tmp_path / "data" / "real.zarr")
        write(store.location, 2)
        store.publish()
    assert (tmp_path / "a.zarr").is_symlink()
    assert value_of(tmp_path / "data" / "real.zarr") == 2


def test_a_long_name_has_a_partial_store(tmp_path: Path) -> None:
    path = tmp_path / f"{'x' * 250}.zarr"
    with PartialStore(str(path)) as store:
        write(store.location)
        store.publish()
    assert value_of(path) == 1


class TestAtUrl:
    """Stores in fsspec's file system in memory."""

    def test_a_store_is_written_in_its_place(self) -> None:
        url = "memory://poolcli-test-partial/a.zarr"
        with PartialStore(url) as store:
            assert store.location == url
            write(url, 1)
            store.publish()
        assert value_of(url) == 1
        with pytest.raises(OutputExistsError, match="--overwrite replaces it"):
            PartialStore(url)
        with PartialStore(url, replace=True) as store:
            write(url, 2)
            store.publish()
        assert value_of(url) == 2

    def test_an_error_removes_what_was_written(self) -> None:
        url = "memory://poolcli-test-partial/b.zarr"
        with pytest.raises(KeyboardInterrupt):
            write_until_interrupt(url)
        with pytest.raises(FileNotFoundError):
            zarr.open_group(url, mode="r")

    def test_an_incomplete_store_is_resumed(self) -> None:
        url = "memory://poolcli-test-partial/c.zarr"
        with PartialStore(url) as store:
            write(url)
            store.keep()
        assert PartialStore(url, keep_contents=True).found
        assert not PartialStore(url).found

    def test_other_files_are_not_replaced(self) -> None:
        import fsspec

        url = "memory://poolcli-test-partial/d.zarr"
        fsspec.filesystem("memory").pipe_file("/poolcli-test-partial/d.zarr/x", b"x")
        with pytest.raises(OutputError, match="is no Zarr store"):
            PartialStore(url, replace=True)
