"""bfloat16 and float8 tensors of files, and what other formats make of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poolcli import pool
from poolcli.batch import array_summary, large_outputs
from poolcli.io.safetensors.open_safetensors import open_safetensors
from poolcli.io.safetensors.write_safetensors import write_safetensors
from tests.conftest import Poolcli

ml_dtypes = pytest.importorskip("ml_dtypes")
pytest.importorskip("safetensors")

NAMES = ("bfloat16", "float8_e4m3fn", "float8_e5m2")  # safetensors 0.5 knows no others

VALUES = np.random.default_rng(3).normal(size=(2, 8, 8)).astype(np.float32)
TENSORS = {name: VALUES.astype(getattr(ml_dtypes, name)) for name in NAMES}


@pytest.fixture(autouse=True)
def tensor_file(poolcli: Poolcli) -> None:
    with Path("x.safetensors").open("wb") as file:
        write_safetensors(file, TENSORS)


def load(path: str) -> dict[str, Any]:
    with Path(path).open("rb") as file, open_safetensors(file) as document:
        return {
            str(item.key): item.source[tuple(slice(0, size) for size in item.source.shape)]
            for item in document.items()
        }


@pytest.mark.parametrize("mode", ["max", "avg"])
def test_results_are_those_of_the_python_function(poolcli: Poolcli, mode: str) -> None:
    ran = poolcli(mode, "x.safetensors", "--json")
    assert (ran.code, {record["out"]["dtype"] for record in ran.records}) == (0, set(NAMES))
    pooled = load(f"x.{mode}-k2-s2.safetensors")
    for name, tensor in TENSORS.items():
        expected = pool(tensor, mode)
        assert pooled[name].dtype == expected.dtype == tensor.dtype
        assert pooled[name].tobytes() == expected.tobytes()
    (record,) = (each for each in ran.records if each["member"] == "bfloat16")
    assert record["in"]["max"] == float(TENSORS["bfloat16"].astype(np.float32).max())


@pytest.mark.parametrize("mode", ["max", "avg"])
def test_a_file_of_pytorch_is_pooled_as_pytorch_does(poolcli: Poolcli, mode: str) -> None:
    golden = Path(__file__).parents[2] / "golden" / "torch_tensors.safetensors"
    ran = poolcli(mode, golden, "--member", "*[0-9n]", "-o", "y.safetensors", "--json")
    assert ran.code == 0
    expected, pooled = load(str(golden)), load("y.safetensors")
    assert set(pooled) == {name for name in expected if "." not in name}
    for name in pooled.keys() - {"int64"}:
        assert pooled[name].dtype == expected[name].dtype
        found, wanted = (
            each.astype(np.float32) for each in (pooled[name], expected[f"{name}.{mode}"])
        )
        np.testing.assert_allclose(found, wanted, rtol=1e-6 if name == "float32" else 0)


def test_large_tensors_are_streamed(poolcli: Poolcli, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (array_summary, large_outputs):
        monkeypatch.setattr(module, "MAX_BYTES_IN_MEMORY", 0)
    ran = poolcli("median", "x.safetensors", "--k", 2, "--json")
    assert ran.code == 0
    pooled = load("x.median-k2-s2.safetensors")
    for name, tensor in TENSORS.items():
        assert pooled[name].tobytes() == pool(tensor, "median").tobytes()


@pytest.mark.parametrize("output", ["y.npy", "y.npz", "y.png", "y.tif"])
def test_formats_that_lack_the_dtypes_name_a_way_out(poolcli: Poolcli, output: str) -> None:
    command = ("max", "x.safetensors:float8_e5m2", "-o", output)
    ran = poolcli(*command)
    assert ran.code == 1
    words = "cannot hold float8_e5m2; cast it with --dtype float32, or write a .safetensors"
    assert words in ran.err
    assert not Path(output).exists()
    ran = poolcli(*command, "--dtype", "uint8", "--quiet")
    assert (ran.code, Path(output).exists()) == (0, True)


def test_results_are_cast_to_bfloat16(poolcli: Poolcli) -> None:
    np.save("x.npy", VALUES)
    ran = poolcli("avg", "x.npy", "--dtype", "bfloat16", "-o", "y.safetensors", "--quiet")
    assert ran.code == 0
    assert (
        load("y.safetensors")["arr_0"].tobytes() == pool(VALUES, "avg", dtype="bfloat16").tobytes()
    )
    assert "an .npy cannot hold bfloat16" in poolcli("avg", "x.npy", "--dtype", "bfloat16").err


def test_raw_bytes_in_npy_and_npz_fail_with_a_way_to_store_them(poolcli: Poolcli) -> None:
    words = (
        "is raw bytes, as NumPy saves bfloat16 (V2) and float8 (V1); save them as float32 or in a"
    )
    for name, tensor in TENSORS.items():
        np.save("x.npy", tensor)
        assert words in poolcli("max", "x.npy").err
        np.savez("x.npz", **{name: tensor})
        ran = poolcli("max", "x.npz")
        assert (ran.code, words in ran.err) == (1, True)
    np.save("x.npy", TENSORS["bfloat16"])
    assert words in poolcli("info", "x.npy", "--json").record["notes"][0]


def test_reports_show_their_values(poolcli: Poolcli) -> None:
    ran = poolcli("explain", "max", "x.safetensors:bfloat16", "--k", 2)
    shown = f"{float(TENSORS['bfloat16'][0, :2, :2].max()):.6g}"
    assert (ran.code, shown in ran.out) == (0, True)
    ran = poolcli("max", "x.safetensors", "--values", "--preview", "--html", "page.html")
    assert (ran.code, shown in ran.out) == (0, True)
    ran = poolcli("compare", "x.safetensors:bfloat16", "-o", "sheet.png", "--json")
    assert ran.code == 0
    assert "bfloat16 is compared as float32" in ran.out
    assert poolcli("max", "x.safetensors:bfloat16", "--normalize", "-o", "y.png").code == 0
