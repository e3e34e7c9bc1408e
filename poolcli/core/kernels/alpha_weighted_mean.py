"""`avg` of images with alpha, whose colours are weighted by alpha."""

from __future__ import annotations

import numpy as np

from poolcli.core.blocks import Ranges
from poolcli.core.dtypes import Array
from poolcli.core.kernels.exact_division import divide
from poolcli.core.kernels.kernel_protocol import BlockResult, State
from poolcli.core.kernels.mean_division import divisors
from poolcli.core.kernels.reduce_axis import SumSteps


class AlphaWeightedMean(SumSteps):
    """Steps of `avg` for images with alpha: sum(colour * alpha) / sum(alpha).

    Fully transparent pixels thus do not tint the result. Alpha itself is a plain mean. The last
    axis is that of channels, the last channel alpha.

    The state is the sum of colour times alpha (in the alpha channel: of alpha), the sum of alpha,
    and, if values are ignored, the number of valid elements.
    """

    def lift(self, block: Array, in_ranges: Ranges) -> State:
        products = block.astype(self.dtypes[0])
        alpha = np.repeat(products[..., -1:], block.shape[-1], axis=-1)
        products[..., :-1] *= products[..., -1:]
        if self.recipe.ignored is None:
            return products, alpha
        valid = self.recipe.valid_mask(block)
        zero = products.dtype.type(0)
        return np.where(valid, products, zero), np.where(valid, alpha, zero), valid

    def finish(self, state: State, out_ranges: Ranges) -> BlockResult:
        recipe = self.recipe
        products, alpha = state[0], state[1]
        counts = state[2] if recipe.ignored is not None else None
        is_integer = recipe.in_dtype.kind in "biu"
        weights: Array = alpha.astype(np.int64 if is_integer else np.float64)
        if counts is None or recipe.divisor is not None:
            weights[..., -1:] = divisors(recipe, out_ranges)
        else:
            weights[..., -1:] = counts[..., -1:]
        has_no_weight = weights == 0
        weights[has_no_weight] = 1
        if is_integer:
            values = divide((products,), weights, recipe.out_dtype)
        else:
            values = products / weights
        values[has_no_weight] = 0
        return BlockResult(values, empty=None if counts is None else counts == 0)
