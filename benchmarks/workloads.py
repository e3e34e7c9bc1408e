"""The workloads of core.py: an array and the pooling of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from synthetic_volumes import microscopy, segmentation

import poolcli
from poolcli.core.engine.run_levels import run_levels
from poolcli.core.levels import level_recipes
from poolcli.core.recipe import Options
from poolcli.core.window import Window

Array = NDArray[Any]


@dataclass(frozen=True)
class Workload:
    """One pooling of one array, or the unpooling of its maxima (mode `unpool`).

    Attributes
    ----------
    make : callable
        Returns the input.
    kernel, stride, padding : int
        The same for all pooled axes; the default stride is the kernel size.
    axes : tuple of int
        The pooled axes.
    output_size : int, optional
        The output size of adaptive pooling; 1 for global pooling.
    options : dict
        Other arguments of `poolcli.pool`.
    levels : int, optional
        The number of levels of a pyramid.
    plain_case : str, optional
        The name of the workload that this one varies; then no other library is timed.
    """

    name: str
    make: Callable[[], Array]
    mode: str
    kernel: int = 2
    stride: int | None = None
    padding: int = 0
    axes: tuple[int, ...] = (0, 1)
    output_size: int | None = None
    options: dict[str, Any] = field(default_factory=dict)
    levels: int | None = None
    plain_case: str | None = None

    @property
    def step(self) -> int:
        """The stride, or the kernel size if no stride is set."""
        return self.stride or self.kernel

    def run(self, x: Array, threads: int) -> Any:
        """Return the result of poolcli, of a pyramid the last level."""
        if self.mode == "unpool":
            values, indices = self.maxima()
            sizes = [x.shape[axis] for axis in self.axes]
            return poolcli.unpool(values, indices, sizes, axes=self.axes)
        if self.levels is not None:
            return self._run_levels(x, self.levels, threads)
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
            **self.options,
        )

    def maxima(self) -> tuple[Array, Array]:
        """Return the values and the indices that `unpool` takes, computed at the first call."""
        return _maxima(self.make, self.kernel, self.stride, self.padding, self.axes)

    def _run_levels(self, x: Array, count: int, threads: int) -> Array:
        options, window = Options(**self.options), Window.fixed(self.kernel)
        recipes = level_recipes(x.shape, x.dtype, self.mode, window, self.axes, options, count)
        levels = [np.empty(recipe.out_shape, recipe.out_dtype) for recipe in recipes]
        run_levels(recipes, x, levels, threads)
        return levels[-1]


@cache
def _maxima(
    make: Callable[[], Array],
    kernel: int,
    stride: int | None,
    padding: int,
    axes: tuple[int, ...],
) -> Any:
    return poolcli.pool(make(), "max", kernel, stride, padding, axes=axes, return_indices=True)


@cache
def _random_array(shape: tuple[int, ...], dtype: str) -> Array:
    rng = np.random.default_rng(0)
    if np.dtype(dtype).kind == "f":
        return rng.standard_normal(shape, dtype=np.float32).astype(dtype, copy=False)
    return rng.integers(0, np.iinfo(dtype).max, shape, dtype)


def random_array(shape: tuple[int, ...], dtype: str) -> Callable[[], Array]:
    """Return a function that returns an array of random numbers, made at the first call."""
    return lambda: _random_array(shape, dtype)


@cache
def _label_map(size: int) -> Array:
    """Return squares of 50 labels, like a segmentation."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 50, (size // 16, size // 16)).astype(np.uint32)
    return coarse.repeat(16, 0).repeat(16, 1)


