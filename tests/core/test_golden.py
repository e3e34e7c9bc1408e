"""The numbers of PyTorch and of ONNX's own operator cases."""

from __future__ import annotations

import numpy as np
import pytest

import poolcli
from tests.golden import FAMILIES, Case, cases

EVERY = [
    pytest.param(case, id=f"{family}-{case.name}") for family in FAMILIES for case in cases(family)
]


@pytest.mark.parametrize("case", EVERY)
def test_values_and_indices_are_theirs(case: Case) -> None:
    function = getattr(poolcli, case.function)
    if case.indices is None:
        values = function(case.x, **case.kwargs)
    else:
        values, indices = function(case.x, return_indices=True, **case.kwargs)
        np.testing.assert_array_equal(indices, case.indices)
    np.testing.assert_allclose(values, case.values, rtol=case.tolerance, atol=case.tolerance)
