"""The choice of the kernel that computes a recipe."""

from __future__ import annotations

from poolcli.core.blocks import ReadableArray
from poolcli.core.engine.repeated_windows import RepeatedWindowsKernel, without_repeats
from poolcli.core.kernels.kernel_protocol import Kernel, kernel_for
from poolcli.core.recipe import Recipe


def choose_kernel(recipe: Recipe, source: ReadableArray) -> Kernel:
    """Return the kernel of the recipe's mode, or one that takes its place.

    Repeated windows are computed once, and windows that do not fit into memory are not gathered.

    Parameters
    ----------
    recipe : Recipe
        The pooling.
    source : ReadableArray
        The input.
    """
    distinct, repeats = without_repeats(recipe)
    if repeats:
        kernel = choose_kernel(distinct, source)
        return RepeatedWindowsKernel(distinct, repeats, kernel)
    kernel = _kernel_of_mode(recipe, source)
    if recipe.min_valid is not None:
        from poolcli.core.kernels.min_valid_windows import MinValidKernel

        return MinValidKernel(recipe, kernel)
    return kernel


def _kernel_of_mode(recipe: Recipe, source: ReadableArray) -> Kernel:
    kernel = kernel_for(recipe)
    if kernel.gathers_windows:
        from poolcli.core.kernels.out_of_core_ranked import OutOfCoreKernel, needs_out_of_core
        from poolcli.core.kernels.ranked import RankedKernel

        if isinstance(kernel, RankedKernel) and needs_out_of_core(recipe, source):
            return OutOfCoreKernel(kernel, recipe.in_dtype.itemsize)
    return kernel
