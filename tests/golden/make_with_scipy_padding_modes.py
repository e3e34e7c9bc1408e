"""A script that makes ``scipy_padding_modes.npz`` from filters of `scipy.ndimage` on padded data.

A filter of SciPy is a pooling of stride 1 with padding of half the kernel size on both sides.
Needs NumPy and SciPy (made with SciPy 1.17). From the repository's root::

    python -m tests.golden.make_with_scipy_padding_modes

The seeds are fixed, so that the same version of SciPy makes the same file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tests.golden import Case, write

Array = NDArray[Any]

SCIPY_MODES = {
    "reflect": "mirror",
    "symmetric": "reflect",
    "replicate": "nearest",
    "circular": "wrap",
    "constant": "constant",
}
"""The names of SciPy, by those of NumPy and PyTorch."""

FILTERS: dict[str, Callable[..., Array]] = {
    "max": ndimage.maximum_filter,
    "min": ndimage.minimum_filter,
    "avg": ndimage.uniform_filter,
    "median": ndimage.median_filter,
}
CONSTANTS = {"float64": (0, -1.5, 40), "uint8": (0, 7, 255), "int16": (0, -300, 12)}
TOLERANCE = {"float64": 1e-13, "float32": 2e-7}


def least_size(padding_mode: str, pair: tuple[int, int]) -> int:
    """Return the smallest size of an axis for which a padding is defined in NumPy."""
    if padding_mode == "reflect":
        return max(pair) + 1
    return max(*pair, 1) if padding_mode in ("symmetric", "circular") else 1


def random_array(rng: np.random.Generator, shape: tuple[int, ...], dtype: str) -> Array:
    """Return random numbers, negative ones too unless the dtype is unsigned."""
    if dtype == "float64":
        return rng.standard_normal(shape) * 9
    info = np.iinfo(dtype)
    return rng.integers(max(info.min, -400), min(info.max, 400), shape, dtype, endpoint=True)


def filter_case(mode: str, padding_mode: str, dtype: str, seed: int) -> Case:
    """Return a case of a mode and a padding mode; half of the cases have the shortest axes."""
    rng = np.random.default_rng(seed)
    nd = 1 + seed % 3
    sizes = [1, 3, 5, 7] if mode == "median" else [1, 2, 3, 4, 5, 7]
    kernel = tuple(int(k) for k in rng.choice(sizes[: 5 if nd < 3 else 3], nd))
    padding = tuple((k // 2, k - 1 - k // 2) for k in kernel)
    extra = rng.integers(0, 2) * rng.integers(0, 7, nd)
    shape = tuple(
        least_size(padding_mode, pair) + int(n) for pair, n in zip(padding, extra, strict=True)
    )
    x = random_array(rng, shape, dtype)
    given: dict[str, Any] = {"mode": SCIPY_MODES[padding_mode]}
    if padding_mode == "constant":
        given["cval"] = CONSTANTS[dtype][int(rng.integers(3))]
        padding_mode = f"constant:{given['cval']}"
    is_mean = mode == "avg"
    values = FILTERS[mode](x.astype(float) if is_mean else x, kernel, **given)
    if dtype != "float64" and mode in ("avg", "median"):
        values = values.astype(np.float32)
    stride = int(rng.integers(1, 4))
    kwargs: dict[str, Any] = {"mode": mode, "kernel_size": kernel, "stride": stride}
    kwargs |= {"padding": padding, "padding_mode": padding_mode}
    call = {"call": f"scipy.ndimage.{FILTERS[mode].__name__}", "size": kernel, **given}
    return Case(
        f"{mode}{nd}d-{padding_mode}-{dtype}-{seed}",
        x,
        kwargs,
        values[(slice(None, None, stride),) * nd],
        None,
        TOLERANCE[values.dtype.name] if is_mean else 0,
        source=call,
    )


def cases() -> Iterator[Case]:
    """Yield all cases."""
    seeds = count(6000)
    for mode in FILTERS:
        for padding_mode in SCIPY_MODES:
            for dtype in CONSTANTS:
                for _ in range(3):  # one of each number of axes
                    yield filter_case(mode, padding_mode, dtype, next(seeds))


if __name__ == "__main__":
    write("scipy_padding_modes", cases())
