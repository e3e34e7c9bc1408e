"""npz archives: bounded memory, and one-line errors for inconsistent or damaged archives."""

from __future__ import annotations

import io
import os
import random
import struct
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poolcli.batch import large_outputs
from poolcli.errors import PoolcliError
from poolcli.io import spool
from poolcli.io.arrays import npz
from poolcli.io.arrays.npy import open_npy
from poolcli.io.arrays.npy_blocks import NpyReader
from tests.conftest import Poolcli, Shell

RNG = np.random.default_rng(5)


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def archive(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as opened:
        for name, data in members.items():
            opened.writestr(name, data)
    return file.getvalue()


def npy_header(shape: tuple[int, ...], descr: str = "|u1") -> bytes:
    file = io.BytesIO()
    fields = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, fields)
    return file.getvalue()


@pytest.mark.parametrize("options", ["", "--levels 2", "--indices i.npy --member"])
def test_members_in_memory_and_on_disk_give_the_same_results(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch, options: str
) -> None:
    arrays = {"a": RNG.integers(0, 99, (40, 50)), "b/c": np.asfortranarray(RNG.random((3, 33, 21)))}
    if "--member" in options:
        arrays, options = {"a": arrays["a"]}, options.removesuffix(" --member")
    np.savez_compressed("x.npz", **arrays)
    outputs = {}
    for name in ("memory", "disk"):
        ran = poolcli(
            "max", "x.npz", "-o", f"{name}.npz", "--json", *options.split(), "--overwrite"
        )
        assert ran.code == 0
        files = [dict(np.load(path)) for path in sorted(Path().glob(f"{name}*.npz"))]
        outputs[name] = files, [record["out"] for record in ran.records]
        monkeypatch.setattr(npz, "MAX_MEMORY_BYTES", 0)
        monkeypatch.setattr(spool, "MAX_MEMORY_BYTES", 0)
        monkeypatch.setattr(large_outputs, "MAX_BYTES_IN_MEMORY", 0)
    np.testing.assert_equal(outputs["disk"][0], outputs["memory"][0])
    for memory, disk in zip(outputs["memory"][1], outputs["disk"][1], strict=True):
        assert disk == memory | {"mean": pytest.approx(memory["mean"], rel=1e-12)}
    assert poolcli("explain", "max", "x.npz").code == 0  # keeps the first item open
    assert poolcli("compare", "x.npz").code == 0
    assert poolcli("info", "x.npz").code == 0
    if len(arrays) == 1:
        assert poolcli("max", "x.npz", "-o", "y.npy").code == 0
        np.testing.assert_array_equal(np.load("y.npy"), outputs["memory"][0][0]["a"])


def test_large_members_are_read_from_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npz, "MAX_MEMORY_BYTES", 1000)
    monkeypatch.setattr(spool, "MAX_MEMORY_BYTES", 1000)
    data = archive({"a.npy": npy(np.arange(2000.0).reshape(40, 50)), "b.npy": npy(np.zeros(9))})
    with npz.open_npz(io.BytesIO(data)) as document:
        first, second = document.items()
        assert isinstance(first.source, NpyReader)
        assert isinstance(second.source, np.ndarray)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of Linux")
def test_a_zip_bomb_uses_little_memory(shell: Shell, tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as opened,
        opened.open("a.npy", "w") as member,
    ):
        member.write(npy_header((8192, 24576)))
        for _ in range(192):
            member.write(bytes(1 << 20))
    assert (tmp_path / "x.npz").stat().st_size < 2_000_000
    ran = shell(
        """python3 -c 'import resource, subprocess
subprocess.run(["poolcli", "max", "x.npz", "--quiet", "-o", "y.npz"], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)'"""
    )
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) < 180_000


@pytest.mark.parametrize(
    "key",
    [
        "",
        "../../x",
        "/etc/x",
        "a\\b",
        "C:x",
        "a\nb",
        "a\x7f",
        "a//b",
        "a/",
        "./a",
        "a/..",
        "..",
        ".",
    ],
)
def test_keys_that_are_not_plain_names_are_errors(poolcli: Poolcli, key: str) -> None:
    Path("x.npz").write_bytes(archive({f"{key}.npy": npy(np.zeros((4, 4)))}))
    for command in ("max", "info", "explain max"):
        ran = poolcli(*command.split(), "x.npz")
        assert (ran.code, ran.err.count("\n")) == (1, 1)
        assert f"an array called {key!r}" in ran.err


def test_a_key_with_a_nul_byte_is_an_error(poolcli: Poolcli) -> None:
    data = archive({"aXb.npy": npy(np.zeros((4, 4)))}).replace(b"aXb", b"a\0b")
    Path("x.npz").write_bytes(data)
    assert poolcli("max", "x.npz").err.count("\n") == 1


def test_plain_keys_are_kept(poolcli: Poolcli) -> None:
    keys = ["a/b", "layer/kernel:0", "ä b", "a.npy", "..a"]
    np.savez("x.npz", **{key: np.zeros((4, 4)) for key in keys})
    assert poolcli("max", "x.npz", "-o", "y.npz").code == 0
    assert np.load("y.npz").files == keys


ARRAY = npy(np.arange(64, dtype=np.uint8).reshape(8, 8))


def with_patched_directory(data: bytes, at: int, change: bytes) -> bytes:
    """Return an archive of one member with changed bytes in its central directory."""
    start = data.index(b"PK\1\2") + at
    return data[:start] + change + data[start + len(change) :]


