"""A script that makes ``skimage_footprints.npz`` from footprints and filters of scikit-image.

Needs NumPy and scikit-image (made with 0.26). From the repository's root::

    python -m tests.golden.make_with_skimage

The seeds are fixed, so that the same version of scikit-image makes the same file.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage import filters, morphology

from tests.golden import Case, write

Array = NDArray[Any]


def ring(disk: Array, inner: Array) -> Array:
    """Return a disk without the disk that is two elements smaller."""
    return disk & ~np.pad(inner, 1).astype(bool)


def footprints() -> Iterator[tuple[str, int, Array]]:
    """Yield the name, the radius and the elements of footprints in two and three dimensions."""
    for make, largest in ((morphology.disk, 20), (morphology.ball, 5)):
        for radius in range(1, largest + 1):
            disk = make(radius, dtype=bool, strict_radius=False)
            yield "disk", radius, disk
            if radius in (1, 2, 3, 7):
                inner = make(radius - 1, dtype=bool, strict_radius=False)
                yield "ring", radius, ring(disk, inner)


def shape_case(name: str, radius: int, footprint: Array) -> Case:
    """Return the dilation of a single element, which is the footprint itself."""
    x = np.zeros(footprint.shape, np.uint8)
    x[(radius,) * x.ndim] = 1
    kwargs = {"mode": "max", "kernel_size": footprint.shape, "stride": 1, "padding": radius}
    call = {"call": "skimage.morphology", "radius": radius, "strict_radius": False}
    return Case(
        f"{name}{x.ndim}d-{radius}",
        x,
        {**kwargs, "footprint": name},
        footprint.astype(np.uint8),
        None,
        0,
        source=call,
    )


def filter_cases(name: str, radius: int, footprint: Array, seed: int) -> Iterator[Case]:
    """Yield a dilation, an erosion and, for an odd number of elements, a median."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 256, rng.integers(2 * radius + 1, 2 * radius + 6, footprint.ndim), np.uint8)
    results = {
        "max": (morphology.dilation(x, footprint), "symmetric", "dilation"),
        "min": (morphology.erosion(x, footprint), "symmetric", "erosion"),
    }
    if np.count_nonzero(footprint) % 2:
        median = filters.median(x, footprint, mode="nearest").astype(np.float32)
        results["median"] = (median, "replicate", "median")
    for mode, (values, padding_mode, call) in results.items():
        kwargs: dict[str, Any] = {"mode": mode, "kernel_size": footprint.shape, "stride": 1}
        kwargs |= {"padding": radius, "padding_mode": padding_mode, "footprint": name}
        yield Case(
            f"{mode}{x.ndim}d-{name}-{radius}-{seed}",
            x,
            kwargs,
            values,
            None,
            0,
            source={"call": f"skimage: {call}", "footprint": name, "radius": radius},
        )


def cases() -> Iterator[Case]:
    """Yield all cases."""
    seeds = count(9000)
    for name, radius, footprint in footprints():
        yield shape_case(name, radius, footprint)
        if radius <= 3 or (radius == 7 and footprint.ndim == 2):
            yield from filter_cases(name, radius, footprint, next(seeds))


if __name__ == "__main__":
    write("skimage_footprints", cases())
