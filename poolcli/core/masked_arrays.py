"""Recognition of NumPy's masked arrays, whose masks `numpy.asarray` would lose."""

from __future__ import annotations

import sys


def contains_masked_array(x: object) -> bool:
    """Return whether `x` is a masked array, or a list or tuple that contains one at any depth.

    Examples
    --------
    >>> import numpy as np
    >>> contains_masked_array([[1, 2], [np.ma.masked, 3]]), contains_masked_array([[1, 2], [3, 4]])
    (True, False)
    """
    module = sys.modules.get("numpy.ma")  # no masked array exists before it is imported
    return module is not None and _contains(x, module.MaskedArray)


def _contains(x: object, array_type: type) -> bool:
    if not isinstance(x, list | tuple):
        return isinstance(x, array_type)
    types = set(map(type, x))  # even a long list has few types
    if any(issubclass(each, array_type) for each in types):
        return True
    is_nested = any(issubclass(each, list | tuple) for each in types)
    return is_nested and any(_contains(item, array_type) for item in x)
