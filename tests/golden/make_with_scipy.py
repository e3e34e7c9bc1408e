"""A script that makes ``scipy.npz`` from filters of `scipy.ndimage` and from `scipy.stats.mode`.

Needs NumPy and SciPy (made with SciPy 1.17). From the repository's root::

    python -m tests.golden.make_with_scipy

The seeds are fixed, so that the same version of SciPy makes the same file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, stats

from tests.golden import Case, write

Array = NDArray[Any]

FILTERS: dict[str, Callable[[Array, tuple[int, ...]], Array]] = {
    "max": lambda x, size: ndimage.maximum_filter(x, size),
    "min": lambda x, size: ndimage.minimum_filter(x, size),
    "avg": lambda x, size: ndimage.uniform_filter(x, size),
    "median": lambda x, size: ndimage.median_filter(x, size),
    "std": lambda x, size: ndimage.generic_filter(x, np.std, size),
    "range": lambda x, size: ndimage.maximum_filter(x, size) - ndimage.minimum_filter(x, size),
}
TOLERANCE = {"avg": 1e-13, "std": 1e-12}


def filter_case(mode: str, dtype: str, dilation: int, seed: int) -> Case:
    """Return a case from a filter of odd size: without the border it is a pooling of stride 1."""
    rng = np.random.default_rng(seed)
    nd = int(rng.integers(1, 4))
    size = tuple(int(k) for k in rng.choice([1, 3, 5], nd))
    x = np.abs(rng.standard_normal(rng.integers(6, 9, nd)) * 9).astype(dtype)
    inside = tuple(slice(k // 2, n - k // 2) for k, n in zip(size, x.shape, strict=True))
    values = FILTERS[mode](x, size)[inside]
    if dilation == 2:
        footprint = np.zeros([2 * k - 1 for k in size], bool)
        footprint[(slice(None, None, 2),) * nd] = True
        x = np.pad(x, 3, "reflect")
        inside = tuple(slice(k - 1, n - k + 1) for k, n in zip(size, x.shape, strict=True))
        values = ndimage.percentile_filter(x, 50, footprint=footprint)[inside]
    kwargs = {"mode": mode, "kernel_size": size, "stride": 1, "dilation": dilation}
    call = {"call": "scipy.ndimage", "size": size}
    name = f"{mode}{nd}d-{dtype}-{dilation}-{seed}"
    return Case(name, x, kwargs, values, None, TOLERANCE.get(mode, 0), source=call)


def mode_case(dtype: str, seed: int) -> Case:
    """Return a case of the mode `mode` on an array of few different values."""
    rng = np.random.default_rng(seed)
    rows, columns = (int(n) for n in rng.integers(1, 7, 2))
    x = rng.integers(-3, 4, (3 * rows, 4 * columns)).astype(dtype)
    blocks = x.reshape(3, rows, 4, columns).transpose(0, 2, 1, 3).reshape(3, 4, -1)
    values = stats.mode(blocks, axis=-1).mode
    kwargs = {"mode": "mode", "kernel_size": (rows, columns)}
    call = {"call": "scipy.stats.mode"}
    return Case(f"mode2d-{dtype}-{seed}", x, kwargs, values, None, 0, source=call)


def cases() -> Iterator[Case]:
    """Yield all cases."""
    seeds = count(5000)
    for mode in ("max", "min", "avg", "median", "std"):
        for _ in range(6):
            yield filter_case(mode, "float64", 1, next(seeds))
    for dtype in ("uint8", "int32", "float64"):
        for _ in range(3):
            yield filter_case("max", dtype, 1, next(seeds))
    for _ in range(6):
        yield filter_case("median", "float64", 2, next(seeds))
    for dtype in ("int8", "int64", "float32", "float64"):
        for _ in range(4):
            yield mode_case(dtype, next(seeds))
    for dtype in ("uint8", "uint16", "float64"):
        for _ in range(3):
            yield filter_case("range", dtype, 1, next(seeds))


if __name__ == "__main__":
    write("scipy", cases())
