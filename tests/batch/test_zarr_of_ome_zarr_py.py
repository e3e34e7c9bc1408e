"""Images that ome-zarr-py wrote, of all versions of OME-Zarr, are read right."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from poolcli.io.zarr.open_zarr import open_zarr
from tests.conftest import Poolcli

pytest.importorskip("zarr")

GOLDEN = Path(__file__).parents[1] / "golden"
VALUES = np.arange(2 * 4 * 8 * 8, dtype=np.uint16).reshape(2, 4, 8, 8)
POOLED = VALUES.reshape(2, 2, 2, 4, 2, 4, 2).max((2, 4, 6))


@pytest.mark.parametrize("version", ["0.1", "0.2", "0.3", "0.4", "0.5"])
def test_images_and_labels(poolcli: Poolcli, version: str) -> None:
    shutil.unpack_archive(GOLDEN / f"ome_zarr_{version}.zip", "x.zarr")
    image = open_zarr("x.zarr")
    assert image.layout == ("TCZYX" if version in ("0.1", "0.2") else "CZYX")
    assert image.zarr_format == (3 if version == "0.5" else 2)
    assert len(image.levels) > 1
    assert (image.levels[1].scale is not None) == (version in ("0.4", "0.5"))
    assert poolcli("max", "x.zarr", "-o", "a.npy").code == 0
    np.testing.assert_array_equal(np.load("a.npy").reshape(POOLED.shape), POOLED)
    assert poolcli("max", "x.zarr/labels/cells", "-o", "b.npy").code == 0
    np.testing.assert_array_equal(np.load("b.npy").reshape(POOLED.shape), POOLED // 10)
    assert "x.zarr/labels/cells" in poolcli("max", "x.zarr/labels", "-o", "c.npy").err
