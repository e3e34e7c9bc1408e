"""Arrays of other libraries: which protocol is used, that memory is shared, and what is refused.

Small classes stand for the libraries, so that no test needs them.
"""

from __future__ import annotations

import array
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import poolcli
from poolcli.core.array_protocols import as_array

Array = np.ndarray[Any, Any]
CPU, CUDA, CUDA_HOST, METAL = 1, 2, 3, 8


def numbers() -> Array:
    return np.arange(24, dtype=np.float32).reshape(2, 3, 4)


class WithArray:
    """An array like those of xarray, dask and pandas, which counts how often it is converted."""

    def __init__(self, data: Any) -> None:
        self.data = data
        self.calls = 0

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        assert dtype is None
        assert copy is None
        self.calls += 1
        return self.data

    def __len__(self) -> int:
        raise AssertionError("it is read as a list")

    __getitem__ = __iter__ = __len__


class WithInterface:
    def __init__(self, data: Array) -> None:
        self.__array_interface__ = data.__array_interface__
        self.data = data  # keeps the memory


class WithStruct:
    def __init__(self, data: Array) -> None:
        self.__array_struct__ = data.__array_struct__
        self.data = data


class WithDLPack:
    """An array that has only DLPack, on any device."""

    def __init__(self, data: Array, device: Any = CPU) -> None:
        self.data = data
        self.dlpack_device = device

    def __dlpack__(self, **arguments: Any) -> Any:
        assert self.dlpack_device == CPU, "memory of another device is read"
        return self.data.__dlpack__(**arguments)

    def __dlpack_device__(self) -> tuple[Any, int]:
        if isinstance(self.dlpack_device, Exception):
            raise self.dlpack_device
        return self.dlpack_device, 0


class OnDevice(WithDLPack):
    """An array like those of CuPy and JAX, which may be on a GPU."""

    device = "cuda:0"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        assert self.dlpack_device in (CPU, CUDA_HOST), "it is copied without being asked"
        return self.data


class OldCuda:
    """An array like those of Numba's `cuda`, which has no DLPack."""

    __cuda_array_interface__: dict[str, Any] = {}  # noqa: RUF012


@pytest.mark.parametrize("kind", [WithArray, WithInterface, WithStruct, WithDLPack, memoryview])
@pytest.mark.parametrize("layout", ["C", "F", "strided", "read-only"])
def test_memory_is_shared(kind: Any, layout: str) -> None:
    data = numbers()
    if layout == "F":
        data = np.asfortranarray(data)
    elif layout == "strided":
        data = data[:, ::2, 1:]
    elif layout == "read-only":
        data.flags.writeable = False
        if kind is WithDLPack and np.__version__ < "2.1":
            pytest.skip("NumPy exports read-only arrays by DLPack from 2.1 on")
    found = as_array("x", kind(data))
    assert type(found) is np.ndarray
    assert np.shares_memory(found, data)
    assert found.strides == data.strides
    np.testing.assert_array_equal(found, data)


def test_numpy_arrays_stay_as_they_are() -> None:
    data = numbers()
    assert as_array("x", data) is data
    found = as_array("x", data.view(np.recarray))
    assert type(found) is np.ndarray
    assert np.shares_memory(found, data)


@pytest.mark.parametrize("kind", [WithArray, WithInterface, WithStruct, WithDLPack, memoryview])
def test_all_functions_take_them(kind: Any) -> None:
    data = numbers()
    values, indices = poolcli.pool(data, "max", 2, return_indices=True)
    for found, expected in (
        (poolcli.pool(kind(data)), values),
        (poolcli.adaptive_pool(kind(data), "avg", 2), poolcli.adaptive_pool(data, "avg", 2)),
        (poolcli.global_pool(kind(data), "std"), poolcli.global_pool(data, "std")),
        (
            poolcli.unpool(kind(values), kind(indices), (3, 4)),
            poolcli.unpool(values, indices, (3, 4)),
        ),
        (
            poolcli.pool(data, footprint=kind(np.eye(2, dtype=np.uint8))),
            poolcli.pool(data, footprint=np.eye(2, dtype=bool)),
        ),
    ):
        assert type(found) is np.ndarray
        np.testing.assert_array_equal(found, expected)


