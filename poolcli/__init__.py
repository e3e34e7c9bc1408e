"""poolcli: CNN pooling for images and tensors, from the shell and from Python.

The functions are imported when they are first used, so that ``poolcli --help`` does not import
NumPy.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as in typing, which takes milliseconds to load

__version__ = "0.1.0"
__all__ = ["ModeName", "__version__", "adaptive_pool", "global_pool", "pool", "unpool"]

if TYPE_CHECKING:
    from poolcli.core.api import ModeName, adaptive_pool, global_pool, pool
    from poolcli.core.unpool import unpool
else:

    def __getattr__(name: str) -> object:
        if name == "unpool":
            from poolcli.core import unpool

            return unpool.unpool
        if name in __all__:
            from poolcli.core import api

            return getattr(api, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
