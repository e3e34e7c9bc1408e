"""A script that makes ``torch_bfloat16.npz``: results of PyTorch's pooling of bfloat16.

Needs NumPy and PyTorch (made with 2.13, on a CPU). From the repository's root::

    python -m tests.golden.make_with_torch_bfloat16

The arrays are stored as float32, which holds bfloat16 exactly. The seeds are fixed, so that the
same version of PyTorch makes the same file.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any

import torch

from tests.golden import Case, write
from tests.golden.make_with_torch import (
    ADAPTIVE_AVG,
    ADAPTIVE_MAX,
    AVG,
    MAX,
    per_axis,
    shape_for,
    source,
    values_for,
)


def bfloat16_values(kind: str, shape: tuple[int, ...], seed: int) -> torch.Tensor:
    """Return random bfloat16 numbers."""
    return torch.from_numpy(values_for(kind, shape, "float32", seed)).to(torch.bfloat16)


def max_case(nd: int, kind: str, seed: int) -> Case:
    """Return a case of `max` with indices."""
    random = Random(seed)
    x = bfloat16_values(kind, shape_for(random, nd), seed)
    kernel = [min(pair) for pair in zip(per_axis(random, nd, [1, 2, 3]), x.shape[2:], strict=True)]
    given: dict[str, Any] = {"stride": per_axis(random, nd, [1, 2, 3])}
    given |= {"padding": [random.randint(0, k // 2) for k in kernel]}
    out, at = MAX[nd](x, kernel, **given, return_indices=True)
    kwargs = {"mode": "max", "kernel_size": kernel, **given}
    return case(f"max{nd}d-{kind}-{seed}", x, kwargs, out, at, source(MAX[nd], **kwargs))


def avg_case(nd: int, kind: str, seed: int) -> Case:
    """Return a case of `avg`."""
    random = Random(seed)
    x = bfloat16_values(kind, shape_for(random, nd), seed)
    kernel = [min(pair) for pair in zip(per_axis(random, nd, [1, 2, 3]), x.shape[2:], strict=True)]
    given: dict[str, Any] = {"stride": per_axis(random, nd, [1, 2, 3])}
    given |= {"padding": [random.randint(0, k // 2) for k in kernel]}
    given |= {"count_include_pad": random.random() < 0.5}
    out = AVG[nd](x, kernel, **given)
    kwargs = {"mode": "avg", "kernel_size": kernel, **given}
    return case(f"avg{nd}d-{kind}-{seed}", x, kwargs, out, None, source(AVG[nd], **kwargs))


def adaptive_case(nd: int, mode: str, kind: str, seed: int) -> Case:
    """Return a case of adaptive pooling."""
    random = Random(seed)
    x = bfloat16_values(kind, shape_for(random, nd), seed)
    size = [random.choice([1, 2, 3]) for _ in range(nd)]
    if mode == "max":
        out, at = ADAPTIVE_MAX[nd](x, size, return_indices=True)
    else:
        out, at = ADAPTIVE_AVG[nd](x, size), None
    kwargs = {"mode": mode, "output_size": size}
    call = source((ADAPTIVE_MAX if mode == "max" else ADAPTIVE_AVG)[nd], **kwargs)
    name = f"adaptive-{mode}{nd}d-{kind}-{seed}"
    return case(name, x, kwargs, out, at, call)._replace(function="adaptive_pool")


def case(
    name: str,
    x: torch.Tensor,
    kwargs: dict[str, Any],
    out: torch.Tensor,
    at: torch.Tensor | None,
    call: dict[str, Any],
) -> Case:
    """Return a case with its arrays as float32."""
    assert out.dtype == torch.bfloat16
    indices = None if at is None else at.numpy()
    return Case(name, x.float().numpy(), kwargs, out.float().numpy(), indices, 0, source=call)


def cases() -> Iterator[Case]:
    """Yield all cases."""
    seeds = count(9000)
    for nd in (1, 2, 3):
        for kind in ("random", "ties", "nan", "infinite"):
            yield max_case(nd, kind, next(seeds))
            yield adaptive_case(nd, "max", kind, next(seeds))
        # In three dimensions PyTorch has no means of fixed windows, and adds adaptive ones in
        # bfloat16.
        for kind in ("dyadic", "random", "odd") if nd < 3 else ():
            yield avg_case(nd, kind, next(seeds))
            yield adaptive_case(nd, "avg", kind, next(seeds))


if __name__ == "__main__":
    write("torch_bfloat16", cases())
