"""TIFF files of every kind of pixels come out with the values, dtype and layout that they had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import ExifTags, Image

from poolcli import pool
from poolcli.io.tiff.page_storage_layout import PageLayout
from poolcli.io.tiff.tifffile_arguments import OutputPage, TiffFileOptions
from poolcli.io.tiff.tifffile_writer import write_tiff
from tests.conftest import Poolcli

tifffile = pytest.importorskip("tifffile")
pytest.importorskip("imagecodecs")

LZW, DEFLATE, LERC, JPEG2000, PNG, ZSTD, JPEG_XL = 5, 8, 34887, 34712, 34933, 50000, 50002


def make(
    path: Path,
    dtype: str,
    channels: int,
    seed: int = 0,
    size: tuple[int, int] = (37, 45),
    **options: Any,
) -> npt.NDArray[Any]:
    """Write a TIFF of random values; return them, H W or H W C."""
    rng = np.random.default_rng(0)
    shape = size if channels == 1 else (*size, channels)
    high = {"u": 200, "i": 100, "f": 100, "b": 2}[np.dtype(dtype).kind]
    if np.dtype(dtype).itemsize > 1 and np.dtype(dtype).kind in "ui":
        high = 30_000
    if "bitspersample" in options:
        high = 1 << options["bitspersample"]
    low = -high if np.dtype(dtype).kind in "if" else 0
    values = rng.integers(low, high, shape).astype(dtype)
    options.setdefault("photometric", "minisblack")
    if channels > 1:
        options.setdefault("planarconfig", "contig")
    stored = np.moveaxis(values, -1, 0) if options.get("planarconfig") == "separate" else values
    data: Any = np.ascontiguousarray(stored)
    if "bitspersample" in options:
        options |= {"shape": data.shape, "dtype": dtype, "rowsperstrip": len(data)}
        data = iter([packed(values, options["bitspersample"])])
    tifffile.imwrite(path, data, metadata=None, **options)
    return values


def packed(values: npt.NDArray[Any], depth: int) -> bytes:
    """Return a strip of values of a depth in bits."""
    rows = ("".join(f"{value:0{depth}b}" for value in row.ravel()) for row in values)
    padded = [row + "0" * (-len(row) % 8) for row in rows]
    return b"".join(int(row, 2).to_bytes(len(row) // 8) for row in padded)


def tags_of(path: Path) -> dict[str, Any]:
    """Return how the pixels of the first page are stored."""
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        return {
            "photometric": int(page.photometric),
            "compression": int(page.compression),
            "predictor": int(page.predictor),
            "planar": int(page.planarconfig),
            "extra": tuple(map(int, page.extrasamples)),
            "bits": page.bitspersample,
            "dtype": str(page.dtype),
            "tile": (page.tilelength, page.tilewidth) if page.is_tiled else None,
        }


def read(path: Path) -> npt.NDArray[Any]:
    """Return the values of a page as stored, H W or H W C."""
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        values = page.asarray()
        return np.moveaxis(values, 0, -1) if int(page.planarconfig) == 2 else values


DTYPES = (
    "bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16",
    "float32", "float64",
)  # fmt: skip

KINDS = [
    *({"dtype": dtype, "channels": 1} for dtype in DTYPES),
    *({"dtype": dtype, "channels": channels, "photometric": "rgb"}
      for dtype in ("uint8", "uint16", "uint32", "float32", "float64", "int16")
      for channels in (3, 4, 5)),
    *({"dtype": dtype, "channels": channels}
      for dtype in ("uint8", "uint16", "float32") for channels in (2, 5, 7)),
    *({"dtype": dtype, "channels": channels, "photometric": "separated"}
      for dtype in ("uint8", "uint16") for channels in (4, 5)),
    *({"dtype": dtype, "channels": 1, "photometric": "miniswhite"}
      for dtype in ("uint16", "uint32")),
    *({"dtype": dtype, "channels": 4, "photometric": "rgb", "extrasamples": [kind]}
      for dtype, kind in (("uint8", "unspecified"), ("uint16", "unspecified"),
                          ("uint16", "assocalpha"))),
    {"dtype": "uint16", "channels": 2, "extrasamples": ["unassalpha"]},
    {"dtype": "uint16", "channels": 1, "bitspersample": 12},
    {"dtype": "uint16", "channels": 3, "photometric": "rgb", "bitspersample": 10},
    {"dtype": "uint8", "channels": 1, "bitspersample": 4},
    {"dtype": "uint8", "channels": 3, "photometric": "cielab"},
    {"dtype": "uint16", "channels": 3, "photometric": "cielab"},
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(map(str, kind.values())))
def test_values_and_tags_stay(kind: dict[str, Any], tmp_path: Path, poolcli: Poolcli) -> None:
    source, target = tmp_path / "a.tif", tmp_path / "b.tif"
    values = make(source, **kind)
    poolcli("max", source, "--k", 1, "-o", target)
    assert tags_of(target) == tags_of(source)
    np.testing.assert_array_equal(read(target), values)
    assert read(target).dtype == values.dtype


STORAGES = [
    {"compression": LZW, "predictor": 2}, {"compression": ZSTD}, {"compression": PNG},
    {"compression": DEFLATE, "predictor": 2, "tile": (16, 32)}, {"compression": JPEG2000},
    {"compression": JPEG_XL}, {"compression": LERC}, {"tile": (32, 16)}, {"rowsperstrip": 5},
    {"byteorder": ">"},
    {"bigtiff": True}, {"bigtiff": True, "byteorder": ">", "compression": LZW, "predictor": 2},
]  # fmt: skip


@pytest.mark.parametrize(
    "storage",
    STORAGES,
    ids=lambda storage: "-".join(map(str, storage)) + str(storage.get("compression", "")),
)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_way_of_storing(
    storage: dict[str, Any], channels: int, tmp_path: Path, poolcli: Poolcli
) -> None:
    source, target = tmp_path / "a.tif", tmp_path / "b.tif"
    photometric = "rgb" if channels == 3 else "minisblack"
    values = make(source, "uint16", channels, photometric=photometric, **storage)
    poolcli("max", source, "--k", 2, "-o", target)
    expected = tags_of(source)
    if channels == 1 and expected["compression"] in (1, DEFLATE):
        expected["tile"] = None  # Pillow reads this image, and writes strips
    assert tags_of(target) == expected
    np.testing.assert_array_equal(read(target), pool(values, "max", 2, axes=(0, 1)))


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
@pytest.mark.parametrize("options", [{}, {"compression": DEFLATE}, {"tile": (16, 16)}])
def test_planar_configuration(
    dtype: str, options: dict[str, Any], tmp_path: Path, poolcli: Poolcli
) -> None:
    source, target = tmp_path / "a.tif", tmp_path / "b.tif"
    values = make(source, dtype, 3, photometric="rgb", planarconfig="separate", **options)
    poolcli("min", source, "--k", 3, "-o", target)
    assert tags_of(target) == tags_of(source)
    np.testing.assert_array_equal(read(target), pool(values, "min", 3, axes=(0, 1)))


@pytest.mark.parametrize("tile", [None, (16, 32)])
@pytest.mark.parametrize("channels", [1, 3])
def test_odd_depths_in_strips_and_tiles(
    tile: tuple[int, int] | None, channels: int, tmp_path: Path
) -> None:
    values = np.random.default_rng(0).integers(0, 1 << 12, (37, 45, channels), np.uint16)
    pixels = values if channels > 1 else values[..., 0]
    layout = PageLayout(
        photometric=2 if channels > 1 else 1, tile_size=tile, bits=12, is_planar=channels > 1
    )
    with (tmp_path / "a.tif").open("w+b") as file:
        write_tiff(file, [OutputPage(pixels, layout)], TiffFileOptions(), print)
    np.testing.assert_array_equal(read(tmp_path / "a.tif"), pixels)
    assert tags_of(tmp_path / "a.tif")["bits"] == 12


@pytest.mark.parametrize("storage", [{}, {"tile": (16, 32)}, {"compression": DEFLATE}])
@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_one_bit_that_pillow_does_not_read(
    photometric: str, storage: dict[str, Any], tmp_path: Path, poolcli: Poolcli
) -> None:
    source = tmp_path / "a.tif"
    options = {"photometric": photometric, "bigtiff": True, "byteorder": ">", **storage}
    values = make(source, "bool", 1, size=(37, 45), **options)
    poolcli("max", source, "--k", 2, "-o", tmp_path / "max.tif")
    np.testing.assert_array_equal(read(tmp_path / "max.tif"), pool(values, "max", 2))
    assert tags_of(tmp_path / "max.tif")["bits"] == 1
    poolcli("avg", source, "--k", 2, "-o", tmp_path / "avg.tif")
    expected = pool(values * np.uint8(255), "avg", 2, dtype="uint8")
    np.testing.assert_array_equal(read(tmp_path / "avg.tif"), expected)


def test_compressed_odd_depths_are_widened_with_a_note(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 1 << 12, (16, 16)).astype(np.uint16)
    notes: list[str] = []
    layout = PageLayout(compression=DEFLATE, bits=12)
    with (tmp_path / "a.tif").open("w+b") as file:
        write_tiff(file, [OutputPage(values, layout)], TiffFileOptions(), notes.append)
    np.testing.assert_array_equal(read(tmp_path / "a.tif"), values)
    assert notes == ["compressed values of 12 bits are stored as 16 bits"]


def test_means_round_half_up_and_keep_their_depth(tmp_path: Path, poolcli: Poolcli) -> None:
    source, target = tmp_path / "a.tif", tmp_path / "b.tif"
    values = make(source, "uint16", 3, photometric="rgb", size=(64, 64))
    poolcli("avg", source, "--k", 2, "-o", target)
    expected = pool(values, "avg", 2, axes=(0, 1), dtype="uint16")
    np.testing.assert_array_equal(read(target), expected)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_orientation_is_applied(orientation: int, tmp_path: Path, poolcli: Poolcli) -> None:
    source, target = tmp_path / "a.tif", tmp_path / "b.tif"
    values = make(
        source,
        "uint16",
        3,
        photometric="rgb",
        size=(6, 8),
        extratags=[(274, 3, 1, orientation, True)],
    )
    upright = values.swapaxes(0, 1) if orientation > 4 else values
    if orientation in (3, 4, 7, 8):
        upright = upright[::-1]
    if orientation in (2, 3, 6, 7):
        upright = upright[:, ::-1]
    poolcli("max", source, "--k", 1, "-o", target)
    np.testing.assert_array_equal(read(target), upright)
    with tifffile.TiffFile(target) as file:
        assert file.pages[0].tags.valueof(274, 1) == 1


def test_exif_and_gps_stay(tmp_path: Path, poolcli: Poolcli) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "somebody"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FNumber] = 5.6
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    Image.new("RGB", (8, 8)).save("small.png", exif=exif)
    values = np.arange(8 * 8 * 3, dtype=np.uint16).reshape(8, 8, 3) * 300
    np.save("x.npy", values)
    assert poolcli("max", "x.npy", "--layout", "HWC", "--k", 1, "-o", "wide.png").code == 0
    wide, small = Path("wide.png").read_bytes(), Path("small.png").read_bytes()
    start = small.index(b"eXIf") - 4
    chunk = small[start : start + 12 + int.from_bytes(small[start : start + 4], "big")]
    at = wide.index(b"IDAT") - 4
    Path("wide.png").write_bytes(wide[:at] + chunk + wide[at:])
    for name, result in (("wide.png", "a.tif"), ("a.tif", "b.tif")):
        assert poolcli("max", name, "--k", 2, "-o", result).code == 0
        with tifffile.TiffFile(result) as file:
            tags = file.pages[0].tags
            assert tags["Artist"].value == "somebody"
            assert tags["ExifTag"].value["FNumber"] == 5.6
            assert tags["GPSTag"].value["GPSLatitudeRef"] == "N"
