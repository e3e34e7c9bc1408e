"""Checks of the files that the commands of the guides write, with NumPy and other readers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

FIGURES_ON_POOLING = Path(__file__).parents[1] / "docs" / "pooling"


def check_label_maps(folder: Path) -> None:
    """Check that the labels of a palette image and of a volume stay labels."""
    with (
        Image.open(folder / "small.png") as small,
        Image.open(folder / "samples/labels.png") as all_,
    ):
        assert (small.mode, small.getpalette()) == ("P", all_.getpalette())
        assert {*np.unique(np.asarray(small))} <= {*np.unique(np.asarray(all_))}
    volume, half = np.load(folder / "labels.npy"), np.load(folder / "labels2.npy")
    blocks = volume.reshape(4, 2, 16, 2, 20, 2).transpose(0, 2, 4, 1, 3, 5).reshape(4, 16, 20, 8)
    counts = (blocks[..., None] == np.arange(13)).sum(axis=-2)
    np.testing.assert_array_equal(half, counts.argmax(axis=-1))


def check_microscopy(folder: Path) -> None:
    """Check values, axes and voxel sizes of projections, binned stacks, pyramids and stores."""
    tifffile = pytest.importorskip("tifffile")
    stack = tifffile.imread(folder / "samples/nuclei.tif")
    blocks = stack.reshape(4, 2, 2, 16, 2, 20, 2).astype(float)
    projection = tifffile.imread(folder / "projection.tif")
    np.testing.assert_array_equal(projection, stack.max(axis=0))
    with tifffile.TiffFile(folder / "binned.tif") as file:
        means = np.floor(blocks.mean(axis=(1, 4, 6)) + 0.5)
        np.testing.assert_array_equal(file.asarray(), means)
        assert file.series[0].axes == "ZCYX"
        assert (file.imagej_metadata["spacing"], file.imagej_metadata["unit"]) == (1, "um")
        assert file.pages[0].tags.valueof(282) == (5, 2)  # pixels per micrometre
    with tifffile.TiffFile(folder / "labels_yx.tif") as file:
        assert (file.asarray().shape, file.series[0].axes) == ((8, 16, 20), "ZYX")
    with tifffile.TiffFile(folder / "pyramid.tif") as file:
        levels = file.series[0].levels
        assert [level.shape for level in levels] == [(8, 2, 32, 40), (8, 2, 16, 20), (8, 2, 8, 10)]
        np.testing.assert_array_equal(levels[0].asarray(), stack)
    zarr = pytest.importorskip("zarr")
    group = zarr.open_group(folder / "nuclei.zarr", mode="r")
    np.testing.assert_array_equal(group["0"][...], stack.transpose(1, 0, 2, 3))
    np.testing.assert_array_equal(
        zarr.open_group(folder / "projection.zarr", mode="r")["0"][...].squeeze(),
        stack.max(axis=0),
    )


def check_gis(folder: Path) -> None:
    """Check means without nodata, and the classes of a land cover map."""
    with Image.open(folder / "samples/dem.tif") as image:
        terrain = np.asarray(image, np.float64).reshape(16, 4, 20, 4)
    valid = terrain != -9999
    count = valid.sum(axis=(1, 3))
    total = np.where(valid, terrain, 0).sum(axis=(1, 3))
    with Image.open(folder / "dem120.tif") as image:
        means = np.where(count, total / np.maximum(count, 1), -9999).astype(np.float32)
        np.testing.assert_array_equal(np.asarray(image), means)
    with Image.open(folder / "samples/land_cover.tif") as image:
        palette, classes = image.getpalette(), np.asarray(image).reshape(16, 4, 20, 4)
    with Image.open(folder / "cover120.tif") as image:
        assert (image.mode, image.getpalette()) == ("P", palette)
        counts = np.stack([(classes == each).sum(axis=(1, 3)) for each in range(1, 6)])
        frequent = np.where(counts.any(axis=0), counts.argmax(axis=0) + 1, 0)
        np.testing.assert_array_equal(np.asarray(image), frequent)


def check_machine_learning(folder: Path) -> None:
    """Check that unpooling puts each maximum back, and nothing else."""
    with Image.open(folder / "samples/photo.png") as image:
        photo = np.asarray(image)
    with Image.open(folder / "sparse.png") as image:
        sparse = np.asarray(image)
    assert ((sparse == photo) | (sparse == 0)).all()
    assert np.count_nonzero(sparse) == photo.size // 16


def check_pooling(folder: Path) -> None:
    """Check that commands draw the figures that the page shows, and animations of their size.

    The pixels of animations depend on the version of FreeType.
    """
    for path in FIGURES_ON_POOLING.glob("*.svg"):
        assert (folder / path.name).read_text("utf-8") == path.read_text("utf-8")
    for path in FIGURES_ON_POOLING.glob("*.gif"):
        with Image.open(folder / path.name) as made, Image.open(path) as shown:
            assert (made.n_frames, made.size) == (shown.n_frames, shown.size)
