"""Lazy pooling of Dask arrays: `pool`, `adaptive_pool` and `global_pool`.

They take the arguments of the functions of the same names in `poolcli`, and give the same values,
bit for bit, in Dask arrays. `unpool` has no counterpart: every index can point into every chunk.
"""

from __future__ import annotations

try:
    import dask.array  # noqa: F401
except ImportError as error:
    raise ImportError(
        "poolcli.dask needs Dask: install poolcli with the extra [dask], or Dask alone with "
        "pip install 'dask[array]'"
    ) from error

from poolcli.dask.api import adaptive_pool, global_pool, pool

__all__ = ["adaptive_pool", "global_pool", "pool"]
