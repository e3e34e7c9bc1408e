"""What is timed: arrays, and the pooling of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import poolcli

Array = NDArray[Any]


@dataclass(frozen=True)
class Workload:
    """One pooling; `axes` are the spatial ones."""

    name: str
    make: Callable[[], Array]
    mode: str
    kernel: int = 2
    stride: int | None = None
    padding: int = 0
    axes: tuple[int, ...] = (0, 1)
    output_size: int | None = None
    more: dict[str, Any] = field(default_factory=dict)
    like: str | None = None
    """The plain case that this one is a variation of; it has no peers, then."""

    @property
    def step(self) -> int:
        """The stride, which is the kernel size by default."""
        return self.stride or self.kernel

    def run(self, x: Array, threads: int) -> Any:
        """Pool with poolcli."""
        if self.output_size == 1:
            return poolcli.global_pool(x, self.mode, axes=self.axes, threads=threads)
        if self.output_size is not None:
            size = self.output_size
            return poolcli.adaptive_pool(x, self.mode, size, axes=self.axes, threads=threads)
        return poolcli.pool(
            x,
            self.mode,
            self.kernel,
            self.stride,
            self.padding,
            axes=self.axes,
            threads=threads,
            **self.more,
        )


@cache
def _random(shape: tuple[int, ...], dtype: str) -> Array:
    rng = np.random.default_rng(0)
    if np.dtype(dtype).kind == "f":
        return rng.standard_normal(shape, dtype=np.float32).astype(dtype, copy=False)
    return rng.integers(0, np.iinfo(dtype).max, shape, dtype)


def array(shape: tuple[int, ...], dtype: str) -> Callable[[], Array]:
    """An array of noise, made when it is needed."""
    return lambda: _random(shape, dtype)


@cache
def _labels(size: int) -> Array:
    """Blobs of a few labels, as segmentations have them."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 50, (size // 16, size // 16)).astype(np.uint32)
    return coarse.repeat(16, 0).repeat(16, 1)


STEM = (16, 64, 112, 112)
BATCH = (2, 3)


def workloads(size: int = 4096) -> Iterator[Workload]:
    """All of them, on planes of `size` by `size`."""
    planes = {
        "uint8 grey": array((size, size), "uint8"),
        "uint8 RGB": array((size, size, 3), "uint8"),
        "float32 grey": array((size, size), "float32"),
    }
    for name, make in planes.items():
        for kernel, stride in ((2, 2), (3, 2), (3, 1), (4, 4), (8, 8)):
            yield Workload(f"max {kernel}/{stride} {name}", make, "max", kernel, stride)
    grey, _, floats = planes.values()
    for kernel in (15, 31):
        yield Workload(f"max {kernel}/1 uint8 grey", grey, "max", kernel, 1)
    yield Workload("max 2/2 uint16 grey", array((size, size), "uint16"), "max")
    volume = array((256, 256, 256), "uint8")
    yield Workload("max 2/2/2 uint8 256³", volume, "max", axes=(0, 1, 2))
    stem = array(STEM, "float32")
    yield Workload("max 3/2 stem", stem, "max", 3, 2, 1, axes=BATCH)
    yield Workload("avg 3/2 stem", stem, "avg", 3, 2, 1, axes=BATCH)
    indices = {"return_indices": True}
    yield Workload("max 2/2 stem, indices", stem, "max", axes=BATCH, more=indices)
    for name, make in planes.items():
        for kernel in (2, 3, 4, 8):
            to = {} if name.startswith("float") else {"dtype": "uint8"}
            yield Workload(f"avg {kernel}/{kernel} {name}", make, "avg", kernel, more=to)
    yield Workload("avg 3/1 float32 grey", floats, "avg", 3, 1)
    yield Workload("median 3/1 uint8 grey", grey, "median", 3, 1, more={"dtype": "uint8"})
    yield Workload("median 5/5 uint8 grey", grey, "median", 5, more={"dtype": "uint8"})
    yield Workload("mode 2/2 uint32 labels", lambda: _labels(size), "mode")
    yield Workload("avg global stem", stem, "avg", axes=BATCH, output_size=1)
    yield Workload("avg to 7x7 stem", stem, "avg", axes=BATCH, output_size=7)
    yield from _variations(size, planes)


def _variations(size: int, planes: dict[str, Callable[[], Array]]) -> Iterator[Workload]:
    """The plain cases made a little harder: none may cost much more."""
    grey, colour, floats = planes.values()
    plain = "max 2/2 uint8 grey"
    yield Workload(f"{plain}, ignore", grey, "max", more={"ignore": 128}, like=plain)
    yield Workload(f"{plain}, padding", grey, "max", padding=1, like=plain)
    odd = array((size - 1, size - 3), "uint8")
    yield Workload(f"{plain}, odd size", odd, "max", like=plain)
    yield Workload(f"{plain}, every second column", lambda: _wide(size), "max", like=plain)
    yield Workload(f"{plain}, Fortran order", lambda: np.asfortranarray(grey()), "max", like=plain)
    three = "max 3/1 uint8 grey"
    yield Workload(f"{three}, padding", grey, "max", 3, 1, 1, like=three)
    rgb = "max 2/2 uint8 RGB"
    yield Workload("max 2/2 uint8 RGBA", array((size, size, 4), "uint8"), "max", like=rgb)
    yield Workload(f"{rgb}, ignore", colour, "max", more={"ignore": 128}, like=rgb)
    wide = "max 2/2 float32 grey"
    yield Workload(f"{wide}, ignore", floats, "max", more={"ignore": 0}, like=wide)
    mean = "avg 2/2 uint8 grey"
    rounded = {"dtype": "uint8", "ignore": 0}
    yield Workload(f"{mean}, ignore", grey, "avg", more=rounded, like=mean)
    means = "avg 2/2 float32 grey"
    yield Workload(f"{means}, padding", floats, "avg", padding=1, like=means)
    yield Workload(f"{means}, ignore", floats, "avg", more={"ignore": 0}, like=means)


def _wide(size: int) -> Array:
    return _random((size, 2 * size), "uint8")[:, ::2]