def test_an_array_is_converted_once() -> None:
    lazy = WithArray(numbers())
    poolcli.pool(lazy, "median", 2)
    assert lazy.calls == 1


def test_numpy_protocols_come_before_dlpack() -> None:
    both = OnDevice(numbers())
    both.__dlpack__ = None  # type: ignore[method-assign]
    assert np.shares_memory(as_array("x", both), both.data)


def test_buffers_and_lists() -> None:
    data = array.array("h", [1, 5, 2, 4])
    assert np.shares_memory(as_array("x", data), np.frombuffer(data, np.int16))
    assert poolcli.pool(data, "max", 2).tolist() == [5, 4]
    assert poolcli.pool([1, 5, 2, 4], "max", 2).tolist() == [5, 4]
    assert poolcli.pool(bytearray(b"adcb"), "max", 2).tobytes() == b"dc"
    rows = [WithDLPack(row) for row in np.array([[1, 2], [3, 4]])]
    with pytest.raises(TypeError, match="not numeric"):
        poolcli.pool(rows)
    assert poolcli.pool([WithInterface(row) for row in numbers()[0]], "max", 3).tolist() == [[10]]


# ---- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [WithDLPack, OnDevice])
@pytest.mark.parametrize("device", [CUDA, METAL, ValueError("Unknown device type meta")])
@pytest.mark.parametrize("function", ["pool", "adaptive_pool", "global_pool"])
def test_other_devices_are_refused(kind: Any, device: Any, function: str) -> None:
    with pytest.raises(TypeError, match=r"x is on the device .*x\.cpu\(\) in PyTorch") as error:
        getattr(poolcli, function)(kind(numbers(), device))
    assert error.value.argument == "x"  # type: ignore[attr-defined]


def test_unpool_names_the_argument_on_another_device() -> None:
    data = numbers()
    with pytest.raises(TypeError, match=r"indices is on the device cuda:0; .*indices\.cpu\(\)"):
        poolcli.unpool(data, OnDevice(data, CUDA), 4)


def test_memory_of_cuda_that_the_cpu_reads_is_not_refused() -> None:
    data = numbers()
    assert np.shares_memory(as_array("x", OnDevice(data, CUDA_HOST)), data)


def test_an_array_with_only_a_cuda_interface_is_refused() -> None:
    with pytest.raises(TypeError, match="x is on the device of a GPU"):
        poolcli.pool(OldCuda())  # type: ignore[call-overload]


@pytest.mark.parametrize("error", [TypeError, RuntimeError, BufferError])
def test_the_reason_of_a_library_is_passed_on(error: type[Exception]) -> None:
    class Refuses(WithArray):
        def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
            raise error("use todense()")

    with pytest.raises(
        TypeError, match=r"x does not convert to a NumPy array: use todense\(\)"
    ) as found:
        poolcli.pool(Refuses(None))
    assert isinstance(found.value.__cause__, error)


@pytest.mark.parametrize("error", [TypeError, RuntimeError, NotImplementedError])
def test_a_device_that_a_library_cannot_tell_is_left_to_the_conversion(
    error: type[Exception],
) -> None:
    class OnUnknownDevice(WithArray):
        def __dlpack_device__(self) -> tuple[int, int]:
            raise error("cannot access the storage")

        def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
            raise TypeError("use to_dense()")

    with pytest.raises(TypeError, match=r"x does not convert to a NumPy array: use to_dense\(\)"):
        poolcli.pool(OnUnknownDevice(None))


def test_classes_of_arrays_are_no_arrays() -> None:
    with pytest.raises(TypeError, match="object is not numeric"):
        poolcli.pool(np.ndarray)  # type: ignore[call-overload]


def test_masked_arrays_inside_of_others_are_refused() -> None:
    with pytest.raises(TypeError, match="x holds a masked array, whose mask would be lost"):
        poolcli.pool(WithArray(np.ma.masked_equal(numbers(), 3)))
    of_dask = WithArray(numbers())
    of_dask._meta = np.ma.empty((0, 0, 0))  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="x holds a masked array, whose mask would be lost"):
        poolcli.pool(of_dask)


