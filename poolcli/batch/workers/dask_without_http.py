"""A Dask preload that ends the HTTP server of a local scheduler or worker.

It serves the dashboard, metrics and a proxy, and any user of the machine could talk to it.
"""

from __future__ import annotations

from typing import Any


def dask_setup(server: Any) -> None:
    """Dask calls this with the scheduler or worker that has started."""
    server.http_server.stop()
