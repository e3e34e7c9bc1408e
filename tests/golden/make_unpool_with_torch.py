"""Make `torch_unpool.npz`: the results of PyTorch's MaxUnpool1d, MaxUnpool2d and MaxUnpool3d.

python -m pip install torch
PYTHONPATH=. python tests/golden/make_unpool_with_torch.py
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import numpy as np
import torch

from tests.golden import Case, write

POOL = {
    1: torch.nn.functional.max_pool1d,
    2: torch.nn.functional.max_pool2d,
    3: torch.nn.functional.max_pool3d,
}
UNPOOL = {
    1: torch.nn.functional.max_unpool1d,
    2: torch.nn.functional.max_unpool2d,
    3: torch.nn.functional.max_unpool3d,
}
CASES_PER_RANK = 12


def unpool_case(nd: int, seed: int) -> Case | None:
    """Return a case, or None if PyTorch refuses the window or its size."""
    random = Random(seed)
    rng = np.random.default_rng(seed)
    shape = [2, 3, *(random.randint(4, 9) for _ in range(nd))]
    dtype = random.choice(["float32", "float64"])
    x = torch.from_numpy(rng.normal(size=shape).astype(dtype))
    kernel = [random.choice([1, 2, 3]) for _ in range(nd)]
    given = {
        "stride": [random.choice([1, 2, 3]) for _ in range(nd)],
        "padding": [random.randint(0, size // 2) for size in kernel],
    }
    try:
        values, at = POOL[nd](x, kernel, **given, return_indices=True)
        result = UNPOOL[nd](values, at, kernel, **given, output_size=shape[2:])
    except (RuntimeError, ValueError):
        return None
    return Case(
        f"unpool{nd}d-{dtype}-{seed}",
        values.numpy(),
        {"output_size": shape[2:]},
        result.numpy(),
        at.numpy(),
        0,
        "unpool",
        {"call": f"torch.nn.functional.max_unpool{nd}d", "kernel_size": kernel, **given},
    )


def unpool_cases() -> Iterator[Case]:
    """Yield the cases of ``torch_unpool.npz``."""
    for nd in (1, 2, 3):
        found = 0
        seed = 1000 * nd
        while found < CASES_PER_RANK:
            case = unpool_case(nd, seed)
            seed += 1
            if case is not None:
                found += 1
                yield case


if __name__ == "__main__":
    write("torch_unpool", unpool_cases())
