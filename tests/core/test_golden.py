"""Results equal those of PyTorch, ONNX's operator test cases, SciPy, timm, kornia and GDAL."""

from __future__ import annotations

import numpy as np
import pytest

import poolcli
from tests.golden import FAMILIES, Case, cases, named


@pytest.mark.parametrize("family", FAMILIES)
def test_values_and_indices_equal_those_of_other_libraries(family: str) -> None:
    for case in cases(family):
        with named(case):
            assert_agrees(case)


def assert_agrees(case: Case) -> None:
    function = getattr(poolcli, case.function)
    if case.indices is None:
        values = function(case.x, **case.kwargs)
    else:
        values, indices = function(case.x, return_indices=True, **case.kwargs)
        np.testing.assert_array_equal(indices, case.indices)
    np.testing.assert_allclose(values, case.values, rtol=case.tolerance, atol=case.tolerance)
