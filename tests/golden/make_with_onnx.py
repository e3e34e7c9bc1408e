"""Make ``onnx.npz`` from the test cases that ONNX gives to its backends.

Needs NumPy and ONNX (made with 1.23). From the repository's root::

    python -m tests.golden.make_with_onnx

Of the large cases only a part is kept: one channel and, in three dimensions, the last few windows
of each axis (the last, since that is where ``ceil_mode`` shows).
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
LARGE = 2000
WINDOWS_KEPT = 3

# MaxPool's second output under storage_order=1 counts column by column. poolcli counts in the order
# of the array's axes only, so that output is left out; the case keeps its values.
COLUMN_MAJOR = "indices in column-major order (storage_order=1), which poolcli does not have"


def keywords(attributes: dict[str, Any], mode: str, nd: int) -> dict[str, Any]:
    """Say ONNX's attributes in poolcli's words."""
    pads = attributes.get("pads", [0] * (2 * nd))
    kwargs = {
        "mode": mode,
        "kernel_size": attributes["kernel_shape"],
        "stride": attributes.get("strides", [1] * nd),  # ONNX's default, not the kernel
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


def plain(value: Any) -> Any:
    """Say an attribute's value in JSON's types."""
    if isinstance(value, bytes):
        return value.decode()
    return value if isinstance(value, int) else [int(item) for item in value]


def shorten(x: Array, values: Array, kwargs: dict[str, Any]) -> tuple[Array, Array]:
    """Cut a large case down without changing what its windows see."""
    x, values = x[:1, :1], values[:1, :1]
    nd = x.ndim - 2
    if nd == 3 and not np.any(kwargs["padding"]):  # else the first window starts elsewhere
        for axis, stride in enumerate(kwargs["stride"], 2):
            dropped = values.shape[axis] - WINDOWS_KEPT
            x = np.take(x, range(dropped * stride, x.shape[axis]), axis)
            values = np.take(values, range(dropped, values.shape[axis]), axis)
    return x, values


def onnx_cases(left_out: dict[str, str]) -> Iterator[Case]:
    """Give the cases of ``onnx.npz``, noting in `left_out` what is not among them."""
    for test in load_model_tests(kind="node"):
        node = test.model.graph.node[0]
        if node.op_type not in OPERATORS:
            continue
        mode = OPERATORS[node.op_type]
        attributes = {
            item.name: plain(onnx.helper.get_attribute_value(item)) for item in node.attribute
        }
        ((inputs, outputs),) = test.data_sets
        x, values = inputs[0], outputs[0]
        indices = outputs[1] if len(outputs) > 1 else None
        nd = x.ndim - 2
        if node.op_type.startswith("Global"):
            function, kwargs = "global_pool", {"mode": mode, "axes": list(range(2, x.ndim))}
        else:
            function, kwargs = "pool", keywords(attributes, mode, nd)
            if x.size > LARGE:
                assert indices is None, test.name
                x, values = shorten(x, values, kwargs)
        if attributes.get("storage_order"):
            left_out[f"{test.name}: indices"] = COLUMN_MAJOR
            indices = None
        if indices is not None:  # ONNX counts through the whole tensor, poolcli in each plane
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
    notes: dict[str, str] = {}
    found = list(onnx_cases(notes))
    write("onnx", found, notes)
