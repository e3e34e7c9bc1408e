"""A Dask preload: ends the HTTP server (dashboard, metrics, proxy) of a local scheduler or worker.

Any user of the machine could talk to it.
"""

from __future__ import annotations

from typing import Any


def dask_setup(server: Any) -> None:
    """Dask calls this with the scheduler or worker that has started."""
    server.http_server.stop()