ONE = archive({"a.npy": ARRAY})
TWO = archive({"a.npy": ARRAY, "b.npy": ARRAY}, zipfile.ZIP_STORED)
INCONSISTENT: dict[str, tuple[bytes, str]] = {
    "claims": (archive({"a.npy": npy_header((1 << 30, 8)) + bytes(64)}), "bytes of data follow"),
    "both": (
        with_patched_directory(
            archive({"a.npy": npy_header((1 << 30,)) + bytes(64)}), 24, struct.pack("<I", 2 << 30)
        ),
        "of data",
    ),
    "longer": (
        with_patched_directory(
            archive({"a.npy": ARRAY + bytes(9)}), 24, struct.pack("<I", len(ARRAY))
        ),
        "CRC",
    ),
    "crc": (with_patched_directory(ONE, 16, b"\1\2\3\4"), "CRC"),
    "encrypted": (with_patched_directory(ONE, 8, b"\1\0"), "encrypted"),
    "compression": (with_patched_directory(ONE, 10, b"\x63\0"), "compression"),
    "offset": (with_patched_directory(ONE, 42, struct.pack("<I", 1 << 30)), "'a'"),
    "overlap": (
        TWO[: TWO.rindex(b"PK\1\2") + 42] + bytes(4) + TWO[TWO.rindex(b"PK\1\2") + 46 :],
        "overlap",
    ),
    "zip64": (with_patched_directory(ONE, 24, b"\xff\xff\xff\xff"), "claims 4,294,967,295 bytes"),
    "unlike": (archive({"a": ARRAY, "a.npy": ARRAY}), "'a' in it is not an array"),
    "empty": (archive({}), "holds no arrays"),
    "folder": (archive({"a/": b""}), "holds no arrays"),
}


@pytest.mark.parametrize("name", INCONSISTENT)
def test_an_inconsistent_directory_is_an_error(poolcli: Poolcli, name: str) -> None:
    data, message = INCONSISTENT[name]
    Path("x.npz").write_bytes(data)
    ran = poolcli("max", "x.npz", "--quiet", "-o", "y.npz")
    assert (ran.code, ran.err.count("\n")) == (1, 1), ran.err
    assert message in ran.err
    assert "a bug in" not in ran.err
    assert not os.path.exists("y.npz")  # noqa: PTH110


def test_damaged_archives_raise_only_errors_of_poolcli() -> None:
    intact = [
        archive({"a.npy": ARRAY, "b/c.npy": ARRAY}, method)
        for method in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
            zipfile.ZIP_BZIP2,
            zipfile.ZIP_LZMA,
        )
    ]
    numbers = random.Random(3)
    for _ in range(1500):
        data = bytearray(numbers.choice(intact))
        for _ in range(numbers.choice([1, 1, 2, 4, 20])):
            at = numbers.choice([numbers.randrange(len(data)), -numbers.randrange(1, 200)])
            data[at] = numbers.choice([0, 255, numbers.randrange(256)])
        try:
            with npz.open_npz(io.BytesIO(bytes(data))) as document:
                assert all(item.source.dtype is not None for item in document.items())
        except PoolcliError:
            pass


def test_several_arrays_into_one_file_are_an_error(poolcli: Poolcli) -> None:
    np.savez("x.npz", a=np.zeros((4, 4), np.uint8), b=np.zeros((1, 1), np.uint8))
    for output, what in (("y.npy", ".npy"), ("y.png", "image")):
        ran = poolcli("max", "x.npz", "-o", output)
        assert ran.code == 1
        assert f"2 arrays do not go into one {what}" in ran.err


def test_bytes_after_an_array_are_noted(poolcli: Poolcli) -> None:
    another = "only the first array in the file was read: another one follows it"
    Path("x.npy").write_bytes(ARRAY + ARRAY)
    Path("y.npy").write_bytes(ARRAY + bytes(5))
    Path("z.npz").write_bytes(archive({"a.npy": ARRAY + ARRAY}))
    assert poolcli("max", "x.npy", "--json").record["notes"] == [another]
    assert poolcli("info", "x.npy", "--json").record["notes"] == [another]
    assert another in poolcli("explain", "max", "x.npy").out
    assert another in poolcli("compare", "x.npy").out
    (note,) = poolcli("max", "y.npy", "--json").record["notes"]
    assert "5 bytes" in note
    assert poolcli("max", "z.npz", "--json").record["notes"] == [f"member 'a': {another}"]
    Path("w.npy").write_bytes(ARRAY)
    assert poolcli("max", "w.npy", "--json").record["notes"] == []


def test_headers_of_python_2_are_read(poolcli: Poolcli) -> None:
    data = ARRAY.replace(b"(8, 8), }  ", b"(8L, 8L), }")
    assert b"8L" in data
    Path("x.npy").write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ran = poolcli("max", "x.npy", "-o", "y.npy")
    assert (ran.code, ran.err) == (0, "")
    assert np.load("y.npy").shape == (4, 4)


@pytest.mark.parametrize(
    "shape", [(0, 1 << 62), (1 << 40, 0), (0, 1 << 63), (1 << 40, 0, 4, 4), (0, 1 << 31, 4, 4)]
)
def test_empty_arrays_with_huge_axes_are_errors(poolcli: Poolcli, shape: tuple[int, ...]) -> None:
    Path("x.npy").write_bytes(npy_header(shape, "<f8"))
    for line in ("max x.npy", "avg x.npy --global", "info x.npy", "mode x.npy --levels 2"):
        ran = (
            poolcli(*line.split(), "-o", "y.npy", "--overwrite")
            if "info" not in line
            else poolcli(*line.split())
        )
        assert ran.code in (0, 1)
        assert ran.err.count("\n") == ran.code
        assert "a bug in" not in ran.err
    with open_npy(io.BytesIO(npy_header((0, 3, 500, 500)))) as document:
        assert next(document.items()).source.shape == (0, 3, 500, 500)
