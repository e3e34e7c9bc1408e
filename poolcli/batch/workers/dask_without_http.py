"""A Dask preload module that stops the HTTP server of a local scheduler or worker.

That server offers the dashboard, metrics and a proxy to any user of the machine.
"""

from __future__ import annotations

from typing import Any


def dask_setup(server: Any) -> None:
    """Stop the HTTP server; Dask calls this with the scheduler or worker that has started."""
    server.http_server.stop()
