"""TIFF files that are too large for Pillow, which decodes whole pages: read in strips and tiles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poolcli.io.images.image_block_reader import ReadableImage
from poolcli.io.open_document import open_document
from poolcli.io.tiff import open_tiff, tifffile_writer
from poolcli.io.tiff.strip_and_tile_reader import SegmentedPage
from tests.conftest import Poolcli

tifffile = pytest.importorskip("tifffile")
pytest.importorskip("imagecodecs")

RNG = np.random.default_rng(5)

KINDS: list[tuple[str, tuple[int, ...], dict[str, Any]]] = [
    ("u1", (90, 70), {"tile": (32, 32), "compression": "zlib"}),
    ("u2", (90, 70), {"rowsperstrip": 7, "compression": "lzw", "predictor": True}),
    ("f4", (90, 70), {"tile": (16, 48)}),
    ("u1", (90, 70, 3), {"tile": (32, 32), "compression": "zstd", "predictor": True}),
    ("u1", (90, 70, 4), {"extrasamples": (2,)}),
    ("u1", (90, 70, 4), {"photometric": "separated"}),
    ("u2", (5, 90, 70), {"compression": "zlib"}),
]


def read(path: Path) -> tuple[list[str | None], list[Any], list[Any]]:
    """Return the image modes, the sources and the pixels of all pages."""
    with open_document(str(path), 0, indexed=True) as document:
        modes, sources, pixels = [], [], []
        for item in document.items():
            modes.append(item.image_mode)
            sources.append(item.source)
            pixels.append(np.array(item.source[tuple(slice(0, n) for n in item.source.shape)]))
        return modes, sources, pixels


@pytest.mark.parametrize(("dtype", "shape", "storage"), KINDS)
def test_large_pages_have_the_values_that_pillow_gives(
    dtype: str,
    shape: tuple[int, ...],
    storage: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "a.tif"
    photometric = "rgb" if shape[-1] in (3, 4) else "minisblack"
    array = RNG.integers(0, 200, shape).astype(dtype)
    tifffile.imwrite(path, array, **{"photometric": photometric, "metadata": None} | storage)
    modes, sources, pixels = read(path)
    assert all(isinstance(source, ReadableImage) for source in sources)
    monkeypatch.setattr(open_tiff, "MAX_PILLOW_BYTES", 1000)
    large_modes, large_sources, large_pixels = read(path)
    assert not any(isinstance(source, ReadableImage) for source in large_sources)
    assert large_modes == modes
    assert np.array_equal(large_pixels, pixels)


def test_many_pages_are_read_without_pillow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_tiff, "MAX_PILLOW_PAGES", 4)
    path = tmp_path / "a.tif"
    array = RNG.integers(0, 200, (5, 20, 20)).astype(np.uint8)
    tifffile.imwrite(path, array, metadata=None, compression="zlib")
    _, sources, pixels = read(path)
    assert not any(isinstance(source, ReadableImage) for source in sources)
    assert np.array_equal(pixels, array)


@pytest.mark.parametrize(
    ("shape", "storage"),
    [
        ((64, 64), {"photometric": "miniswhite"}),
        ((64, 64, 4), {"photometric": "rgb", "extrasamples": (1,)}),
    ],
)
def test_pages_whose_values_pillow_changes_stay_with_pillow(
    shape: tuple[int, ...],
    storage: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(open_tiff, "MAX_PILLOW_BYTES", 1000)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.ones(shape, np.uint8), metadata=None, **storage)
    _, (source,), _ = read(path)
    assert isinstance(source, ReadableImage)


def test_tiles_are_the_chunks_of_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_tiff, "MAX_PILLOW_BYTES", 1000)
    path = tmp_path / "a.tif"
    array = RNG.integers(0, 200, (90, 70, 3)).astype(np.uint8)
    tifffile.imwrite(path, array, tile=(32, 16), photometric="rgb", metadata=None)
    _, (source,), _ = read(path)
    assert isinstance(source, SegmentedPage)
    assert source.chunk_shape == (32, 16, 3)


def imagej_stack(path: Path, array: Any) -> None:
    """Write an ImageJ stack in one directory, as ImageJ writes those larger than 4 GB."""
    tifffile.imwrite(
        path, array, imagej=True, metadata={"axes": "ZYX", "spacing": 2.0, "unit": "um"}
    )


@pytest.mark.parametrize("arguments", [[], ["--layout", "ZYX"]])
def test_large_imagej_stacks_are_written_in_one_directory(
    arguments: list[str], poolcli: Poolcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tifffile_writer, "MAX_CLASSIC_BYTES", 1000)
    monkeypatch.setattr(open_tiff, "MAX_PILLOW_BYTES", 1000)
    array = RNG.integers(0, 60_000, (7, 40, 30)).astype(np.uint16)
    imagej_stack(tmp_path / "a.tif", array)
    ran = poolcli("max", "a.tif", "--k", "2", "--axes", "YX", *arguments, "-o", "b.tif")
    assert ran.code == 0, ran.err
    expected = array.reshape(7, 20, 2, 15, 2).max((2, 4))
    with tifffile.TiffFile(tmp_path / "b.tif") as tiff:
        assert not tiff.is_bigtiff
        assert tiff.is_imagej
        assert len(tiff.pages) == 1
        assert np.array_equal(tiff.asarray(), expected)
        assert tiff.imagej_metadata["spacing"] == 2.0
    ran = poolcli("max", "b.tif", "--k", "1", "-o", "c.npy")
    assert ran.code == 0, ran.err
    assert np.array_equal(np.load("c.npy"), expected)


def test_other_large_stacks_are_written_as_big_tiff(
    poolcli: Poolcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tifffile_writer, "MAX_CLASSIC_BYTES", 1000)
    monkeypatch.setattr(open_tiff, "MAX_PILLOW_BYTES", 1000)
    array = RNG.integers(0, 60_000, (7, 40, 30)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", array)
    assert poolcli("max", "a.tif", "--k", "2", "-o", "b.tif").code == 0
    with tifffile.TiffFile(tmp_path / "b.tif") as tiff:
        assert tiff.is_bigtiff
        assert tiff.asarray().shape == (7, 20, 15)
