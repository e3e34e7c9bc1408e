"""bfloat16 results equal those of PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

import poolcli
from tests.golden import Case, cases

BFLOAT16 = pytest.importorskip("ml_dtypes").bfloat16


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.name) for case in cases("torch_bfloat16")]
)
def test_values_and_indices_equal_those_of_pytorch(case: Case) -> None:
    x, function = case.x.astype(BFLOAT16), getattr(poolcli, case.function)
    if case.indices is None:
        values = function(x, **case.kwargs)
    else:
        values, indices = function(x, return_indices=True, **case.kwargs)
        np.testing.assert_array_equal(indices, case.indices)
    assert values.dtype == BFLOAT16
    np.testing.assert_array_equal(values.astype(np.float32), case.values)