def test_masked_arrays_that_are_not_those_of_numpy_are_refused() -> None:
    class Masked(np.ndarray[Any, Any]):
        mask = np.ones((2, 3, 4), bool)

    masked = numbers().view(Masked)
    with pytest.raises(TypeError, match="x holds a masked array, whose mask would be lost"):
        poolcli.pool(masked)
    with pytest.raises(TypeError, match="values holds a masked array, whose mask would be lost"):
        poolcli.unpool(masked, np.zeros((2, 3, 4), int), 8)


@pytest.mark.parametrize("value", [object(), "text", {1, 2}, None])
def test_objects_without_any_protocol_are_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"x: .*not numeric|the input's dtype: .* is not numeric"):
        poolcli.pool(value)


# ---- PyTorch ---------------------------------------------------------------------------------


class Tensor:
    """A tensor of a stand-in for PyTorch, which does not convert bfloat16 and float8."""

    def __init__(
        self,
        data: Array,
        dtype: str,
        *,
        requires_grad: bool = False,
        layout: str = "strided",
        negative: bool = False,
    ) -> None:
        self.data = data
        self.dtype = f"torch.{dtype}"
        self.requires_grad = requires_grad
        self.layout = layout
        self.negative = negative

    def is_neg(self) -> bool:
        return self.negative

    def view(self, dtype: str) -> Tensor:
        assert np.dtype(dtype).itemsize == self.data.itemsize
        return Tensor(self.data, dtype)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if self.layout != "strided":
            raise TypeError("Use Tensor.to_dense() first")
        if self.negative:
            raise RuntimeError("Use tensor.resolve_neg()")
        if "float8" in self.dtype or "bfloat16" in self.dtype:
            raise TypeError("Got unsupported ScalarType")
        return self.data

    def __dlpack_device__(self) -> tuple[int, int]:
        return CPU, 0


@pytest.fixture
def _torch(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = SimpleNamespace(Tensor=Tensor, int16="int16", uint8="uint8", strided="strided")
    monkeypatch.setitem(sys.modules, "torch", torch)


@pytest.mark.usefixtures("_torch")
@pytest.mark.parametrize("name", ["bfloat16", "float8_e4m3fn", "float8_e5m2"])
def test_tensors_of_extension_floats_share_their_memory(name: str) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    data = numbers().astype(getattr(ml_dtypes, name))
    bits = data.view(np.int16 if data.itemsize == 2 else np.uint8)
    found = as_array("x", Tensor(bits, name))
    assert found.dtype == data.dtype
    assert np.shares_memory(found, data)
    result = poolcli.pool(Tensor(bits, name), "max", 2)
    assert result.dtype == data.dtype
    np.testing.assert_array_equal(result, poolcli.pool(data, "max", 2))


@pytest.mark.usefixtures("_torch")
def test_tensors_of_extension_floats_need_ml_dtypes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    tensor = Tensor(np.zeros((2, 2), np.int16), "bfloat16")
    with pytest.raises(TypeError, match="the dtype of x: bfloat16 needs the package ml-dtypes"):
        poolcli.pool(tensor)


@pytest.mark.usefixtures("_torch")
@pytest.mark.parametrize(
    ("kind", "hint"), [({"layout": "sparse_coo"}, "to_dense"), ({"negative": True}, "resolve_neg")]
)
def test_tensors_of_extension_floats_that_have_no_memory_to_share(
    kind: dict[str, Any], hint: str
) -> None:
    with pytest.raises(TypeError, match=f"x does not convert to a NumPy array: .*{hint}"):
        poolcli.pool(Tensor(np.zeros((2, 2), np.int16), "bfloat16", **kind))


@pytest.mark.usefixtures("_torch")
def test_tensors_that_record_gradients_are_refused() -> None:
    tensor = Tensor(numbers(), "float32", requires_grad=True)
    with pytest.raises(TypeError, match=r"x is a tensor that records gradients.*x\.detach\(\)"):
        poolcli.pool(tensor)
    assert np.shares_memory(as_array("x", Tensor(tensor.data, "float32")), tensor.data)
