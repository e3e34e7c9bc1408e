"""A script that makes ``torch_padding_modes.npz``: results of PyTorch's `pad` and its pooling.

Needs NumPy and PyTorch (made with 2.13, on a CPU). From the repository's root::

    python -m tests.golden.make_with_torch_padding_modes

The seeds are fixed, so that the same version of PyTorch makes the same file.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any

import torch
from torch.nn import functional

from tests.golden import Case, write
from tests.golden.make_with_torch import AVG, MAX, per_axis, shape_for, source, values_for

PADDING_MODES = ("reflect", "replicate", "circular", "constant")


def padding_case(mode: str, padding_mode: str, nd: int, kind: str, dtype: str, seed: int) -> Case:
    """Return a case of `max` or `avg` on an array that PyTorch pads unequally."""
    random = Random(seed)
    x = values_for(kind, shape_for(random, nd), dtype, seed)
    kernel, stride = per_axis(random, nd, [1, 2, 3, 4]), per_axis(random, nd, [1, 2, 3])
    dilation = per_axis(random, nd, [1, 2]) if mode == "max" else [1] * nd
    pairs = []
    for k, d, n in zip(kernel, dilation, x.shape[2:], strict=True):
        most = min(d * (k - 1), n - 1 if padding_mode == "reflect" else n)
        pairs.append([random.randint(0, most), random.randint(0, most)])
    for at, (k, d, n) in enumerate(zip(kernel, dilation, x.shape[2:], strict=True)):
        if n + sum(pairs[at]) < d * (k - 1) + 1:  # the window would not fit
            kernel[at], pairs[at] = 1, [0, 0]
    flat = [p for pair in reversed(pairs) for p in pair]
    given: dict[str, Any] = {"pad": flat, "mode": padding_mode}
    if padding_mode == "constant":
        given["value"] = random.choice([0.0, -2.5, 6.0])
    padded = functional.pad(torch.from_numpy(x), **given)
    if mode == "max":
        call, out = MAX[nd], MAX[nd](padded, kernel, stride, dilation=dilation)
    else:
        call, out = AVG[nd], AVG[nd](padded, kernel, stride)
    name = padding_mode if padding_mode != "constant" else f"constant:{given['value']}"
    kwargs: dict[str, Any] = {"mode": mode, "kernel_size": kernel, "stride": stride}
    kwargs |= {"padding": pairs, "dilation": dilation, "padding_mode": name}
    return Case(
        f"{mode}{nd}d-{name}-{kind}-{dtype}-{seed}",
        x,
        kwargs,
        out.numpy(),
        None,
        0,
        source=source(call, kernel_size=kernel, stride=stride, dilation=dilation, **given),
    )


def cases() -> Iterator[Case]:
    """Yield all cases."""
    seeds = count(7000)
    for padding_mode in PADDING_MODES:
        for nd in (1, 2, 3):
            for dtype in ("float32", "float64"):
                yield padding_case("max", padding_mode, nd, "random", dtype, next(seeds))
                yield padding_case("max", padding_mode, nd, "nan", dtype, next(seeds))
                yield padding_case("avg", padding_mode, nd, "dyadic", dtype, next(seeds))


if __name__ == "__main__":
    write("torch_padding_modes", cases())
