"""Zarr stores that tests read: arrays and OME-Zarr images of both versions of the format."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from zarr.core.sync import sync
from zarr.storage import LocalStore

from poolcli.io.zarr.http_file_system import HttpFileSystem

VALUES = np.arange(2 * 9 * 10 * 11, dtype=np.uint16).reshape(2, 9, 10, 11)

AXES = [
    {"name": "c", "type": "channel"},
    {"name": "z", "type": "space", "unit": "micrometer"},
    {"name": "y", "type": "space", "unit": "micrometer"},
    {"name": "x", "type": "space", "unit": "micrometer"},
]


def write_array(
    path: Path | str, values: Any = VALUES, zarr_format: Any = 3, **options: Any
) -> zarr.Array[Any]:
    """Write a plain array and return it."""
    values = np.asarray(values)
    options.setdefault("chunks", tuple(min(4, size) for size in values.shape))
    array = zarr.create_array(
        str(path), shape=values.shape, dtype=values.dtype, zarr_format=zarr_format, **options
    )
    array[...] = values
    return array


def write_image(
    path: Path | str,
    values: Any = VALUES,
    zarr_format: Any = 3,
    levels: int = 1,
    axes: Any = AXES,
    **options: Any,
) -> zarr.Group:
    """Write an OME-Zarr image, of version 0.4 or 0.5, and return its group.

    Every level takes every second element of the spatial axes of the level before.
    """
    values = np.asarray(values)
    group = zarr.create_group(str(path), zarr_format=zarr_format)
    datasets = []
    for level in range(levels):
        steps = [2**level if axis.get("type") == "space" else 1 for axis in axes]
        part = values[tuple(slice(None, None, step) for step in steps)]
        write_array(f"{path}/{level}", part, zarr_format, **options)
        scale = [0.1 * step for step in steps]
        datasets.append(
            {
                "path": str(level),
                "coordinateTransformations": [{"type": "scale", "scale": scale}],
            }
        )
    set_multiscales(group, {"axes": axes, "datasets": datasets, "name": "cells"})
    return group


def set_multiscales(group: zarr.Group, multiscale: dict[str, Any]) -> None:
    """Write the metadata of an image into a group."""
    if group.metadata.zarr_format == 3:
        group.attrs["ome"] = {"version": "0.5", "multiscales": [multiscale]}
    else:
        group.attrs["multiscales"] = [{"version": "0.4", **multiscale}]


def edit_json(path: Path, **changes: Any) -> None:
    """Change entries of a JSON file; None removes one."""
    content = json.loads(path.read_text())
    content.update(changes)
    path.write_text(json.dumps({key: each for key, each in content.items() if each is not None}))


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a log."""

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def http_server(folder: Path, handler: Any = QuietHandler) -> Iterator[str]:
    """Serve a folder from a thread; give the URL. Connections to it are closed at the end."""
    serve = functools.partial(handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
    for file_system in HttpFileSystem._cache.values():
        if file_system._session is not None:
            sync(file_system._session.close())
    HttpFileSystem.clear_instance_cache()


def chunk_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list to which the path of each chunk is added that is read from a folder."""
    paths: list[str] = []
    get = LocalStore.get

    async def counted(store: LocalStore, key: str, *args: Any, **kwargs: Any) -> Any:
        if not key.endswith((".json", ".zarray", ".zattrs", ".zgroup", ".zmetadata")):
            paths.append(f"{store.root}/{key}")
        return await get(store, key, *args, **kwargs)

    monkeypatch.setattr(LocalStore, "get", counted)
    return paths
