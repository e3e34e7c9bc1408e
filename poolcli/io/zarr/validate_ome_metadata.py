"""Validation of OME-Zarr metadata by ome-zarr-models, which takes long to load."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from importlib import import_module
from typing import Any

OMERO, IMAGE_LABEL, MULTISCALES = "omero", "image-label", "multiscales"
"""The keys of the metadata."""


def validate_metadata(key: str, metadata: Mapping[str, Any], version: str) -> None:
    """Raise ValueError (of pydantic) if metadata break the specification.

    Parameters
    ----------
    key : str
        `OMERO`, `IMAGE_LABEL` or `MULTISCALES`.
    metadata : mapping
        The value of the key; of `MULTISCALES` one entry.
    version : {"0.4", "0.5"}
        The version of OME-Zarr.

    Examples
    --------
    >>> validate_metadata(IMAGE_LABEL, {"version": "0.5"}, "0.5")
    """
    from ome_zarr_models import v04, v05
    from ome_zarr_models.common.omero import Omero

    models: dict[str, Any] = {
        OMERO: Omero,
        IMAGE_LABEL: (v04 if version == "0.4" else v05).image_label_types.Label,
        MULTISCALES: (v04 if version == "0.4" else v05).multiscales.Multiscale,
    }
    models[key].model_validate(metadata)


def load_models_in_background() -> None:
    """Load ome-zarr-models in a thread, which takes 0.2 s, while this process waits for workers."""
    threading.Thread(target=import_module, args=("ome_zarr_models",), daemon=True).start()
