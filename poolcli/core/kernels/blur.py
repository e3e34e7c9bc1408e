"""`blur`: means with binomial weights, divided by the weights of the elements that are present.

There are three algorithms:

- integers whose weighted sums fit into 64 bits: the sum is exact, divided once and rounded once;
- floats in windows of up to 8 elements along each axis: pairs of neighbours are added repeatedly;
- all others: products with weights that sum to 1, in float64 or wider. Integer results are rounded
  from the exact value in windows of up to `blur_rounding.MAX_ELEMENTS` elements, and from the float
  in larger ones.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from poolcli.core.dtypes import DType
from poolcli.core.kernels.binomial_sums_by_pairs import MAX_KERNEL_SIZE
from poolcli.core.kernels.blur_floats import BlurOfFloats, ScaledBlur
from poolcli.core.kernels.blur_integers import BlurOfIntegers
from poolcli.core.kernels.kernel_protocol import Kernel
from poolcli.core.kernels.lp_gem_error_bounds import working_dtype
from poolcli.core.kernels.separable import SeparableKernel
from poolcli.core.kernels.sum_mean import FLOAT32_SUM_ELEMENTS, OVERFLOW_SCALE, sum_dtype
from poolcli.core.kernels.wide_division import MAX_SAFE_DIVISOR
from poolcli.core.modes import MAX_DIVISOR
from poolcli.core.recipe import Recipe


def blur_kernel(recipe: Recipe) -> Kernel:
    """Return the kernel of a recipe for `blur`.

    The weights along an axis are binomial coefficients, as in BlurPool (R. Zhang, "Making
    Convolutional Networks Shift-Invariant Again", 2019).
    """
    kernels = [axis.kernel_size for dim, axis in recipe.axes.items() if recipe.is_reduced(dim)]
    source = recipe.in_dtype
    bits = sum(kernel - 1 for kernel in kernels)  # of the sum of all weights, less 1
    if source.kind in "biu" and bits < MAX_SAFE_DIVISOR.bit_length():
        return _integer_kernel(recipe, 1 << bits)
    has_small_windows = (
        max(kernels, default=1) <= MAX_KERNEL_SIZE and bits < MAX_DIVISOR.bit_length()
    )
    if source.kind in "fc" and has_small_windows:
        return _small_float_kernel(recipe)
    real = source.type(0).real.dtype if source.kind == "c" else source
    dtype = working_dtype(real)
    if source.kind in "iu" and source.itemsize == 8:
        dtype = np.dtype(np.longdouble)  # where it is wider than float64, it holds these integers
    steps = BlurOfFloats(recipe, dtype, has_small_windows=False)
    fallback = ScaledBlur(recipe, dtype)
    element_bytes = _element_bytes(recipe, dtype)
    return SeparableKernel(recipe, steps, element_bytes, fallback, order_dependent=True)


def _integer_kernel(recipe: Recipe, total_weight: int) -> Kernel:
    source = recipe.in_dtype
    dtype = sum_dtype(source, total_weight)
    splits_64_bits = source.itemsize == 8
    sums = (dtype, np.dtype(np.uint64)) if splits_64_bits else (dtype,)
    dtypes = (*sums, sum_dtype(np.dtype(np.bool_), total_weight))
    steps = BlurOfIntegers(recipe, dtypes, splits_64_bits, total_weight)
    element_bytes = max(dtype.itemsize, source.itemsize) * len(sums)
    return SeparableKernel(recipe, steps, element_bytes)


def _small_float_kernel(recipe: Recipe) -> Kernel:
    source = recipe.in_dtype
    real = source.type(0).real.dtype if source.kind == "c" else source
    in_float32 = real == np.float16 or (
        source == recipe.out_dtype
        and real == np.float32
        and recipe.max_window_elements <= FLOAT32_SUM_ELEMENTS
    )
    dtype = np.dtype(np.float32) if in_float32 else working_dtype(real)
    steps = BlurOfFloats(recipe, dtype, has_small_windows=True)
    fallback = None
    if dtype == real == np.float32:
        fallback = replace(steps, dtype=np.dtype(np.float64))
    elif dtype == real:
        fallback = replace(steps, scale=OVERFLOW_SCALE)
    element_bytes = _element_bytes(recipe, dtype)
    return SeparableKernel(recipe, steps, element_bytes, fallback, order_dependent=True)


def _element_bytes(recipe: Recipe, dtype: DType) -> int:
    n_arrays = (2 if recipe.in_dtype.kind == "c" else 1) + (recipe.ignored is not None)
    return n_arrays * dtype.itemsize
