"""What poolcli is timed against: the same pooling by whichever libraries are installed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from workloads import Array, Workload

Call = Callable[[], Any]
Peer = Callable[[Any, Workload, Array, int], tuple[Call, Callable[[Any], Array]] | None]
"""Given the library, what calls it, and what turns its result into an array to compare; None
where it has no such pooling."""


def _same(result: Any) -> Array:
    return np.asarray(result)


def torch(lib: Any, work: Workload, x: Array, threads: int) -> tuple[Call, Any] | None:
    """`torch.nn.functional`: N C H W, contiguous."""
    lib.set_num_threads(threads)
    if work.mode not in ("max", "avg") or "ignore" in work.more or x.dtype == np.uint16:
        return None
    if work.mode == "avg" and x.dtype == np.uint8:
        return None
    functional = lib.nn.functional
    rank = len(work.axes)
    moved = x if x.ndim == 4 else np.ascontiguousarray(_channels_first(x, rank))
    tensor = lib.from_numpy(moved)
    if work.output_size is not None:
        size = work.output_size
        return lambda: functional.adaptive_avg_pool2d(tensor, size), _same
    name = f"{work.mode}_pool{rank}d"
    given: dict[str, Any] = {"stride": work.step, "padding": work.padding}
    if work.more.get("return_indices"):
        return (
            lambda: getattr(functional, name)(tensor, work.kernel, return_indices=True, **given)
        ), lambda result: result[0].numpy()
    call = getattr(functional, name)
    if x.ndim == 4:
        return lambda: call(tensor, work.kernel, **given), _same
    return lambda: call(tensor, work.kernel, **given), lambda out: _back(out.numpy(), x.ndim, rank)


def _channels_first(x: Array, rank: int) -> Array:
    return x[None, None] if x.ndim == rank else np.moveaxis(x, -1, 0)[None]


def _back(out: Array, ndim: int, rank: int) -> Array:
    return out[0, 0] if ndim == rank else np.moveaxis(out[0], 0, -1)


def onnxruntime(lib: Any, work: Workload, x: Array, threads: int) -> tuple[Call, Any] | None:
    """The MaxPool and AveragePool operators of onnxruntime's CPU provider."""
    try:
        onnx = importlib.import_module("onnx")
    except ImportError:
        return None
    pooled = work.output_size is None and work.mode in ("max", "avg") and not work.more
    if not pooled or x.dtype not in (np.float32, np.uint8) or (work.mode, x.dtype) == ("avg", "u1"):
        return None
    rank = len(work.axes)
    moved = np.ascontiguousarray(x if x.ndim == 4 else _channels_first(x, rank))
    kind = onnx.helper.np_dtype_to_tensor_dtype(x.dtype)
    attributes = {
        "kernel_shape": [work.kernel] * rank,
        "strides": [work.step] * rank,
        "pads": [work.padding] * 2 * rank,
    }
    operator = "MaxPool" if work.mode == "max" else "AveragePool"
    if work.mode == "avg":
        attributes["count_include_pad"] = 1
    node = onnx.helper.make_node(operator, ["x"], ["y"], **attributes)
    info = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [node], "g", [info("x", kind, moved.shape)], [info("y", kind, None)]
    )
    opset = [onnx.helper.make_opsetid("", 12)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
    options = lib.SessionOptions()
    options.intra_op_num_threads = threads
    session = lib.InferenceSession(model.SerializeToString(), options)
    back = (lambda r: r[0]) if x.ndim == 4 else (lambda r: _back(r[0], x.ndim, rank))
    return lambda: session.run(None, {"x": moved}), back


def cv2(lib: Any, work: Workload, x: Array, threads: int) -> tuple[Call, Any] | None:
    """OpenCV: dilate, then every n-th pixel; INTER_AREA or blur; medianBlur."""
    lib.setNumThreads(threads)
    plain = not set(work.more) - {"dtype"} and x.ndim <= 3 and len(work.axes) == 2
    if not plain or work.padding or work.output_size or x.flags.c_contiguous is False:
        return None
    kernel, step = work.kernel, work.step
    rows, columns = x.shape[:2]
    outs = (rows - kernel) // step + 1, (columns - kernel) // step + 1
    if work.mode == "max":
        # Anchored at the first element, dilate's windows are pooling's, from (0, 0) on.
        element = np.ones((kernel, kernel), np.uint8)
        cut = tuple(slice(0, out * step, step) for out in outs)

        def dilate() -> Array:
            return np.ascontiguousarray(lib.dilate(x, element, anchor=(0, 0))[cut])

        return dilate, _same
    if work.mode == "avg" and step == kernel:
        whole = x[: outs[0] * kernel, : outs[1] * kernel]
        return (lambda: lib.resize(whole, outs[::-1], interpolation=lib.INTER_AREA)), _same
    half = kernel // 2
    inside = slice(half, half + outs[0]), slice(half, half + outs[1])
    if work.mode == "avg" and step == 1:
        return lambda: lib.blur(x, (kernel, kernel)), lambda out: out[inside]
    if work.mode == "median" and x.ndim == 2:
        cut = tuple(slice(half, half + out * step, step) for out in outs)
        return lambda: np.ascontiguousarray(lib.medianBlur(x, kernel)[cut]), _same
    return None


def pillow(lib: Any, work: Workload, x: Array, threads: int) -> tuple[Call, Any] | None:
    """`Image.reduce`."""
    if work.mode != "avg" or work.step != work.kernel or x.ndim > 3 or work.padding:
        return None
    if set(work.more) - {"dtype"} or work.output_size is not None:
        return None
    image = lib.fromarray(x)
    outs = [size // work.kernel for size in x.shape[:2]]
    return (lambda: image.reduce(work.kernel)), lambda out: np.asarray(out)[: outs[0], : outs[1]]


def skimage(lib: Any, work: Workload, x: Array, threads: int) -> tuple[Call, Any] | None:
    """`block_reduce`; the rank filter for medians of stride 1."""
    if set(work.more) - {"dtype"} or work.padding or work.output_size or x.ndim > 3:
        return None
    if work.mode == "median" and work.step == 1:
        filters = importlib.import_module("skimage.filters.rank")
        element = np.ones((work.kernel, work.kernel), np.uint8)
        half = work.kernel // 2
        cut = slice(half, -half), slice(half, -half)
        return lambda: filters.median(x, element), lambda out: out[cut]
    if work.step != work.kernel or work.mode not in ("max", "median") or x.dtype.kind == "f":
        return None
    if any(size % work.kernel for size in x.shape[:2]) and work.mode == "median":
        x = x[tuple(slice(0, size // work.kernel * work.kernel) for size in x.shape[:2])]
    block = tuple(work.kernel if axis in work.axes else 1 for axis in range(x.ndim))
    function = {"max": np.max, "median": np.median}[work.mode]
    return lambda: lib.block_reduce(x, block, function), _same


def tinybrain(lib: Any, work: Workload, x: Array, threads: int) -> tuple[Call, Any] | None:
    """The compiled countless and stack downsampling of segmentation tools."""
    if work.mode not in ("max", "mode") or (work.kernel, work.step) != (2, 2) or work.more:
        return None
    if work.padding or x.ndim > 3 or x.dtype.kind == "f" or not x.flags.c_contiguous:
        return None
    if work.mode == "max" and x.ndim == 3 and len(work.axes) == 2:
        return None
    factor = (2,) * len(work.axes) if len(work.axes) == 3 else (2, 2, 1)
    volume = np.asfortranarray(x if x.ndim == 3 else x[:, :, None])
    if work.mode == "mode":
        call = lib.downsample_segmentation
        # It takes any of equally frequent labels, so only the shape can be compared.
        return lambda: call(volume, factor), lambda out: np.asarray(out[0])[..., 0].shape
    call = lib.downsample_with_max_pooling
    return lambda: call(volume, factor), lambda out: np.asarray(out[0]).reshape(
        [size // 2 for size in x.shape]
    )


def scipy(lib: Any, work: Workload, x: Array, threads: int) -> tuple[Call, Any] | None:
    """`scipy.ndimage.maximum_filter`, for large windows."""
    if work.mode != "max" or work.step != 1 or work.kernel < 15 or x.ndim != 2 or work.more:
        return None
    half = work.kernel // 2
    cut = slice(half, -half), slice(half, -half)
    return lambda: lib.maximum_filter(x, work.kernel), lambda out: out[cut]


def numpy(lib: Any, work: Workload, x: Array, threads: int) -> tuple[Call, Any] | None:
    """The one-liner: a mean over axes."""
    if work.output_size != 1:
        return None
    return lambda: x.mean(axis=work.axes, keepdims=True), _same


PEERS: dict[str, tuple[str, Peer]] = {
    "torch": ("torch", torch),
    "onnxruntime": ("onnxruntime", onnxruntime),
    "OpenCV": ("cv2", cv2),
    "Pillow": ("PIL.Image", pillow),
    "scikit-image": ("skimage.measure", skimage),
    "tinybrain": ("tinybrain", tinybrain),
    "SciPy": ("scipy.ndimage", scipy),
    "NumPy": ("numpy", numpy),
}


def installed() -> Iterator[tuple[str, Any, Peer]]:
    """The peers that there are here."""
    for name, (module, peer) in PEERS.items():
        try:
            yield name, importlib.import_module(module), peer
        except ImportError:
            continue
