""".safetensors files: values, names, metadata and alignment, in memory and on disk."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poolcli.batch import array_summary, large_outputs
from poolcli.io.arrays.npy_blocks import NpyReader
from poolcli.io.safetensors.open_safetensors import open_safetensors
from poolcli.io.safetensors.tensor_dtypes import DTYPE_NAMES
from poolcli.io.safetensors.write_safetensors import write_safetensors
from tests.conftest import Poolcli, Shell
from tests.io.safetensors.tensor_files import entry, tensor_file

pytest.importorskip("ml_dtypes")
library = pytest.importorskip("safetensors")
tensors_of_numpy = pytest.importorskip("safetensors.numpy")

RNG = np.random.default_rng(7)

CONV = RNG.random((3, 2, 8, 6)).astype(np.float32)
MASK = RNG.integers(0, 2, (5, 9)).astype(bool)
STEPS = RNG.integers(-99, 99, (4, 4)).astype(np.int16)
TENSORS = {"net.conv.weight": CONV, "mask/å": MASK, "steps": STEPS}


def save(path: str = "x.safetensors", metadata: dict[str, str] | None = None) -> None:
    tensors_of_numpy.save_file(TENSORS, path, metadata)


def load(path: str) -> dict[str, Any]:
    return dict(tensors_of_numpy.load_file(path))


def metadata_of(path: str) -> dict[str, str] | None:
    with library.safe_open(path, framework="numpy") as file:
        return file.metadata()


def header_of(path: str) -> dict[str, Any]:
    data = Path(path).read_bytes()
    length = int.from_bytes(data[:8], "little")
    assert length % 8 == 0
    return json.loads(data[8 : 8 + length])


def tiled_max(array: np.ndarray) -> np.ndarray:
    rows, columns = (size // 2 for size in array.shape[-2:])
    tiles = array[..., : 2 * rows, : 2 * columns]
    return tiles.reshape(*array.shape[:-2], rows, 2, columns, 2).max(axis=(-3, -1))


def test_every_tensor_is_pooled_and_metadata_carry_over(poolcli: Poolcli) -> None:
    save(metadata={"format": "pt", "epoch": "3 é"})
    ran = poolcli("max", "x.safetensors", "--k", 2, "--json")
    assert ran.code == 0
    assert {record["member"] for record in ran.records} == set(TENSORS)
    assert {record["output"] for record in ran.records} == {"x.max-k2-s2.safetensors"}
    assert all(record["notes"] == [] for record in ran.records)
    pooled = load("x.max-k2-s2.safetensors")
    assert set(pooled) == set(TENSORS)
    for name, array in TENSORS.items():
        np.testing.assert_array_equal(pooled[name], tiled_max(array))
        assert pooled[name].dtype == array.dtype
    assert metadata_of("x.max-k2-s2.safetensors") == {"format": "pt", "epoch": "3 é"}


@pytest.mark.parametrize("options", ["", "--levels 2", "--indices at.safetensors"])
def test_large_tensors_are_streamed_with_the_same_result(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch, options: str
) -> None:
    np.savez("x.npz", fortran=np.asfortranarray(RNG.random((40, 50))), rows=RNG.random((9, 9, 8)))
    found = []
    for folder in ("memory", "disk"):
        Path(folder).mkdir()
        arguments = options.replace("at.", f"{folder}/at.").split()
        ran = poolcli("max", "x.npz", "-o", f"{folder}/y.safetensors", *arguments, "--json")
        assert ran.code == 0
        found.append({path.name: load(str(path)) for path in Path(folder).iterdir()})
        for module in (array_summary, large_outputs):
            monkeypatch.setattr(module, "MAX_BYTES_IN_MEMORY", 0)
    assert len(found[0]) == (2 if options else 1)
    np.testing.assert_equal(found[1], found[0])


def test_tensors_are_aligned_and_the_largest_elements_come_first(tmp_path: Path) -> None:
    file = io.BytesIO()
    arrays = {"a": np.ones(3, np.uint8), "b": np.ones((2, 1)), "c": np.array(1, np.float32)}
    write_safetensors(file, arrays, {"k": "v"})
    path = tmp_path / "y.safetensors"
    path.write_bytes(file.getvalue())
    assert list(header_of(str(path))) == ["__metadata__", "b", "c", "a"]
    np.testing.assert_equal(load(str(path)), arrays)


def test_files_on_disk_are_read_by_blocks_and_those_in_memory_as_arrays(tmp_path: Path) -> None:
    data = tensor_file({"a": entry("F32", [2, 2])}, np.arange(4, dtype="<f4").tobytes())
    (tmp_path / "x").write_bytes(data)
    for file in (io.BytesIO(data), (tmp_path / "x").open("rb")):
        with file, open_safetensors(file) as document:
            (item,) = document.items()
            assert isinstance(item.source, NpyReader) == (not isinstance(file, io.BytesIO))
            block = item.source[0:2, 0:2]
            np.testing.assert_array_equal(block, [[0, 1], [2, 3]])


def test_tensors_are_read_from_standard_input(shell: Shell, tmp_path: Path) -> None:
    save(str(tmp_path / "x.safetensors"))
    ran = shell(
        "cat x.safetensors | poolcli max - --k 2 --quiet > y.safetensors && "
        "cat x.safetensors | poolcli info - --member 'net*' --json"
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["format"] == "SAFETENSORS"
    np.testing.assert_array_equal(load(str(tmp_path / "y.safetensors"))["steps"], tiled_max(STEPS))


def test_a_file_with_another_name_is_recognised(poolcli: Poolcli) -> None:
    save("weights.bin")
    ran = poolcli("max", "weights.bin", "--json")
    assert ran.code == 0
    assert ran.records[0]["output"] == "weights.bin.max-k2-s2.safetensors"
    Path("folder").mkdir()
    save("folder/unnamed")
    save("folder/x.safetensors")
    ran = poolcli("info", "folder", "--json")
    assert {record["input"] for record in ran.records} == {
        "folder/unnamed",
        "folder/x.safetensors",
    }


def test_conversion_to_and_from_other_formats(poolcli: Poolcli) -> None:
    save(metadata={"format": "pt"})
    assert poolcli("max", "x.safetensors", "-o", "y.npz", "--quiet").code == 0
    np.testing.assert_equal(
        {name: tiled_max(array) for name, array in TENSORS.items()}, dict(np.load("y.npz"))
    )
    assert poolcli("max", "x.safetensors", "--member", "steps", "-o", "y.npy", "--quiet").code == 0
    np.testing.assert_array_equal(np.load("y.npy"), tiled_max(STEPS))
    ran = poolcli("max", "x.safetensors", "-o", "z.npy", "--json")
    assert "3 arrays do not go into one .npy" in ran.record["error"]["message"]
    np.savez("x.npz", **TENSORS)
    assert poolcli("max", "x.npz", "--format", "safetensors", "--quiet").code == 0
    np.testing.assert_array_equal(
        load("x.max-k2-s2.safetensors")["net.conv.weight"], tiled_max(CONV)
    )
    np.save("s.npy", STEPS)
    assert poolcli("max", "s.npy", "-o", "s.safetensors", "--quiet").code == 0
    np.testing.assert_equal(load("s.safetensors"), {"arr_0": tiled_max(STEPS)})


def test_an_image_becomes_one_tensor(poolcli: Poolcli) -> None:
    from PIL import Image

    frames = [Image.fromarray(RNG.integers(0, 256, (8, 8, 3), np.uint8)) for _ in range(2)]
    frames[0].save("x.png")
    frames[0].save("x.webp", save_all=True, append_images=frames[1:], lossless=True)
    for name, shape in (("x.png", (4, 4, 3)), ("x.webp", (2, 4, 4, 3))):
        assert poolcli("avg", name, "-o", "y.safetensors", "--overwrite", "--quiet").code == 0
        (tensor,) = load("y.safetensors").values()
        assert (tensor.shape, tensor.dtype) == (shape, np.float32)


def test_metadata_that_are_lost_are_noted(poolcli: Poolcli) -> None:
    save(metadata={"format": "pt", "epoch": "3"})
    ran = poolcli("max", "x.safetensors", "-o", "y.npz", "--json")
    assert "the metadata of the .safetensors (__metadata__) were dropped" in ran.records[0]["notes"]
    save(metadata={"format": "pt"})
    assert poolcli("max", "x.safetensors", "-o", "z.npz", "--json").records[0]["notes"] == []


def test_indices_and_unpool(poolcli: Poolcli) -> None:
    arrays = {"a": RNG.random((6, 6)), "b": RNG.random((2, 4, 4))}
    tensors_of_numpy.save_file(arrays, "x.safetensors")
    save = ("max", "x.safetensors", "-o", "v.safetensors", "--quiet")
    assert poolcli(*save, "--indices", "at.safetensors").code == 0
    assert load("at.safetensors")["b"].dtype == np.int64
    one = ("unpool", "v.safetensors:b", "--indices", "at.safetensors", "--output-size", "4x4")
    assert poolcli(*one, "-o", "b.npy", "--quiet").code == 0
    maxima = tiled_max(arrays["b"])
    np.testing.assert_array_equal(
        np.load("b.npy"), np.where(np.isin(arrays["b"], maxima), arrays["b"], 0)
    )
    assert poolcli("max", "x.safetensors", "-o", "out/", "--indices", "at/", "--quiet").code == 0
    np.testing.assert_equal(load("at/x.safetensors"), load("at.safetensors"))
    ran = poolcli("max", "x.safetensors", "-o", "w.npz", "--indices", "at.npy", "--json")
    assert "the indices of 2 arrays do not go into one .npy" in ran.record["error"]["message"]


def test_what_a_safetensors_cannot_hold(poolcli: Poolcli) -> None:
    np.save("c.npy", RNG.random((4, 4)) + 1j)
    ran = poolcli("avg", "c.npy", "-o", "y.safetensors", "--json")
    assert ran.record["error"]["message"] == "a .safetensors cannot hold complex128; .npz can"
    np.savez("m.npz", __metadata__=np.eye(4))
    ran = poolcli("avg", "m.npz", "-o", "y.safetensors", "--json")
    assert "cannot hold an array called '__metadata__'" in ran.record["error"]["message"]
    Path("x.safetensors").write_bytes(tensor_file({"../a": entry("U8", [4, 4])}, bytes(16)))
    ran = poolcli("max", "x.safetensors", "-o", "y.npz", "--json")
    assert "an .npz cannot hold an array called '../a'" in ran.record["error"]["message"]
    header = {"a" * 65_532: entry("U8", [4, 4])}
    Path("x.safetensors").write_bytes(tensor_file(header, bytes(16)))
    ran = poolcli("max", "x.safetensors", "-o", "y.npz", "--json")
    assert "a name of more than 65,531 bytes" in ran.record["error"]["message"]
    assert not list(Path().glob("y*"))


def test_info_compare_explain_preview_and_html(poolcli: Poolcli) -> None:
    save()
    ran = poolcli("info", "x.safetensors", "--json")
    shapes = {record["member"]: tuple(record["in"]["shape"]) for record in ran.records}
    assert shapes == {name: array.shape for name, array in TENSORS.items()}
    assert "x.safetensors:steps" in poolcli("info", "x.safetensors").out
    ran = poolcli("compare", "x.safetensors", "--member", "steps", "-o", "sheet.png", "--json")
    assert ran.code == 0, ran.err
    ran = poolcli("compare", "x.safetensors:steps", "-o", "sheet2.png", "--json")
    assert ran.code == 0, ran.err
    assert Path("sheet.png").read_bytes() == Path("sheet2.png").read_bytes()
    ran = poolcli("explain", "max", "x.safetensors:steps", "--k", 2)
    assert (ran.code, f"{STEPS[:2, :2].max()}" in ran.out) == (0, True)
    assert poolcli("max", "x.safetensors", "--dry-run").code == 0
    assert not list(Path().glob("x.max*"))
    ran = poolcli("max", "x.safetensors", "--html", "page.html", "--preview")
    assert ran.code == 0, ran.err
    assert "member steps" in Path("page.html").read_text()


@pytest.mark.parametrize("name", sorted(DTYPE_NAMES))
def test_every_dtype_of_the_format_is_known(name: str) -> None:
    from poolcli.io.safetensors.tensor_dtypes import name_in_format, numpy_dtype

    dtype = numpy_dtype(name)
    assert dtype is not None
    assert name_in_format(dtype) == name


def test_without_the_packages_one_line_names_the_extra(
    poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    save()
    np.save("x.npy", STEPS)
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    words = "install the packages of the extra [ml]: pip install safetensors ml-dtypes"
    ran = poolcli("max", "x.safetensors", "--json")
    assert ran.record["error"]["message"] == f"to read a .safetensors file, {words}"
    ran = poolcli("max", "x.npy", "-o", "y.safetensors", "--json")
    assert ran.record["error"]["message"] == f"to write a .safetensors file, {words}"


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of Linux")
def test_a_large_tensor_is_pooled_in_little_memory(shell: Shell, tmp_path: Path) -> None:
    shape = [16384, 12288]
    with (tmp_path / "x.safetensors").open("wb") as file:
        file.write(tensor_file({"a": entry("U8", shape)}))
        file.truncate(file.tell() + shape[0] * shape[1])  # 201 MB of zeros
    ran = shell(
        """python3 -c 'import resource, subprocess
subprocess.run(["poolcli", "max", "x.safetensors", "--quiet", "-o", "y.safetensors"], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)'"""
    )
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) < 180_000
    assert header_of(str(tmp_path / "y.safetensors"))["a"]["shape"] == [8192, 6144]