@cache
def _segmentation(size: int, dtype: str) -> Array:
    """Return cells of about 48 by 48 pixels with bent borders, and background between some."""
    rows, columns = np.ogrid[:size, :size]
    y = rows + 12 * np.sin(columns / 31) + 5 * np.sin(columns / 7)
    x = columns + 12 * np.sin(rows / 37) + 5 * np.sin(rows / 9)
    cells = (y // 48).astype(np.int64) * 1009 + (x // 48).astype(np.int64)
    number = min(np.iinfo(dtype).max, 1 << 20)
    labels = np.random.default_rng(0).permutation(np.arange(1, number + 1))[cells % number]
    labels[(y % 48 < 4) & (x % 192 < 96)] = 0
    return labels.astype(dtype)


STEM_SHAPE = (16, 64, 112, 112)
"""N C H W of the output of ResNet's first convolution."""
STEM_AXES = (2, 3)


def workloads(size: int = 4096) -> Iterator[Workload]:
    """Yield all workloads, on planes of `size` by `size`."""
    planes = {
        "uint8 grey": random_array((size, size), "uint8"),
        "uint8 RGB": random_array((size, size, 3), "uint8"),
        "float32 grey": random_array((size, size), "float32"),
    }
    for name, make in planes.items():
        for kernel, stride in ((2, 2), (3, 2), (3, 1), (4, 4), (8, 8)):
            yield Workload(f"max {kernel}/{stride} {name}", make, "max", kernel, stride)
    grey, _, floats = planes.values()
    for kernel in (15, 31):
        yield Workload(f"max {kernel}/1 uint8 grey", grey, "max", kernel, 1)
    yield Workload("max 2/2 uint16 grey", random_array((size, size), "uint16"), "max")
    volume = random_array((256, 256, 256), "uint8")
    yield Workload("max 2/2/2 uint8 256³", volume, "max", axes=(0, 1, 2))
    stem = random_array(STEM_SHAPE, "float32")
    yield Workload("max 3/2 stem", stem, "max", 3, 2, 1, axes=STEM_AXES)
    yield Workload("avg 3/2 stem", stem, "avg", 3, 2, 1, axes=STEM_AXES)
    indices = {"return_indices": True}
    yield Workload("max 2/2 stem, indices", stem, "max", axes=STEM_AXES, options=indices)
    yield Workload("unpool 2/2 stem", stem, "unpool", axes=STEM_AXES)
    yield Workload("unpool 3/2 stem", stem, "unpool", 3, 2, 1, axes=STEM_AXES)
    yield Workload("unpool 2/2 float32 grey", floats, "unpool")
    to_uint8 = {"dtype": "uint8"}
    for name, make in planes.items():
        for kernel in (2, 3, 4, 8):
            cast = {} if name.startswith("float") else to_uint8
            yield Workload(f"avg {kernel}/{kernel} {name}", make, "avg", kernel, options=cast)
    yield Workload("avg 3/1 float32 grey", floats, "avg", 3, 1)
    for name, make in planes.items():
        cast = {} if name.startswith("float") else to_uint8
        yield Workload(f"blur 3/2 {name}", make, "blur", 3, 2, options=cast)
    yield Workload("median 3/1 uint8 grey", grey, "median", 3, 1, options=to_uint8)
    yield Workload("median 5/5 uint8 grey", grey, "median", 5, options=to_uint8)
    yield Workload("mode 2/2 uint32 labels", lambda: _label_map(size), "mode")
    yield Workload("avg global stem", stem, "avg", axes=STEM_AXES, output_size=1)
    yield Workload("avg to 7x7 stem", stem, "avg", axes=STEM_AXES, output_size=7)
    yield from _levels(size)
    yield from _padding_and_footprints(size)
    yield from _variations(size, planes)


def _levels(size: int) -> Iterator[Workload]:
    """Yield pyramids of four levels."""
    for dtype in ("uint8", "uint32", "uint64"):
        make = partial(_segmentation, size, dtype)
        yield Workload(f"mode 2/2, 4 levels, {dtype} segmentation", make, "mode", levels=4)
        noise = random_array((size, size), dtype)
        yield Workload(f"mode 2/2, 4 levels, {dtype} noise", noise, "mode", levels=4)
    grey = random_array((size, size), "uint8")
    yield Workload("max 2/2, 4 levels, uint8 grey", grey, "max", levels=4)
    rounded = {"dtype": "uint8"}
    yield Workload("avg 2/2, 4 levels, uint8 grey", grey, "avg", options=rounded, levels=4)
    axes, shape = (0, 1, 2), (256, 256, 256)
    labels = cache(partial(segmentation, (0, 0, 0), shape))
    yield Workload("mode 2/2/2, 4 levels, uint32 volume", labels, "mode", axes=axes, levels=4)
    image, rounded = cache(partial(microscopy, (0, 0, 0), shape)), {"dtype": "uint16"}
    name = "avg 2/2/2, 4 levels, uint16 volume"
    yield Workload(name, image, "avg", axes=axes, options=rounded, levels=4)


def _padding_and_footprints(size: int) -> Iterator[Workload]:
    """Yield workloads of padding with values and of footprints, on smaller planes."""
    grey = random_array((size // 4, size // 4), "uint8")
    floats = random_array((size // 4, size // 4), "float32")
    reflect = {"padding_mode": "reflect", "dtype": "uint8"}
    yield Workload("median 3/1 uint8, reflect", grey, "median", 3, 1, 1, options=reflect)
    yield Workload("median 5/1 uint8, reflect", grey, "median", 5, 1, 2, options=reflect)
    disk = {"footprint": "disk"}
    yield Workload("max 31/1 uint8, disk", grey, "max", 31, 1, 15, options=disk)
    yield Workload("max 31/1 float32, disk", floats, "max", 31, 1, 15, options=disk)
    for mode in ("max", "avg", "sum", "std", "lp", "median", "mode"):
        plain = f"{mode} 7/1 float32"
        yield Workload(plain, floats, mode, 7, 1)
        yield Workload(f"{plain}, disk", floats, mode, 7, 1, options=disk, plain_case=plain)


def _variations(size: int, planes: dict[str, Callable[[], Array]]) -> Iterator[Workload]:
    """Yield variations of plain cases: padding, ignored elements, other memory layouts."""
    grey, colour, floats = planes.values()
    plain = "max 2/2 uint8 grey"
    yield Workload(f"{plain}, ignore", grey, "max", options={"ignore": 128}, plain_case=plain)
    yield Workload(f"{plain}, padding", grey, "max", padding=1, plain_case=plain)
    odd = random_array((size - 1, size - 3), "uint8")
    yield Workload(f"{plain}, odd size", odd, "max", plain_case=plain)
    name = f"{plain}, every second column"
    yield Workload(name, lambda: _every_second_column(size), "max", plain_case=plain)
    name = f"{plain}, Fortran order"
    yield Workload(name, lambda: np.asfortranarray(grey()), "max", plain_case=plain)
    plain = "max 3/1 uint8 grey"
    yield Workload(f"{plain}, padding", grey, "max", 3, 1, 1, plain_case=plain)
    plain = "max 2/2 uint8 RGB"
    rgba = random_array((size, size, 4), "uint8")
    yield Workload("max 2/2 uint8 RGBA", rgba, "max", plain_case=plain)
    yield Workload(f"{plain}, ignore", colour, "max", options={"ignore": 128}, plain_case=plain)
    plain = "max 2/2 float32 grey"
    yield Workload(f"{plain}, ignore", floats, "max", options={"ignore": 0}, plain_case=plain)
    plain = "avg 2/2 uint8 grey"
    rounded = {"dtype": "uint8", "ignore": 0}
    yield Workload(f"{plain}, ignore", grey, "avg", options=rounded, plain_case=plain)
    plain = "avg 2/2 float32 grey"
    yield Workload(f"{plain}, padding", floats, "avg", padding=1, plain_case=plain)
    yield Workload(f"{plain}, ignore", floats, "avg", options={"ignore": 0}, plain_case=plain)


def _every_second_column(size: int) -> Array:
    return _random_array((size, 2 * size), "uint8")[:, ::2]
