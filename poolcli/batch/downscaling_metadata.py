"""The method of downscaling in OME-Zarr metadata: `type` and `metadata` of `multiscales`."""

from __future__ import annotations

from collections.abc import Mapping

from poolcli import __version__
from poolcli.core.axis import Axis
from poolcli.io.zarr.output_levels import Downscaling
from poolcli.request import Request
from poolcli.request_description import describe_request, window_data


def downscaling(request: Request, axes: Mapping[int, Axis]) -> Downscaling:
    """Return the method and the arguments that made the levels of a store.

    Parameters
    ----------
    request : Request
        The request.
    axes : mapping of int to Axis
        The windows along each pooled axis.

    Examples
    --------
    >>> from poolcli.core.window import Window
    >>> window = Window.fixed(2)
    >>> made = downscaling(Request((), "mode", window), dict(enumerate(window.on_axes((8, 8)))))
    >>> made.type, made.metadata["method"], made.metadata["kwargs"]["kernel_size"]
    ('mode', 'poolcli mode', [2, 2])
    """
    window = window_data(request.window, axes.values())._asdict()
    return Downscaling(
        request.mode,
        {
            "description": describe_request(request),
            "method": f"poolcli {request.mode}",
            "version": __version__,
            "kwargs": {name: value for name, value in window.items() if value is not None},
        },
    )
