"""A script that makes the files ``torch_*.npz``: results of PyTorch's pooling functions.

Needs NumPy and PyTorch (made with 2.13, on a CPU). From the repository's root::

    python -m tests.golden.make_with_torch

The seeds are fixed, so that the same version of PyTorch makes the same files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from random import Random
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from tests.golden import Case, write

Array = NDArray[Any]
Torch = Callable[..., Any]

MAX: dict[int, Torch] = {
    1: functional.max_pool1d,
    2: functional.max_pool2d,
    3: functional.max_pool3d,
}
AVG: dict[int, Torch] = {
    1: functional.avg_pool1d,
    2: functional.avg_pool2d,
    3: functional.avg_pool3d,
}
ADAPTIVE_MAX: dict[int, Torch] = {
    1: functional.adaptive_max_pool1d,
    2: functional.adaptive_max_pool2d,
    3: functional.adaptive_max_pool3d,
}
ADAPTIVE_AVG: dict[int, Torch] = {
    1: functional.adaptive_avg_pool1d,
    2: functional.adaptive_avg_pool2d,
    3: functional.adaptive_avg_pool3d,
}
LP: dict[int, Torch] = {
    1: functional.lp_pool1d,
    2: functional.lp_pool2d,
    3: functional.lp_pool3d,
}
MAX_SIZE = {1: 12, 2: 8, 3: 5}


# ---- inputs ----------------------------------------------------------------------------------


def shape_for(random: Random, nd: int) -> tuple[int, ...]:
    """Return a random shape: N, C and `nd` short pooled axes."""
    lengths = [random.randint(2, MAX_SIZE[nd]) for _ in range(nd)]
    return (random.randint(1, 2), random.randint(1, 3 if nd < 3 else 2), *lengths)


def values_for(kind: str, shape: tuple[int, ...], dtype: str, seed: int) -> Array:
    """Return random values of one `kind`."""
    rng = np.random.default_rng(seed)
    if np.dtype(dtype).kind in "iu":
        return rng.integers(0, 9 if kind == "ties" else 100, shape).astype(dtype)
    x = rng.standard_normal(shape).astype(dtype)
    if kind == "ties":
        x = rng.integers(-2, 3, shape).astype(dtype)
    elif (
        kind == "dyadic"
    ):  # multiples of 1/8 below 8: sums of a few hundred are exact, even in float16
        x = (rng.integers(-64, 65, shape) / 8).astype(dtype)
    elif kind == "zeros":
        x = rng.choice([-0.0, 0.0], shape).astype(dtype)
    elif kind == "nan":
        x[rng.random(shape) < 0.15] = np.nan
    elif kind == "infinite":
        x = rng.choice([-np.inf, -np.inf, 1.5, np.inf], shape, p=[0.4, 0.3, 0.2, 0.1]).astype(dtype)
    elif kind == "lowest":
        x = np.full(shape, -np.inf, dtype)
    elif kind == "odd":  # a few NaN and infinities
        at = rng.random(shape)
        x[at < 0.1], x[at > 0.93], x[at > 0.97] = np.nan, np.inf, -np.inf
    return x


def per_axis(random: Random, nd: int, choices: list[int]) -> list[int]:
    """Return one random number per pooled axis."""
    return [random.choice(choices) for _ in range(nd)]


def maybe_one_int(random: Random, sizes: list[int]) -> int | list[int]:
    """Return equal sizes as one int in half of the calls."""
    return sizes[0] if len(set(sizes)) == 1 and random.random() < 0.5 else sizes


def with_axes(nd: int, kwargs: dict[str, Any], size: str) -> dict[str, Any]:
    """Add the argument `axes` if poolcli's default is not the last `nd` axes."""
    if not isinstance(kwargs[size], list) and nd != 2:
        kwargs["axes"] = list(range(-nd, 0))
    return kwargs


