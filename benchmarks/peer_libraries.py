"""The same pooling by the libraries that core.py compares with poolcli."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from workloads import Array, Workload

Call = Callable[[], Any]
Peer = Callable[[Any, Workload, Array, int], tuple[Call, Callable[[Any], Any]] | None]
"""Takes the library, a workload, its input and a number of threads. Returns the call to time and a
function that makes an array of its result, or its shape if the values may differ. Returns None if
the library has no such pooling."""


def torch(lib: Any, work: Workload, x: Array, threads: int) -> tuple[Call, Any] | None:
    """`torch.nn.functional` on contiguous N C H W."""
    lib.set_num_threads(threads)
    if work.mode == "unpool":
        return _torch_unpool(lib, work, x)
    unsupported = {"ignore", "footprint", "padding_mode"} & set(work.options)
    if work.mode not in ("max", "avg") or unsupported or x.dtype == np.uint16:
        return None
    if work.mode == "avg" and x.dtype == np.uint8:
        return None
    functional = lib.nn.functional
    rank = len(work.axes)
    contiguous = x if x.ndim == 4 else np.ascontiguousarray(_channels_first(x, rank))
    tensor = lib.from_numpy(contiguous)
    if work.output_size is not None:
        size = work.output_size
        return lambda: functional.adaptive_avg_pool2d(tensor, size), np.asarray
    call = getattr(functional, f"{work.mode}_pool{rank}d")
    window: dict[str, Any] = {"stride": work.step, "padding": work.padding}
    if work.options.get("return_indices"):
        return (
            lambda: call(tensor, work.kernel, return_indices=True, **window),
            lambda result: result[0].numpy(),
        )
    return (
        lambda: call(tensor, work.kernel, **window),
        np.asarray if x.ndim == 4 else lambda result: _channels_last(result.numpy(), x.ndim, rank),
    )


def _torch_unpool(lib: Any, work: Workload, x: Array) -> tuple[Call, Any]:
    """`torch.nn.functional.max_unpool2d` on N C H W, or on one plane."""
    arrays = work.maxima() if x.ndim == 4 else [each[None, None] for each in work.maxima()]
    values, indices = map(lib.from_numpy, arrays)
    sizes = [x.shape[axis] for axis in work.axes]
    call = lib.nn.functional.max_unpool2d
    return (
        lambda: call(values, indices, work.kernel, work.step, work.padding, output_size=sizes),
        lambda result: result.numpy().reshape(x.shape),
    )


def _channels_first(x: Array, rank: int) -> Array:
    """Return a plane, or a plane with channels, as N C H W."""
    return x[None, None] if x.ndim == rank else np.moveaxis(x, -1, 0)[None]


def _channels_last(result: Array, ndim: int, rank: int) -> Array:
    """Undo `_channels_first`."""
    return result[0, 0] if ndim == rank else np.moveaxis(result[0], 0, -1)


def onnxruntime(lib: Any, work: Workload, x: Array, threads: int) -> tuple[Call, Any] | None:
    """The operators MaxPool and AveragePool of onnxruntime's CPU provider."""
    try:
        onnx = importlib.import_module("onnx")
    except ImportError:
        return None
    plain = work.output_size is None and work.mode in ("max", "avg") and not work.options
    if not plain or x.dtype not in (np.float32, np.uint8) or (work.mode, x.dtype) == ("avg", "u1"):
        return None
    rank = len(work.axes)
    contiguous = np.ascontiguousarray(x if x.ndim == 4 else _channels_first(x, rank))
    attributes = {
        "kernel_shape": [work.kernel] * rank,
        "strides": [work.step] * rank,
        "pads": [work.padding] * 2 * rank,
    }
    operator = "MaxPool" if work.mode == "max" else "AveragePool"
    if work.mode == "avg":
        attributes["count_include_pad"] = 1
    node = onnx.helper.make_node(operator, ["x"], ["y"], **attributes)
    element_type = onnx.helper.np_dtype_to_tensor_dtype(x.dtype)
    value_info = onnx.helper.make_tensor_value_info
    inputs = [value_info("x", element_type, contiguous.shape)]
    outputs = [value_info("y", element_type, None)]
    graph = onnx.helper.make_graph([node], "pooling", inputs, outputs)
    opset = [onnx.helper.make_opsetid("", 12)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    options = lib.SessionOptions()
    options.intra_op_num_threads = threads
    session = lib.InferenceSession(model.SerializeToString(), options)
    return (
        lambda: session.run(None, {"x": contiguous}),
        lambda result: result[0] if x.ndim == 4 else _channels_last(result[0], x.ndim, rank),
    )


def timm(lib: Any, work: Workload, x: Array, threads: int) -> tuple[Call, Any] | None:
    """`BlurPool2d` without its padding, on contiguous N C H W."""
    if work.mode != "blur" or x.dtype != np.float32 or work.padding or work.output_size:
        return None
    torch_lib = importlib.import_module("torch")
    torch_lib.set_num_threads(threads)
    contiguous = np.ascontiguousarray(_channels_first(x, len(work.axes)))
    tensor = torch_lib.from_numpy(contiguous)
    layer = lib.BlurPool2d(tensor.shape[1], work.kernel, work.step)
    layer.padding = [0] * 4

    def pool() -> Any:
        with torch_lib.no_grad():
            return layer(tensor)

    return pool, lambda result: _channels_last(result.numpy(), x.ndim, len(work.axes))


def opencv(lib: Any, work: Workload, x: Array, threads: int) -> tuple[Call, Any] | None:
    """`dilate` and every n-th pixel; `resize` with INTER_AREA, or `blur`; `medianBlur`.

    Binomial weights are those of `GaussianBlur` for sizes 3 and 5.
    """
    lib.setNumThreads(threads)
    if "padding_mode" in work.options and work.mode == "median":
        return lambda: _reflected_median(lib, x, work.kernel), np.asarray
    if "footprint" in work.options and work.mode == "max":
        disk = _disk(work.kernel)
        return lambda: lib.dilate(x, disk), np.asarray
    plain = not set(work.options) - {"dtype"} and x.ndim <= 3 and len(work.axes) == 2
    if not plain or work.padding or work.output_size or x.flags.c_contiguous is False:
        return None
    kernel, step = work.kernel, work.step
    rows, columns = x.shape[:2]
    sizes = (rows - kernel) // step + 1, (columns - kernel) // step + 1
    if work.mode == "max":
        # With the anchor at the first element, the windows of dilate are those of pooling.
        element = np.ones((kernel, kernel), np.uint8)
        every_step = tuple(slice(0, size * step, step) for size in sizes)

        def dilate() -> Array:
            return np.ascontiguousarray(lib.dilate(x, element, anchor=(0, 0))[every_step])

        return dilate, np.asarray
    if work.mode == "avg" and step == kernel:
        complete = x[: sizes[0] * kernel, : sizes[1] * kernel]
        area = lib.INTER_AREA
        return (lambda: lib.resize(complete, sizes[::-1], interpolation=area)), np.asarray
    half = kernel // 2
    inside = slice(half, half + sizes[0]), slice(half, half + sizes[1])
    if work.mode == "avg" and step == 1:
        return lambda: lib.blur(x, (kernel, kernel)), lambda result: result[inside]
    every_step = tuple(slice(half, half + size * step, step) for size in sizes)
    if work.mode == "blur" and kernel in (3, 5):
        size = kernel, kernel
        return lambda: np.ascontiguousarray(lib.GaussianBlur(x, size, 0)[every_step]), np.asarray
    if work.mode == "median" and x.ndim == 2 and x.dtype == np.uint8:
        return lambda: np.ascontiguousarray(lib.medianBlur(x, kernel)[every_step]), np.asarray
    return None


def _reflected_median(lib: Any, x: Array, kernel: int) -> Array:
    """Return OpenCV's median of a plane with reflected edges, which it always replicates."""
    half = kernel // 2
    padded = lib.copyMakeBorder(x, half, half, half, half, lib.BORDER_REFLECT_101)
    median: Array = lib.medianBlur(padded, kernel)[half:-half, half:-half]
    return median


def _disk(kernel: int) -> Array:
    """Return scikit-image's disk of an odd kernel size."""
    morphology = importlib.import_module("skimage.morphology")
    disk: Array = morphology.disk(kernel // 2, strict_radius=False)
    return disk


def pillow(lib: Any, work: Workload, x: Array, threads: int) -> tuple[Call, Any] | None:
    """`Image.reduce`."""
    if work.mode != "avg" or work.step != work.kernel or x.ndim > 3 or work.padding:
        return None
    if set(work.options) - {"dtype"} or work.output_size is not None:
        return None
    image = lib.fromarray(x)
    rows, columns = (size // work.kernel for size in x.shape[:2])
    return (lambda: image.reduce(work.kernel)), lambda result: np.asarray(result)[:rows, :columns]


def skimage(lib: Any, work: Workload, x: Array, threads: int) -> tuple[Call, Any] | None:
    """`block_reduce`; the rank filter for medians of stride 1."""
    if set(work.options) - {"dtype"} or work.padding or work.output_size or x.ndim > 3:
        return None
    if work.mode == "median" and work.step == 1:
        if x.dtype != np.uint8:
            return None
        filters = importlib.import_module("skimage.filters.rank")
        element = np.ones((work.kernel, work.kernel), np.uint8)
        half = work.kernel // 2
        inside = slice(half, -half), slice(half, -half)
        return lambda: filters.median(x, element), lambda result: result[inside]
    if work.step != work.kernel or work.mode not in ("max", "median") or x.dtype.kind == "f":
        return None
    if any(size % work.kernel for size in x.shape[:2]) and work.mode == "median":
        x = x[tuple(slice(0, size // work.kernel * work.kernel) for size in x.shape[:2])]
    block = tuple(work.kernel if axis in work.axes else 1 for axis in range(x.ndim))
    function = {"max": np.max, "median": np.median}[work.mode]
    return lambda: lib.block_reduce(x, block, function), np.asarray


def tinybrain(lib: Any, work: Workload, x: Array, threads: int) -> tuple[Call, Any] | None:
    """The compiled downsampling of segmentations, of stacks and by averages."""
    if (work.kernel, work.step, work.padding) != (2, 2, 0) or x.ndim > 3 or x.dtype.kind == "f":
        return None
    if not x.flags.c_contiguous or set(work.options) - ({"dtype"} if work.levels else set()):
        return None
    factor = (2,) * len(work.axes) if len(work.axes) == 3 else (2, 2, 1)
    volume = np.asfortranarray(x if x.ndim == 3 else x[:, :, None])
    functions = {
        "mode": lib.downsample_segmentation,
        "max": lib.downsample_with_max_pooling,
        "avg": lib.downsample_with_averaging,
    }
    if work.mode not in functions or (work.mode == "avg" and work.levels is None):
        return None
    if work.mode == "max" and x.ndim == 3 and len(work.axes) == 2:
        return None
    call = partial(functions[work.mode], volume, factor, num_mips=work.levels or 1)
    if work.mode != "max":
        # It takes any of equally frequent labels, and rounds the means of each level.
        return call, lambda result: np.asarray(result[-1]).shape[: x.ndim]
    sizes = [size // 2 ** (work.levels or 1) for size in x.shape]
    return call, lambda result: np.asarray(result[-1]).reshape(sizes)


def scipy(lib: Any, work: Workload, x: Array, threads: int) -> tuple[Call, Any] | None:
    """`maximum_filter` for large windows and disks; `median_filter` of reflected planes."""
    if work.mode == "median" and work.options.get("padding_mode") == "reflect":
        return lambda: lib.median_filter(x, work.kernel, mode="mirror"), np.asarray
    if work.mode == "max" and "footprint" in work.options:
        disk = _disk(work.kernel)
        return lambda: lib.maximum_filter(x, footprint=disk), np.asarray
    if work.mode != "max" or work.step != 1 or work.kernel < 15 or x.ndim != 2 or work.options:
        return None
    half = work.kernel // 2
    inside = slice(half, -half), slice(half, -half)
    return lambda: lib.maximum_filter(x, work.kernel), lambda result: result[inside]


def numpy(lib: Any, work: Workload, x: Array, threads: int) -> tuple[Call, Any] | None:
    """`ndarray.mean` for global means."""
    if work.output_size != 1:
        return None
    return lambda: x.mean(axis=work.axes, keepdims=True), np.asarray


PEERS: dict[str, tuple[str, Peer]] = {
    "torch": ("torch", torch),
    "timm": ("timm.layers.blur_pool", timm),
    "onnxruntime": ("onnxruntime", onnxruntime),
    "OpenCV": ("cv2", opencv),
    "Pillow": ("PIL.Image", pillow),
    "scikit-image": ("skimage.measure", skimage),
    "tinybrain": ("tinybrain", tinybrain),
    "SciPy": ("scipy.ndimage", scipy),
    "NumPy": ("numpy", numpy),
}
"""The module to import and the function that prepares its call, by the name of the library."""


PEERS_WITH_LEVELS = {"tinybrain"}
"""The libraries that make pyramids."""


def installed_peers() -> Iterator[tuple[str, Any, Peer]]:
    """Yield name, module and function of each library that is installed."""
    for name, (module, peer) in PEERS.items():
        try:
            yield name, importlib.import_module(module), peer
        except ImportError:
            continue
