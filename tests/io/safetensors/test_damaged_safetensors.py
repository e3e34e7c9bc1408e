"""Damaged .safetensors files: one clear line each, without large memory."""

from __future__ import annotations

import json
import random
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from poolcli.errors import PoolcliError
from poolcli.io.safetensors.open_safetensors import open_safetensors
from tests.conftest import Poolcli, Shell
from tests.io.safetensors.tensor_files import entry, tensor_file

pytest.importorskip("ml_dtypes")
pytest.importorskip("safetensors")

F32 = entry("F32", [2, 2])

DAMAGED = {
    "header longer than the file": (
        tensor_file({"a": F32}, bytes(16), length=1 << 20),
        "its header claims 1,048,576 bytes, but only 81 follow; the file is cut off or damaged",
    ),
    "hostile length": (
        b"\xff" * 8 + b'{"a":',
        "its header claims 18,446,744,073,709,551,615 bytes",
    ),
    "cut off in the length": (b"\x10\0\0", "its header claims 16 bytes, but only 0 follow"),
    "cut off in the data": (
        tensor_file({"a": F32}, bytes(12)),
        "its header claims 16 bytes of tensors, but only 12 follow; the file is cut off or damaged",
    ),
    "bytes after the tensors": (
        tensor_file({"a": F32}, bytes(20)),
        "not a valid .safetensors file: 4 bytes follow its tensors",
    ),
    "overlap": (
        tensor_file({"a": F32, "b": entry("F32", [2, 2], 8)}, bytes(24)),
        "not a valid .safetensors file: ",
    ),
    "hole": (
        tensor_file({"a": F32, "b": entry("F32", [1], 20)}, bytes(24)),
        "not a valid .safetensors file: ",
    ),
    "wrong size": (
        tensor_file({"a": entry("F32", [2, 2], 0, 12)}, bytes(12)),
        "not a valid .safetensors file: ",
    ),
    "overflow": (
        tensor_file({"a": entry("F32", [1 << 62, 1 << 62], 0, 16)}, bytes(16)),
        "not a valid .safetensors file: ",
    ),
    "negative size": (
        tensor_file({"a": entry("F32", [-2, -2], 0, 16)}, bytes(16)),
        "not a valid .safetensors file: ",
    ),
    "repeated name": (
        tensor_file(f'{{"a":{json.dumps(F32)},"a":{json.dumps(F32)}}}', bytes(16)),
        "not a valid .safetensors file: its header has 'a' twice",
    ),
    "unknown dtype": (
        tensor_file({"a": entry("F4", [4, 4])}, bytes(16)),
        "tensor 'a' has the dtype 'F4', which is not read; convert it to F32",
    ),
    "not UTF-8": (tensor_file(b'{"\xff":1}', b""), "its header is not JSON: "),
    "not JSON": (tensor_file('{"a":', b""), "its header is not JSON: "),
    "deep": (tensor_file('{"a":' * 100_000, b""), "its header is not JSON: "),
    "lists": (tensor_file('{"a":' + "[" * 100_000, b""), "its header has other lists than shapes"),
    "list": (tensor_file('{"a":[1]}', b""), "the entry of 'a' is not a JSON object"),
    "no tensors": (tensor_file("{}"), "the .safetensors holds no tensors"),
    "many axes": (
        tensor_file({"a": entry("F32", [1] * 65)}, bytes(4)),
        "its header claims 65 axes; NumPy has at most 64",
    ),
    "absurd axes": (
        tensor_file({"a": entry("F32", [0, 1 << 40])}),
        "there is nothing to pool: its header claims the shape (0, 1099511627776)",
    ),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_file_fails_with_one_line(poolcli: Poolcli, case: str) -> None:
    data, message = DAMAGED[case]
    Path("x.safetensors").write_bytes(data)
    ran = poolcli("max", "x.safetensors")
    assert ran.code == 1
    assert message in ran.err
    assert len(ran.err.splitlines()) <= 3
    assert "bug" not in ran.err
    assert list(Path().iterdir()) == [Path("x.safetensors")]


def test_text_with_the_extension_is_no_damaged_tensor_file(poolcli: Poolcli) -> None:
    Path("x.safetensors").write_text("404: Not Found")
    assert "claims" not in poolcli("max", "x.safetensors").err
    Path("x.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0")
    assert "git lfs pull" in poolcli("max", "x.safetensors").err


def test_an_image_with_the_extension_is_pooled(poolcli: Poolcli) -> None:
    from PIL import Image

    Image.new("L", (4, 4)).save("x.safetensors", "PNG")
    ran = poolcli("max", "x.safetensors", "--json")
    assert (ran.code, ran.record["output"]) == (0, "x.max-k2-s2.png")


def test_a_long_header_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(tensor_file('{"a":[' + "[]," * 4_000_000 + "[]]}"))
    tracemalloc.start()
    with (
        path.open("rb") as file,
        pytest.raises(PoolcliError, match="at most 10,000,000 are read"),
        open_safetensors(file),
    ):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_lists_in_texts_are_no_lists(poolcli: Poolcli) -> None:
    notes = json.dumps([[number, []] for number in range(99)]) + '"\\'
    header = {"a": F32, "__metadata__": {"notes": notes, "[": "{"}}
    Path("x.safetensors").write_bytes(tensor_file(header, bytes(16)))
    assert poolcli("max", "x.safetensors", "--quiet").code == 0


def test_random_changes_raise_only_errors_of_poolcli(tmp_path: Path) -> None:
    tensors = {"a": F32, "b": entry("I16", [3], 16), "__metadata__": {"k": "v"}}
    good = tensor_file(tensors, np.arange(22, dtype=np.uint8).tobytes())
    rng = random.Random(1)
    path = tmp_path / "x.safetensors"
    for _ in range(150):
        data = bytearray(good)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.choice(b'\0\xff09[]{}":,aF')
        path.write_bytes(data[: rng.randint(len(data) - 9, len(data))])
        messages = []
        with path.open("rb") as file:
            try:
                with open_safetensors(file) as document:
                    for item in document.items():
                        np.asarray(item.source[tuple(slice(0, n) for n in item.source.shape)])
            except PoolcliError as error:
                messages.append(str(error))
        assert [message for message in messages if len(message.splitlines()) > 1] == []


def test_an_old_library_without_a_dtype_is_named(
    monkeypatch: pytest.MonkeyPatch, poolcli: Poolcli
) -> None:
    import safetensors

    def refuse(*_: object, **__: object) -> None:
        raise safetensors.SafetensorError("unknown variant")

    Path("x.safetensors").write_bytes(tensor_file({"a": entry("F8_E8M0", [2, 2])}, bytes(4)))
    monkeypatch.setattr(safetensors, "safe_open", refuse)
    assert (
        "tensor 'a' has the dtype F8_E8M0, which needs a newer"
        in poolcli("max", "x.safetensors").err
    )


def test_a_missing_folder_for_temporary_files_is_named(
    monkeypatch: pytest.MonkeyPatch, poolcli: Poolcli
) -> None:
    Path("x.safetensors").write_bytes(tensor_file({"a": F32}, bytes(16)))
    monkeypatch.setattr("tempfile.tempdir", "/no/such/folder")
    ran = poolcli("max", "x.safetensors")
    assert ran.code == 1
    assert "it needs space in /no/such/folder; TMPDIR names another folder" in ran.err


def test_a_limit_on_the_size_of_files_is_named(shell: Shell, tmp_path: Path) -> None:
    content = tensor_file({"a": entry("U8", [1 << 20])}, bytes(1 << 20))
    (tmp_path / "a.safetensors").write_bytes(content)
    # Python would cut off bytecode at the limit.
    limits = "export PYTHONDONTWRITEBYTECODE=1; ulimit -f 100; "
    ran = shell(limits + "poolcli max a.safetensors --k 1024 -o b.npy")
    assert ran.returncode == 1
    assert b"larger than the limit on the size of files (ulimit -f)\n" in ran.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"a.safetensors", "bin"}