def channels_last(case: Case, nd: int) -> Case:
    """Return the same case with the channels last (N H W C)."""
    order = [0, *range(2, nd + 2), 1]
    return case._replace(
        name=case.name + "-channels-last",
        x=case.x.transpose(order),
        values=case.values.transpose(order),
        indices=None if case.indices is None else case.indices.transpose(order),
        kwargs={**case.kwargs, "axes": list(range(1, nd + 1))},
    )


def source(call: Torch, **kwargs: Any) -> dict[str, Any]:
    """Return the description of a call to PyTorch."""
    return {"call": f"torch.nn.functional.{call.__name__}", **kwargs}


# ---- families --------------------------------------------------------------------------------


def max_case(nd: int, kind: str, dtype: str, seed: int, mode: str = "max") -> Case | None:
    """Return a case of `max` or `min` with indices, or None if PyTorch refuses the window."""
    random = Random(seed)
    x = values_for(kind, shape_for(random, nd), dtype, seed)
    kernel, dilation = per_axis(random, nd, [1, 2, 2, 3, 3, 4]), per_axis(random, nd, [1, 1, 2, 3])
    stride = kernel if random.random() < 0.3 else per_axis(random, nd, [1, 2, 3])
    padding = [
        random.randint(0, (d * (k - 1) + 1) // 2) for k, d in zip(kernel, dilation, strict=True)
    ]
    ceil_mode = random.random() < 0.5
    given = {"stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    tensor = torch.from_numpy(x if mode == "max" else -x)
    try:
        out, at = MAX[nd](tensor, kernel, **given, return_indices=True)
    except RuntimeError:
        return None
    # For windows that lie in the padding alone, poolcli's index is -1, PyTorch's is arbitrary.
    # Pooling zeros shows which windows these are: only they give the lowest value.
    is_padding = MAX[nd](torch.zeros(x.shape), kernel, **given) == -torch.inf
    indices = torch.where(is_padding, -1, at).numpy()
    kwargs = {"mode": mode, "kernel_size": maybe_one_int(random, kernel)}
    kwargs |= {key: value for key, value in given.items() if key != "stride" or value != kernel}
    return Case(
        f"{mode}{nd}d-{kind}-{dtype}-{seed}",
        x,
        with_axes(nd, kwargs, "kernel_size"),
        out.numpy() if mode == "max" else -out.numpy(),
        indices,
        0,
        source=source(MAX[nd], kernel_size=kernel, **given, negated=mode == "min"),
    )


def max_cases() -> Iterator[Case]:
    """Yield the cases of ``torch_max.npz``."""
    kinds = ["random", "ties", "nan", "infinite", "zeros"]
    seeds = count(100)
    for nd in (1, 2, 3):
        for kind in kinds:
            for dtype in ("float32", "float64"):
                yield first(seeds, partial(max_case, nd, kind, dtype))
        yield first(seeds, partial(max_case, nd, "lowest", "float32"))
        yield first(seeds, partial(max_case, nd, "ties", "int64"))
        yield first(seeds, partial(max_case, nd, "random", "uint8"))
        yield first(seeds, partial(max_case, nd, "ties", "float16"))
        for kind in ("ties", "nan"):
            yield first(seeds, partial(max_case, nd, kind, "float32", mode="min"))
        case = first(seeds, partial(max_case, nd, "nan", "float32"))
        yield channels_last(case, nd)
    yield from padding_only_cases()
    yield from asymmetric_padding_cases("max")


def padding_only_cases() -> Iterator[Case]:
    """Yield cases of windows that lie in the padding alone, on both sides of the data."""
    for nd in (1, 2, 3):
        x = np.arange(2.0**nd, dtype=np.float32).reshape(1, 1, *[2] * nd)
        kernel, given = [2] * nd, {"stride": 1, "padding": 1, "dilation": 3}
        out = MAX[nd](torch.from_numpy(x), kernel, **given)
        yield Case(
            f"max{nd}d-hollow",
            x,
            {"mode": "max", "kernel_size": kernel, **given},
            out.numpy(),
            np.full(out.shape, -1, np.int64),
            0,
            source=source(MAX[nd], kernel_size=kernel, **given),
        )


def asymmetric_padding_cases(mode: str) -> Iterator[Case]:
    """Yield cases of unequal padding before and after, for which PyTorch needs `pad`."""
    for seed, nd in enumerate((1, 2, 2, 3), 900):
        random = Random(seed)
        x = values_for("dyadic", shape_for(random, nd), "float32", seed)
        kernel, stride = per_axis(random, nd, [2, 3]), per_axis(random, nd, [1, 2])
        pairs = [[random.randint(0, k - 1), random.randint(0, k - 1)] for k in kernel]
        flat = [p for pair in reversed(pairs) for p in pair]
        padded = functional.pad(torch.from_numpy(x), flat, value=-torch.inf if mode == "max" else 0)
        call = (MAX if mode == "max" else AVG)[nd]
        kwargs = {"mode": mode, "kernel_size": kernel, "stride": stride, "padding": pairs}
        yield Case(
            f"{mode}{nd}d-lopsided-{seed}",
            x,
            kwargs,
            call(padded, kernel, stride).numpy(),
            None,
            0,
            source=source(call, kernel_size=kernel, stride=stride, pad=flat),
        )


def avg_case(nd: int, kind: str, dtype: str, seed: int, divisor: int | None = None) -> Case | None:
    """Return a case of `avg`, for a divisor of 1 of `sum`; None if PyTorch refuses the window."""
    random = Random(seed)
    x = values_for(kind, shape_for(random, nd), dtype, seed)
    kernel = per_axis(random, nd, [1, 2, 2, 3, 3, 4])
    stride = kernel if random.random() < 0.3 else per_axis(random, nd, [1, 2, 3])
    given: dict[str, Any] = {
        "stride": stride,
        "padding": [random.randint(0, k // 2) for k in kernel],
        "ceil_mode": random.random() < 0.5,
        "count_include_pad": random.random() < 0.5,
    }
    if divisor is not None:
        given["divisor_override"] = divisor
    try:
        out = AVG[nd](torch.from_numpy(x), kernel, **given).numpy()
    except RuntimeError:
        return None
    kwargs = {"mode": "avg", "kernel_size": maybe_one_int(random, kernel)}
    kwargs |= {key: value for key, value in given.items() if key != "stride" or value != kernel}
    if divisor == 1:
        kwargs["mode"] = "sum"
        del kwargs["divisor_override"], kwargs["count_include_pad"]
    elif kwargs["count_include_pad"] and random.random() < 0.5:
        del kwargs["count_include_pad"]  # the default
    return Case(
        f"{kwargs['mode']}{nd}d-{kind}-{dtype}-{seed}",
        x,
        with_axes(nd, kwargs, "kernel_size"),
        out,
        None,
        tolerance(kind, dtype),
        source=source(AVG[nd], kernel_size=kernel, **given),
    )


def avg_cases() -> Iterator[Case]:
    """Yield the cases of ``torch_avg.npz``."""
    seeds = count(2000)
    for nd in (1, 2, 3):
        for kind in ("dyadic", "dyadic", "dyadic", "random", "odd"):
            for dtype in ("float32", "float64"):
                yield first(seeds, partial(avg_case, nd, kind, dtype))
        if nd < 3:  # PyTorch has no float16 in three dimensions
            yield first(seeds, partial(avg_case, nd, "dyadic", "float16"))
        case = first(seeds, partial(avg_case, nd, "dyadic", "float32"))
        yield channels_last(case, nd)
        if nd > 1:
            for divisor in (1, 1, 3, 8, -2):
                for kind in ("dyadic", "odd"):
                    make = partial(avg_case, nd, kind, "float32", divisor=divisor)
                    yield first(seeds, make)
    yield from asymmetric_padding_cases("avg")


def lp_case(nd: int, norm: float, dtype: str, seed: int) -> Case:
    """Return a case of `lp` for numbers that are not negative, where PyTorch uses the formula."""
    random = Random(seed)
    x = np.abs(values_for("random", shape_for(random, nd), dtype, seed))
    kernel = [random.randint(1, n) for n in x.shape[2:]]
    given = {"stride": per_axis(random, nd, [1, 2, 3])}
    window = kernel[0] if nd == 1 else kernel
    out = LP[nd](torch.from_numpy(x), norm, window, **given)
    kwargs = {"mode": "lp", "norm_type": norm, "kernel_size": kernel, **given}
    return Case(
        f"lp{nd}d-{norm}-{dtype}-{seed}",
        x,
        kwargs,
        out.numpy(),
        None,
        {"float32": 1e-5, "float64": 1e-13}[dtype],
        source=source(LP[nd], norm_type=norm, kernel_size=kernel, **given),
    )


def lp_cases() -> Iterator[Case]:
    """Yield the cases of ``torch_lp.npz``."""
    seeds = count(4000)
    for nd in (1, 2, 3):
        for norm in (1, 1.5, 2, 3, 7):
            for dtype in ("float32", "float64"):
                yield lp_case(nd, norm, dtype, next(seeds))


def adaptive_case(nd: int, mode: str, kind: str, dtype: str, seed: int) -> Case:
    """Return a case of adaptive pooling; the output can be larger than the input."""
    random = Random(seed)
    x = values_for(kind, shape_for(random, nd), dtype, seed)
    size: list[int | None] = [random.choice([1, 2, 3, n, n + 1, None]) for n in x.shape[2:]]
    if nd == 1:
        size = [size[0] or 5]  # PyTorch accepts None only for several axes
    tensor = torch.from_numpy(x)
    if mode == "max":
        call = ADAPTIVE_MAX[nd]
        out, at = call(tensor, size, return_indices=True)
    else:
        call = ADAPTIVE_AVG[nd]
        out, at = call(tensor, size), None
    is_global = all(m == 1 for m in size)
    kwargs: dict[str, Any] = {"mode": mode, "output_size": maybe_one_int(random, size)}
    kwargs = with_axes(nd, kwargs, "output_size")
    if is_global:
        kwargs = {"mode": mode, "axes": list(range(2, nd + 2))}
    return Case(
        f"adaptive-{mode}{nd}d-{kind}-{dtype}-{seed}",
        x,
        kwargs,
        out.numpy(),
        None if at is None else at.numpy(),
        0 if mode == "max" else tolerance(kind, dtype, divisions=nd),
        "global_pool" if is_global else "adaptive_pool",
        source(call, output_size=size),
    )


def adaptive_cases() -> Iterator[Case]:
    """Yield the cases of ``torch_adaptive.npz``."""
    seeds = count(3000)
    for nd in (1, 2, 3):
        for dtype in ("float32", "float64"):
            for kind in ("random", "ties", "nan", "infinite"):
                yield adaptive_case(nd, "max", kind, dtype, next(seeds))
            for kind in ("dyadic", "dyadic", "random", "odd"):
                yield adaptive_case(nd, "avg", kind, dtype, next(seeds))
        yield channels_last(adaptive_case(nd, "max", "nan", "float32", next(seeds)), nd)


def tolerance(kind: str, dtype: str, divisions: int = 1) -> float:
    """Return the tolerance for the rounding of inexact sums, and of one division per axis."""
    if kind == "dyadic" and divisions == 1:
        return 0
    return {"float16": 2e-3, "float32": 2e-6, "float64": 1e-14}[dtype]


def first(seeds: Iterator[int], make: Callable[[int], Case | None]) -> Case:
    """Return the case of the first seed whose window PyTorch accepts."""
    return next(case for case in map(make, seeds) if case is not None)


if __name__ == "__main__":
    write("torch_max", max_cases())
    write("torch_avg", avg_cases())
    write("torch_adaptive", adaptive_cases())
    write("torch_lp", lp_cases())
