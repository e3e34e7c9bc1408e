"""Make `onnx_unpool.npz`: the results of ONNX's operator MaxUnpool.

    python -m pip install onnx
    PYTHONPATH=. python tests/golden/make_unpool_with_onnx.py

The cases are ONNX's own test cases, and random ones that its reference evaluator computes. ONNX's
indices are flat over the whole tensor, whose size follows from the window; `output_shape` adds
elements at the end of each axis. They are converted to indices over a plane of the result.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx.backend.test.loader import load_model_tests
from onnx.reference import ReferenceEvaluator

from tests.golden import Case, write

Array = NDArray[Any]
RANDOM_CASES = 12


def over_the_plane(at: Array, inferred: list[int], spatial: tuple[int, ...]) -> Array:
    """Return indices over the planes of a result, given indices over a whole tensor.

    Parameters
    ----------
    at : ndarray of int64
        Flat indices over a tensor of the shape `inferred`.
    inferred : list of int
        N C and the spatial sizes that follow from the window.
    spatial : tuple of int
        The spatial sizes of the result, none of them smaller.
    """
    _, _, *place = np.unravel_index(at, inferred)
    return np.asarray(np.ravel_multi_index(place, spatial))


def case_of(name: str, inputs: list[Array], result: Array, attributes: dict[str, Any]) -> Case:
    """Return a case, given the inputs and the attributes of a node."""
    values, at = inputs[:2]
    nd = values.ndim - 2
    kernel = attributes["kernel_shape"]
    strides = attributes.get("strides", [1] * nd)
    pads = attributes.get("pads", [0] * 2 * nd)
    sizes = [
        (size - 1) * strides[i] + kernel[i] - pads[i] - pads[nd + i]
        for i, size in enumerate(values.shape[2:])
    ]
    indices = over_the_plane(at, [*values.shape[:2], *sizes], result.shape[2:])
    kwargs = {"output_size": list(result.shape[2:])}
    return Case(name, values, kwargs, result, indices, 0, "unpool", {"call": "MaxUnpool"})


def own_cases() -> Iterator[Case]:
    """Yield ONNX's own test cases."""
    for test in load_model_tests(kind="node"):
        model = test.model or onnx.load(f"{test.model_dir}/model.onnx")
        node = model.graph.node[0]
        if node.op_type != "MaxUnpool":
            continue
        attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
        for inputs, outputs in test.data_sets:
            arrays = [np.asarray(each) for each in inputs]
            yield case_of(test.name, arrays, np.asarray(outputs[0]), attributes)


def random_case(seed: int) -> Case | None:
    """Return a case of windows that tile a tensor, or leave gaps between them.

    None is returned where MaxPool of the evaluator gives indices of other values.
    """
    random, rng = Random(seed), np.random.default_rng(seed)
    nd = random.choice([1, 2, 3])
    kernel = [random.choice([1, 2, 3]) for _ in range(nd)]
    strides = [size + random.choice([0, 0, 1]) for size in kernel]
    counts = [random.randint(1, 4) for _ in range(nd)]
    sizes = [
        (count - 1) * stride + size
        for count, stride, size in zip(counts, strides, kernel, strict=True)
    ]
    x = rng.normal(size=(2, 3, *sizes)).astype(np.float32)
    info = onnx.helper.make_tensor_value_info
    float32, int64 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
    window = {"kernel_shape": kernel, "strides": strides}
    nodes = [
        onnx.helper.make_node("MaxPool", ["x"], ["values", "at"], **window),
        onnx.helper.make_node("MaxUnpool", ["values", "at"], ["y"], **window),
    ]
    outputs = [info("values", float32, None), info("at", int64, None), info("y", float32, None)]
    graph = onnx.helper.make_graph(nodes, "unpooling", [info("x", float32, x.shape)], outputs)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 12)])
    values, at, result = ReferenceEvaluator(model).run(None, {"x": x})
    if not np.array_equal(x.ravel()[at], values):
        return None
    return case_of(f"maxunpool-{nd}d-{seed}", [values, at], result, window)


if __name__ == "__main__":
    write("onnx_unpool", [*own_cases(), *filter(None, map(random_case, range(RANDOM_CASES)))])
