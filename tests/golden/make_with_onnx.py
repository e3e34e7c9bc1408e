"""A script that makes ``onnx.npz`` from ONNX's own test cases for backends.

Needs NumPy and ONNX (made with 1.23). From the repository's root::

    python -m tests.golden.make_with_onnx

Large cases are shortened: to one channel and, in three dimensions, to the last windows of each
axis, where ``ceil_mode`` makes a difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx.backend.test.loader import load_model_tests

from tests.golden import Case, write

Array = NDArray[Any]
OPERATORS = {
    "MaxPool": "max",
    "AveragePool": "avg",
    "GlobalMaxPool": "max",
    "GlobalAveragePool": "avg",
}
MAX_ELEMENTS = 2000
MAX_WINDOWS_PER_AXIS = 3

# With storage_order=1 the second output of MaxPool has indices in column-major order. poolcli has
# no such option, so that these indices are excluded; the values of the case stay.
COLUMN_MAJOR = "indices in column-major order (storage_order=1), which poolcli does not have"


def keywords(attributes: dict[str, Any], mode: str, nd: int) -> dict[str, Any]:
    """Return ONNX's attributes as arguments of `poolcli.pool`."""
    pads = attributes.get("pads", [0] * (2 * nd))
    kwargs = {
        "mode": mode,
        "kernel_size": attributes["kernel_shape"],
        "stride": attributes.get("strides", [1] * nd),  # ONNX's default is 1, not the kernel size
        "padding": {
            "NOTSET": [[pads[i], pads[nd + i]] for i in range(nd)],
            "VALID": "valid",
            "SAME_UPPER": "same",
            "SAME_LOWER": "same-lower",
        }[attributes.get("auto_pad", "NOTSET")],
        "dilation": attributes.get("dilations", [1] * nd),
        "ceil_mode": bool(attributes.get("ceil_mode", 0)),
    }
    if mode == "avg":
        kwargs["count_include_pad"] = bool(attributes.get("count_include_pad", 0))
    return kwargs


def as_json_value(value: Any) -> Any:
    """Return the value of an attribute in types of JSON."""
    if isinstance(value, bytes):
        return value.decode()
    return value if isinstance(value, int) else [int(item) for item in value]


def shorten(x: Array, values: Array, kwargs: dict[str, Any]) -> tuple[Array, Array]:
    """Shorten a large case; the windows that are kept have the same elements as before."""
    x, values = x[:1, :1], values[:1, :1]
    nd = x.ndim - 2
    if nd == 3 and not np.any(
        kwargs["padding"]
    ):  # with padding, the first window would start elsewhere
        for axis, stride in enumerate(kwargs["stride"], 2):
            dropped = values.shape[axis] - MAX_WINDOWS_PER_AXIS
            x = np.take(x, range(dropped * stride, x.shape[axis]), axis)
            values = np.take(values, range(dropped, values.shape[axis]), axis)
    return x, values


def onnx_cases(exclusions: dict[str, str]) -> Iterator[Case]:
    """Yield the cases of ``onnx.npz``, and add excluded ones to `exclusions`."""
    for test in load_model_tests(kind="node"):
        node = test.model.graph.node[0]
        if node.op_type not in OPERATORS:
            continue
        mode = OPERATORS[node.op_type]
        attributes = {
            item.name: as_json_value(onnx.helper.get_attribute_value(item))
            for item in node.attribute
        }
        ((inputs, outputs),) = test.data_sets
        x, values = inputs[0], outputs[0]
        indices = outputs[1] if len(outputs) > 1 else None
        nd = x.ndim - 2
        if node.op_type.startswith("Global"):
            function, kwargs = "global_pool", {"mode": mode, "axes": list(range(2, x.ndim))}
        else:
            function, kwargs = "pool", keywords(attributes, mode, nd)
            if x.size > MAX_ELEMENTS:
                assert indices is None, test.name
                x, values = shorten(x, values, kwargs)
        if attributes.get("storage_order"):
            exclusions[f"{test.name}: indices"] = COLUMN_MAJOR
            indices = None
        if indices is not None:  # ONNX counts over the tensor, poolcli over the pooled axes
            indices = indices % np.prod(x.shape[2:])
        yield Case(
            test.name,
            x,
            kwargs,
            values,
            indices,
            test.rtol if mode == "avg" else 0,
            function,
            {"operator": node.op_type, **attributes},
        )


if __name__ == "__main__":
    exclusions: dict[str, str] = {}
    found = list(onnx_cases(exclusions))
    write("onnx", found, exclusions)
