"""Shortages of the system and errors of libraries: one line that blames no input or stream."""

from __future__ import annotations

import errno
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poolcli.batch.workers.start_or_connect_dask import close
from poolcli.cli.fatal_errors import exit_codes_of_errors
from poolcli.io.spool import spool
from tests.conftest import Poolcli


def _failing(number: int) -> Any:
    """Return a function that raises an `OSError` with a number."""

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError(number, "message of the system", "some/library.py")

    return fail


@pytest.mark.parametrize(
    "place",
    ["PIL.Image.open", "poolcli.io.arrays.npz.ZipFile", "poolcli.batch.pool_file.write_output"],
)
@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EMFILE, "ulimit -n"), (errno.ENFILE, "too many files"), (errno.ENOMEM, "memory")],
)
def test_a_shortage_is_not_reported_as_damage_or_bug(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch, place: str, number: int, words: str
) -> None:
    name = "x.npz" if "npz" in place else "x.png"
    np.savez("x.npz", x=np.ones((4, 4)))
    Image.new("L", (4, 4)).save("x.png")
    monkeypatch.setattr(place, _failing(number))
    ran = poolcli("max", name, "--quiet")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert words in ran.err
    assert "bug" not in ran.err
    assert "decoded" not in ran.err
    assert "valid" not in ran.err


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError("the connection timed out"), "poolcli: the connection timed out\n"),
        (ImportError("a page\nof advice"), "a package cannot be loaded: a page; "),
    ],
)
def test_an_error_of_a_library_is_not_blamed_on_standard_output(
    capsys: pytest.CaptureFixture[str], error: Exception, words: str
) -> None:
    with pytest.raises(SystemExit) as end, exit_codes_of_errors():
        raise error
    assert end.value.code == 1
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("error", [TimeoutError("timed out after 2 s."), RuntimeError("closed")])
def test_a_connection_that_fails_to_close_does_not_fail_the_run(error: Exception) -> None:
    class Connection:
        def close(self, timeout: float) -> None:
            raise error

    close(Connection())


def test_a_full_folder_for_temporary_files_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poolcli.io.spool.MAX_MEMORY_BYTES", 1)
    monkeypatch.setattr("poolcli.io.spool._move_to_disk", _failing(errno.ENOSPC))
    with pytest.raises(OSError, match="TMPDIR names another folder"):
        spool(io.BytesIO(b"data"))
