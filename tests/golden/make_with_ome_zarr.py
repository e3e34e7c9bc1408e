"""A script that makes ``ome_zarr_*.zip``: OME-Zarr images of all versions, by ome-zarr-py.

Needs ome-zarr-py: 0.10.2 with zarr 2.18 for versions 0.1 to 0.4, and 0.18 with zarr 3.1 for version
0.5. It makes the files of the versions that the installed package writes. In this folder::

    python make_with_ome_zarr.py
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import zarr
from ome_zarr import format as ome_formats
from ome_zarr.scale import Scaler
from ome_zarr.writer import write_image, write_labels


def main() -> None:
    """Write an image of 2 channels with a label image for each version."""
    is_zarr_3 = zarr.__version__.startswith("3")
    versions = ("V05",) if is_zarr_3 else ("V01", "V02", "V03", "V04")
    values = np.arange(2 * 4 * 8 * 8, dtype=np.uint16).reshape(2, 4, 8, 8)
    for name in versions:
        version = getattr(ome_formats, f"Format{name}")()
        has_five_axes = version.version in ("0.1", "0.2")
        image = values[np.newaxis] if has_five_axes else values
        axes = None if has_five_axes else "czyx"
        options = {} if is_zarr_3 else {"scaler": Scaler(max_layer=1)}
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/x.zarr"
            if is_zarr_3:
                group = zarr.open_group(path, mode="w", zarr_format=3)
            else:
                group = zarr.group(store=version.init_store(path, mode="w"))
            write_image(image, group, axes=axes, fmt=version, **options)
            labels = (image // 10).astype(np.uint32)
            write_labels(labels, group, name="cells", axes=axes, fmt=version, **options)
            target = Path(f"ome_zarr_{version.version}")
            shutil.make_archive(str(target), "zip", path)


if __name__ == "__main__":
    main()
