"""Inputs that fail: the others are pooled, and the exit code is 1."""

from __future__ import annotations

import io
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Poolcli, Shell, unprivileged


def _png(size: tuple[int, int] = (8, 8)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "red").save(file, "PNG")
    return file.getvalue()


def _npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def _zip(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_dot_", "."), data)
    return file.getvalue()


def _npy3(header: str, data: bytes = bytes(64)) -> bytes:
    """Return an .npy file of version 3.0 with any header."""
    text = header.encode()
    return b"\x93NUMPY\x03\x00" + len(text).to_bytes(4, "little") + text + data


def _zip_with_repeated_name(data: bytes) -> bytes:
    """Return an archive with two members of the same name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("a.npy", data)
        archive.writestr("a.npy", data)
    return file.getvalue()


NPY = _npy(np.zeros((8, 8), np.uint8))
HEADER = "{'descr': '|u1', 'fortran_order': False, 'shape': (8, 8)}"

BAD_FILES: dict[str, tuple[bytes, str]] = {
    "empty.png": (b"", "the file is empty"),
    "noise.png": (bytes(range(256)), "nor .npy, .npz or .safetensors, or it is damaged"),
    "text.npy": (b"hello, this is text", "a text file"),
    "cut.png": (_png((64, 64))[:-40], "cannot be decoded"),
    "cut.npy": (NPY[:-10], "only 54 bytes of data follow"),
    "lies.npy": (NPY.replace(b"(8, 8)", b"(8,80)"), "claims 8x80"),
    "header.npy": (NPY.replace(b"'descr'", b"'desc!'"), "not a valid .npy"),
    "objects.npy": (_npy(np.array([None, {}], object)), "never loaded"),
    "scalar.npy": (_npy(np.float32(3)), "no axes"),
    "words.npy": (_npy(np.array([["a", "b"]])), "not numeric"),
    "small.npy": (_npy(np.zeros((1, 9), np.uint8)), "does not fit an input of 1x9"),
    "nothing.npy": (_npy(np.zeros((0, 9), np.uint8)), "nothing to pool"),
    "complex.npy": (_npy(np.zeros((4, 4), complex)), "not defined for complex"),
    "nine.npy": (b"\x93NUMPY\x09\x00" + bytes(64), "not a valid .npy"),
    "code.npy": (_npy3("__import__('os').abort()"), "not a valid .npy"),
    "odd3.npy": (_npy3(HEADER.replace("8)", "None)")), "not a valid .npy"),
    "long3.npy": (b"\x93NUMPY\x03\x00" + b"\xff" * 4 + bytes(64), "claims 4,294,967,295 bytes"),
    "words3.npy": (_npy3(HEADER.replace("|u1", "|O")), "never loaded"),
    "twice.npz": (_zip_with_repeated_name(NPY), "holds 'a.npy' 2 times"),
    "cut.npz": (_zip(a_dot_npy=NPY)[:-30], "not a valid .npz"),
    "other.npz": (_zip(readme_dot_txt=b"hi"), "is not an array"),
    "none.npz": (_zip(), "holds no arrays"),
    "member.npz": (_zip(a_dot_npy=NPY[:-10]), "member 'a': its header claims 8x8"),
    "misfit.npz": (
        _zip(a_dot_npy=NPY, b_dot_npy=_npy(np.zeros((1, 9)))),
        "member 'b': kernel size 2, stride 2 does not fit an input of 1x9",
    ),
    "scalar.npz": (_zip(a_dot_npy=_npy(np.float32(3))), "member 'a': the input has no axes"),
    "complex.npz": (_zip(a_dot_npy=_npy(np.zeros((4, 4), complex))), "member 'a': mode 'max'"),
    "objects.npz": (_zip(a_dot_npy=_npy(np.array([None], object))), "never loaded"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_gets_one_line_and_others_are_pooled(
    poolcli: Poolcli, tmp_path: Path, name: str
) -> None:
    data, words = BAD_FILES[name]
    (tmp_path / name).write_bytes(data)
    (tmp_path / "good.png").write_bytes(_png())
    ran = poolcli("max", name, "good.png", "-o", "out/", "--json")
    assert ran.code == 1
    bad, good = sorted(ran.records, key=lambda record: record["input"] == "good.png")
    assert (bad["status"], good["status"]) == ("failed", "ok")
    assert words in bad["error"]["message"]
    assert ran.err == f"poolcli: {name}: {bad['error']['message']}\n"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.png"]


def test_npy_of_version_3(poolcli: Poolcli, tmp_path: Path) -> None:
    for order in ("False", "True"):
        data = _npy3(HEADER.replace("False", order), bytes(range(64)))
        (tmp_path / "x.npy").write_bytes(data)
        assert poolcli("max", "x.npy", "--k", 1, "-o", "y.npy", "--overwrite").code == 0
        expected = np.arange(64).reshape((8, 8), order="F" if order == "True" else "C")
        np.testing.assert_array_equal(np.load("y.npy"), expected)


def test_a_missing_file(poolcli: Poolcli) -> None:
    ran = poolcli("max", "gone.png")
    assert ran.code == 1
    assert ran.err == (
        "poolcli: gone.png: there is no such file; check its name and the current folder\n"
    )


def test_a_kernel_size_without_its_option(poolcli: Poolcli) -> None:
    for size in ("2", "3x2"):
        error = poolcli("max", size).err
        assert error.endswith(f"no such file; if it is the kernel size: --k {size}\n")


def test_an_empty_name(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "good.png").write_bytes(_png())
    ran = poolcli("max", "", "good.png", "-o", "out/")
    assert ran.code == 1
    assert ran.err.startswith("poolcli: '': there is no such file")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.png"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("n" * 300 + ".npy", "cannot be opened: File name too long"),
        ("n" * 250 + ".npy", "File name too long"),  # with the tag
        ("loop.npy", "cannot be opened: Too many levels of symbolic links"),
        ("x.npy/y.npy", "cannot be opened: Not a directory"),
    ],
)
def test_paths_that_cannot_be_opened(
    poolcli: Poolcli, tmp_path: Path, name: str, words: str
) -> None:
    (tmp_path / "loop.npy").symlink_to("loop.npy")
    for each in ("x.npy", "n" * 250 + ".npy"):
        (tmp_path / each).write_bytes(NPY)
    ran = poolcli("max", name, "x.npy", "--json")
    assert ran.code == 1
    assert {record["status"] for record in ran.records} == {"failed", "ok"}
    assert words in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_folder_with_nothing_to_pool(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("nothing here")
    ran = poolcli("max", "empty")
    assert ran.code == 1
    assert "nothing to pool" in ran.err


def test_an_output_that_exists(poolcli: Poolcli, tmp_path: Path) -> None:
    np.save("x.npy", np.ones((4, 4), np.uint8))
    (tmp_path / "x.max-k2-s2.npy").write_text("mine")
    ran = poolcli("max", "x.npy")
    assert ran.code == 1
    assert "x.max-k2-s2.npy exists; --overwrite" in ran.err
    assert (tmp_path / "x.max-k2-s2.npy").read_text() == "mine"
    ran = poolcli("max", "x.npy", "--skip-existing", "--json")
    assert (ran.code, ran.record["status"]) == (0, "skipped")
    assert (tmp_path / "x.max-k2-s2.npy").read_text() == "mine"
    assert poolcli("max", "x.npy", "--overwrite").code == 0
    assert np.load("x.max-k2-s2.npy").tolist() == [[1, 1], [1, 1]]


def test_an_output_never_replaces_its_input(poolcli: Poolcli, tmp_path: Path) -> None:
    np.save("x.npy", np.ones((4, 4), np.uint8))
    (tmp_path / "link.npy").symlink_to("x.npy")
    before = (tmp_path / "x.npy").read_bytes()
    for output in ("x.npy", "link.npy", "./"):
        ran = poolcli("max", "x.npy", "-o", output, "--overwrite")
        assert ran.code == 1
        assert "never replaced" in ran.err
    assert (tmp_path / "x.npy").read_bytes() == before


def test_a_layout_for_another_rank(poolcli: Poolcli) -> None:
    np.save("x.npy", np.ones((4, 4), np.uint8))
    ran = poolcli("max", "x.npy", "--layout", "NCHW")
    assert ran.code == 1
    assert "has 4 axes, the array has 2" in ran.err


def test_a_format_that_cannot_hold_the_result(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (9, 9, 9, 100)).save(tmp_path / "clear.png")
    Image.new("I;16", (8, 8), 300).save(tmp_path / "deep.png")
    np.save("x.npy", np.ones((4, 4), np.float64))
    for name, output, words in (
        ("clear.png", "o.jpg", "PNG"),
        ("deep.png", "o.webp", "TIFF"),
        ("x.npy", "o.png", "--dtype uint8"),
        ("x.npy", "o.png", "--normalize"),
    ):
        ran = poolcli("max", name, "-o", output)
        assert ran.code == 1
        assert words in ran.err
        assert not (tmp_path / output).exists()


def test_an_image_over_the_limit(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "big.png").write_bytes(_png((100, 100)))
    ran = poolcli("max", "big.png", "--max-pixels", "9999")
    assert ran.code == 1
    assert "--max-pixels raises it" in ran.err
    assert poolcli("max", "big.png", "--max-pixels", "10000").code == 0
    assert poolcli("max", "big.png", "--max-pixels", "0", "--overwrite").code == 0


@unprivileged
def test_unreadable_folders(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(NPY)
    (tmp_path / "shut").mkdir(0)
    done = shell("poolcli max shut/y.npy x.npy --quiet", privileged=False)
    assert done.returncode == 1
    assert done.stderr == b"poolcli: shut/y.npy: cannot be opened: Permission denied\n"
    assert (tmp_path / "x.max-k2-s2.npy").exists()
    done = shell("poolcli max x.npy -o shut/y.npy", privileged=False)
    assert done.returncode == 1
    assert done.stderr == b"poolcli: x.npy: cannot write shut/y.npy: Permission denied\n"


@unprivileged
def test_unreadable_files(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "x.npy").write_bytes(NPY)
    (tmp_path / "x.npy").chmod(0)
    done = shell("poolcli max x.npy", privileged=False)
    assert b"cannot be opened: Permission denied; chmod +r" in done.stderr


@pytest.mark.parametrize(
    ("indices", "words"),
    [
        ("file/i.npy", "cannot write file/i.npy"),
        ("/dev/full", "No space left"),
        ("n" * 300 + ".npy", "File name too long"),
    ],
)
def test_indices_that_cannot_be_written_leave_no_output(
    poolcli: Poolcli, tmp_path: Path, indices: str, words: str
) -> None:
    np.save("x.npy", np.ones((4, 4), np.uint8))
    (tmp_path / "file").write_text("")
    before = sorted(tmp_path.iterdir())
    ran = poolcli("max", "x.npy", "--indices", indices, "--overwrite")
    assert ran.code == 1
    assert words in ran.err
    assert sorted(tmp_path.iterdir()) == before


def test_an_output_that_cannot_be_written_leaves_no_indices(
    poolcli: Poolcli, tmp_path: Path
) -> None:
    np.save("x.npy", np.ones((4, 4), np.uint8))
    assert poolcli("max", "x.npy", "-o", "/dev/full", "--indices", "i.npy").code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]


def test_an_output_folder_that_cannot_be_made(poolcli: Poolcli, tmp_path: Path) -> None:
    np.save("x.npy", np.ones((4, 4), np.uint8))
    (tmp_path / "file").write_text("")
    ran = poolcli("max", "x.npy", "-o", "file/out.npy")
    assert ran.code == 1
    assert "cannot write file/out.npy" in ran.err


def test_bugs_get_one_line(poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("oops")

    np.save("x.npy", np.ones((4, 4), np.uint8))
    monkeypatch.setattr("poolcli.batch.pool_file.pool_item", broken)
    ran = poolcli("max", "x.npy")
    assert ran.code == 1
    assert ran.err == (
        "poolcli: x.npy: a bug in poolcli (ZeroDivisionError: oops); --debug shows the traceback\n"
    )
    with pytest.raises(ZeroDivisionError):
        poolcli("max", "x.npy", "--debug")


def test_out_of_memory_fails_one_file(poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhaust_memory(*args: object, **kwargs: object) -> None:
        raise MemoryError

    np.save("x.npy", np.ones((4, 4), np.uint8))
    monkeypatch.setattr("poolcli.batch.pool_file.pool_item", exhaust_memory)
    ran = poolcli("max", "x.npy")
    assert ran.code == 1
    assert "not enough memory" in ran.err


@pytest.mark.parametrize("option", [None, "--overwrite", "--skip-existing"])
def test_a_folder_in_place_of_the_output(
    poolcli: Poolcli, tmp_path: Path, option: str | None
) -> None:
    np.save("x.npy", np.ones((4, 4), np.uint8))
    (tmp_path / "x.max-k2-s2.npy").mkdir()
    ran = poolcli("max", "x.npy", *([] if option is None else [option]))
    assert ran.code == 1
    assert "is a folder; name a file" in ran.err


def test_a_portable_map_is_what_its_extension_says(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.new("RGB", (4, 4), "red").save(tmp_path / "colour.png")
    Image.new("1", (4, 4), 1).save(tmp_path / "bits.png")
    ran = poolcli("max", "colour.png", "-o", "y.pgm")
    assert ran.code == 1
    assert "cannot hold RGB images" in ran.err
    assert poolcli("max", "bits.png", "-o", "y.pgm").code == 0
    assert (tmp_path / "y.pgm").read_bytes().startswith(b"P5")
    np.save("x.npy", np.ones((4, 4), np.float32))
    assert poolcli("max", "x.npy", "-o", "y.pfm").code == 0
    assert poolcli("max", "y.pfm", "--json").record["output"] == "y.max-k2-s2.pfm"


def test_the_formats_in_the_message_are_accepted(poolcli: Poolcli) -> None:
    np.save("x.npy", np.ones((4, 4), np.uint8))
    ran = poolcli("max", "x.npy", "--format", "nonsense")
    listed = " ".join(ran.err.replace("│", " ").split()).split("written; use: ")[1].split()
    names = [name.strip(",") for name in listed if name.strip(",").isalnum()]
    assert {"png", "npy", "pgm", "jp2"} <= set(names)
    for name in names:
        assert poolcli("max", "x.npy", "--format", name, "-o", f"{name}/").code != 2
