"""The types of Dask arrays, and Dask's array module without types."""

from __future__ import annotations

from typing import Any, TypeAlias

import dask.array

DaskArray: TypeAlias = dask.array.Array

DaskArrayPair: TypeAlias = tuple[DaskArray, DaskArray]
"""Values and indices."""

da: Any = dask.array
"""The module `dask.array`, most of whose functions have no types."""
