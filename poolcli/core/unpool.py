"""The public function `unpool`, which puts the values of max pooling back at their indices."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from poolcli.core.arguments import as_integer, is_sequence
from poolcli.core.array_protocols import ArrayArgument, as_array
from poolcli.core.dtypes import Array
from poolcli.core.engine.run_unpool import run_unpool
from poolcli.core.errors import ArgumentTypeError
from poolcli.core.masked_arrays import contains_masked_array
from poolcli.core.unpool_recipe import make_unpool_recipe
from poolcli.core.window import Window


def unpool(
    values: ArrayArgument,
    indices: ArrayArgument,
    output_size: int | Sequence[int | None] | None,
    *,
    axes: int | Sequence[int] | None = None,
    fill: complex | Fraction | np.generic = 0,
) -> Array:
    """Put pooled values back where the indices of max pooling say.

    Parameters
    ----------
    values : array_like
        Any shape of at least one axis and any numeric dtype, as in `pool`; never changed.
    indices : array_like of int
        Of the shape of `values`: flat indices over the pooled axes of the result, in C order, as
        `pool` returns them with `return_indices`. A value whose index is -1 is left out.
    output_size : int, None or sequence of int or None
        The size of the result on the pooled axes, in elements: one for all axes or one per axis.
        None keeps an axis.
    axes : int or sequence of int, optional
        The pooled axes in the order of the sizes. By default they are the last
        ``len(output_size)`` axes, or the last 2 (1 for a 1-D array).
    fill : number
        All elements that no index names. The dtype of `values` must be able to hold it; floats are
        rounded to it.

    Returns
    -------
    ndarray
        A new array in C order and native byte order, of the dtype of `values`. If several indices
        of a plane are equal, the last of their values, in C order, is the result.

    Raises
    ------
    ValueError
        If an index is neither -1 nor in the result, the shapes of `values` and `indices` differ,
        or another argument is not allowed (`ArgumentError`, which has the argument's name as the
        attribute `argument`).
    TypeError
        If a type is not allowed (`ArgumentTypeError`, likewise). Indices are integers, but not
        uint64. Masked arrays are refused.

    Notes
    -----
    The results are those of PyTorch's ``MaxUnpool1d``, ``MaxUnpool2d`` and ``MaxUnpool3d``. The
    indices of ONNX's MaxPool and MaxUnpool count over the whole tensor: their remainder modulo the
    number of elements of a plane, ``indices % np.prod(output_size)``, counts over the plane.

    Examples
    --------
    >>> import numpy as np
    >>> from poolcli import pool
    >>> x = np.array([[1, 3, 2, 4], [5, 6, 7, 8]])
    >>> values, indices = pool(x, "max", 2, return_indices=True)
    >>> unpool(values, indices, (2, 4))
    array([[0, 0, 0, 0],
           [0, 6, 0, 8]])
    """
    for name, argument in (("values", values), ("indices", indices)):
        if contains_masked_array(argument):
            raise ArgumentTypeError(
                f"{name} is a masked array, whose mask would be lost; fill it first, with "
                f"{name}.filled({'v' if name == 'values' else '-1'})",
                name,
            )
    values, indices = as_array("values", values), as_array("indices", indices)
    dims = None
    if axes is not None:
        dims = tuple(as_integer("axes", axis) for axis in (axes if is_sequence(axes) else [axes]))
    recipe = make_unpool_recipe(values, indices, Window.adaptive(output_size), dims, fill)
    is_zero = not any(np.asarray(recipe.fill).tobytes())
    out = (np.zeros if is_zero else np.empty)(recipe.out_shape, recipe.out_dtype)
    run_unpool(recipe, values, indices, out, out_is_zero=is_zero)
    return out
