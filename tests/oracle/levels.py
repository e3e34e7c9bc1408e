"""The levels of a pyramid."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from tests.oracle.pooling import Array, Sizes, pool


def levels(
    x: ArrayLike,
    mode: str,
    count: int,
    kernel_size: Sizes = 2,
    stride: Sizes | None = None,
    padding: Any = 0,
    dilation: Sizes = 1,
    **arguments: Any,
) -> list[Array]:
    """Return the levels: of the input if windows tile, else each of the unrounded level before."""
    tiles = padding in (0, "valid") and dilation == 1 and stride in (None, kernel_size)
    results: list[Array] = []
    values = x
    for level in range(1, count + 1):
        if tiles:
            sizes = [kernel_size] if isinstance(kernel_size, int) else kernel_size
            powers = [size**level for size in sizes]
            kernel = powers[0] if isinstance(kernel_size, int) else powers
            results.append(pool(x, mode, kernel, **arguments)[0])
        else:
            window = kernel_size, stride, padding, dilation
            results.append(pool(values, mode, *window, **arguments)[0])
            unrounded = {key: value for key, value in arguments.items() if key != "dtype"}
            values = pool(values, mode, *window, **unrounded)[0]
    return results
