"""A script that makes ``scipy_footprints.npz`` from filters of `scipy.ndimage` with footprints.

A filter of SciPy is a pooling of stride 1 with padding of half the kernel size: ``k // 2`` elements
before the data and ``k - 1 - k // 2`` after. Needs NumPy and SciPy (made with SciPy 1.17). From the
repository's root::

    python -m tests.golden.make_with_scipy_footprints

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
from tests.golden.make_with_scipy_padding_modes import SCIPY_MODES, least_size, random_array

Array = NDArray[Any]


def mean_filter(x: Array, footprint: Array, **given: Any) -> Array:
    """Return means, as a correlation with weights."""
    weights = footprint / np.count_nonzero(footprint)
    return ndimage.correlate(x.astype(float), weights, **given)


def sum_filter(x: Array, footprint: Array, **given: Any) -> Array:
    """Return sums, as a correlation with weights."""
    return ndimage.correlate(x.astype(float), footprint.astype(float), **given)


def std_filter(x: Array, footprint: Array, **given: Any) -> Array:
    """Return population standard deviations."""
    return ndimage.generic_filter(x, np.std, footprint=footprint, **given)


def most_frequent_filter(x: Array, footprint: Array, **given: Any) -> Array:
    """Return the most frequent values, the smallest of equally frequent ones."""
    return ndimage.generic_filter(x, lambda v: stats.mode(v).mode, footprint=footprint, **given)


def rank_filter(x: Array, footprint: Array, **given: Any) -> Array:
    """Return the values of a third of the way from the smallest to the largest."""
    return ndimage.rank_filter(x, lower_third(footprint), footprint=footprint, **given)


def lower_third(footprint: Array) -> int:
    """Return the rank of the quantile 1/3, rounded down."""
    return (np.count_nonzero(footprint) - 1) // 3


FILTERS: dict[str, Callable[..., Array]] = {
    "max": ndimage.maximum_filter,
    "min": ndimage.minimum_filter,
    "median": ndimage.median_filter,
    "quantile": rank_filter,
    "mode": most_frequent_filter,
    "avg": mean_filter,
    "sum": sum_filter,
    "std": std_filter,
}
DTYPES = {"avg": ("float64",), "sum": ("float64",), "std": ("float64",), "mode": ("uint8", "int16")}
TOLERANCE = {"avg": 1e-13, "sum": 1e-12, "std": 1e-12}


def irregular(rng: np.random.Generator, nd: int, odd_count: bool) -> Array:
    """Return a random footprint without symmetry; with `odd_count` of an odd number of elements."""
    shape = rng.integers(1, {1: 8, 2: 6, 3: 4}[nd], nd)
    footprint = rng.random(shape) < 0.6
    footprint.flat[int(rng.integers(footprint.size))] = True
    if odd_count and np.count_nonzero(footprint) % 2 == 0:
        footprint.flat[int(np.argmax(footprint))] = False
    return footprint


def plus(nd: int) -> Array:
    """Return SciPy's structure of a centre and its direct neighbours, a cross of size 3."""
    return ndimage.generate_binary_structure(nd, 1)


def filter_case(
    mode: str, footprint: Array, name: str, padding_mode: str | None, dtype: str, seed: int
) -> Case:
    """Return a case of a mode, a footprint and a padding mode; None leaves the border out."""
    rng = np.random.default_rng(seed)
    nd = footprint.ndim
    padding = [[k // 2, k - 1 - k // 2] for k in footprint.shape]
    shape = [
        least_size(padding_mode or "", (b, a)) + b + a + int(n)
        for (b, a), n in zip(padding, rng.integers(0, 4, nd), strict=True)
    ]
    x = random_array(rng, tuple(shape), dtype)
    if mode == "mode":
        x //= np.array(30, dtype)
    call: dict[str, Any] = {"call": f"scipy.ndimage: {FILTERS[mode].__name__}"}
    given = {"mode": SCIPY_MODES[padding_mode or "replicate"]}
    # Filters of one row: on 1-D arrays the rank filters of SciPy 1.17 ignore gaps in a footprint.
    values = FILTERS[mode](x[None], footprint=footprint[None], **given)[0]
    kwargs: dict[str, Any] = {"mode": mode, "kernel_size": footprint.shape, "stride": 1}
    kwargs["footprint"] = footprint.tolist() if name == "irregular" else name
    if padding_mode is None:
        inside = tuple(slice(b, n - a) for (b, a), n in zip(padding, x.shape, strict=True))
        values = values[inside]
    else:
        kwargs |= {"padding": padding, "padding_mode": padding_mode}
    if mode == "quantile":
        kwargs |= {"method": "nearest"}
        kwargs |= {"q": lower_third(footprint) / max(np.count_nonzero(footprint) - 1, 1)}
    if dtype != "float64" and mode in ("median", "quantile"):
        values = values.astype(np.float32)
    return Case(
        f"{mode}{nd}d-{name}-{padding_mode}-{dtype}-{seed}",
        x,
        kwargs,
        values,
        None,
        TOLERANCE.get(mode, 0),
        source=call | given,
    )


def cases() -> Iterator[Case]:
    """Yield all cases."""
    seeds = count(8000)
    for mode in FILTERS:
        dtypes = DTYPES.get(mode, ("float64", "uint8", "int16"))
        for padding_mode in (None, *(each for each in SCIPY_MODES if each != "constant")):
            for nd in (1, 2, 3):
                seed = next(seeds)
                rng = np.random.default_rng(seed)
                footprint = irregular(rng, nd, odd_count=mode == "median")
                dtype = dtypes[seed % len(dtypes)]
                yield filter_case(mode, footprint, "irregular", padding_mode, dtype, seed)
        for nd in (2, 3):
            yield filter_case(mode, plus(nd), "cross", None, dtypes[0], next(seeds))
            yield filter_case(mode, plus(nd), "cross", "symmetric", dtypes[-1], next(seeds))


if __name__ == "__main__":
    write("scipy_footprints", cases())
