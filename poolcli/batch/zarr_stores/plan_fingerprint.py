"""The fingerprint of a plan: a later run uses the complete boxes only if it is equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolcli import __version__
from poolcli.request import Request

if TYPE_CHECKING:
    from poolcli.batch.zarr_stores.store_output import StoreOutput
    from poolcli.batch.zarr_stores.store_plan import StorePlan

VALUE_OPTIONS = (
    "mode", "count_include_pad", "divisor", "norm", "q", "method", "ignore", "min_valid", "levels",
    "layout", "axes", "dtype", "in_place",
)  # fmt: skip
"""The attributes of a request on which values depend."""


def plan_fingerprint(plan: StorePlan, output: StoreOutput) -> dict[str, Any]:
    """Return all that the bytes of the chunks and the statistics depend on, as JSON.

    Parameters
    ----------
    plan : StorePlan
        The arrays and the boxes.
    output : StoreOutput
        The store, which knows the input and the request.
    """
    request: Request = output.request
    return {
        "poolcli": __version__,
        "input": output.opened.state(),
        "window": repr(request.window),
        "options": {name: repr(getattr(request, name)) for name in VALUE_OPTIONS},
        "arrays": [repr(spec) for spec in (*plan.arrays, *plan.temporary_arrays)],
        "boxes": [repr(step.grid) for step in plan.steps],
        "measures": plan.measures,
    }
