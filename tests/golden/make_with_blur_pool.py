"""A script that makes ``blur_pool.npz``: results of BlurPool2d of timm and BlurPool2D of kornia.

Needs PyTorch, timm and kornia (made with 2.13, 1.0.31 and 0.9). From the repository's root::

    python -m tests.golden.make_with_blur_pool

Both libraries pad the edges, timm by reflection, kornia with zeros. The seeds are fixed, so that
the same versions make the same file.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, product

import numpy as np
import torch
from kornia.filters.blur_pool import BlurPool2D
from timm.layers.blur_pool import BlurPool2d

from tests.golden import Case, write

SHAPES = (1, 1, 8, 9), (2, 3, 11, 8)


def timm_case(kernel: int, stride: int, shape: tuple[int, ...], seed: int) -> Case:
    """Return a case of timm."""
    x = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    layer = BlurPool2d(shape[1], kernel, stride, pad_mode="reflect")
    values = layer(torch.from_numpy(x)).numpy()
    left, right, top, bottom = layer.padding
    window = {"kernel_size": (kernel, kernel), "stride": stride}
    padding = {"padding": ((top, bottom), (left, right)), "padding_mode": "reflect"}
    kwargs = {"mode": "blur", **window, **padding}
    call = {"call": "timm.layers.BlurPool2d", "filt_size": kernel, "padding": layer.padding}
    return Case(f"timm-{kernel}-{stride}-{seed}", x, kwargs, values, None, 1e-6, source=call)


def kornia_case(kernel: int, stride: int, shape: tuple[int, ...], seed: int) -> Case:
    """Return a case of kornia."""
    x = np.random.default_rng(seed).standard_normal(shape)
    values = BlurPool2D(kernel, stride)(torch.from_numpy(x)).numpy()
    pair = (kernel - 1) // 2, kernel // 2
    window = {"kernel_size": (kernel, kernel), "stride": stride}
    kwargs = {"mode": "blur", **window, "padding": (pair, pair), "padding_mode": "constant:0"}
    call = {"call": "kornia.filters.BlurPool2D", "kernel_size": kernel}
    return Case(f"kornia-{kernel}-{stride}-{seed}", x, kwargs, values, None, 1e-14, source=call)


def cases() -> Iterator[Case]:
    """Yield all cases."""
    seeds = count(7000)
    for shape, kernel in product(SHAPES, (3, 5, 7)):
        for stride in (1, 2, 3):
            yield timm_case(kernel, stride, shape, next(seeds))
    for shape, kernel in product(SHAPES, (2, 3, 4, 5)):
        yield kornia_case(kernel, 2, shape, next(seeds))


if __name__ == "__main__":
    write("blur_pool", cases())
