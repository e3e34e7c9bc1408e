"""Descriptions of stacks stay true: ImageJ's, OME-XML, tifffile's shape, as tifffile reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Poolcli

tifffile = pytest.importorskip("tifffile")

STACK = np.arange(3 * 2 * 8 * 12, dtype=np.uint16).reshape(3, 2, 8, 12)
"""Three slices of two channels."""

POOLED = STACK[..., 1::2, 1::2]
"""The maxima of windows of 2 by 2."""

TABLES = [np.arange(768, dtype=np.uint8).reshape(3, 256)] * 2

IMAGEJ = {
    "axes": "ZCYX", "unit": "um", "spacing": 0.5, "finterval": 2.0, "min": 1.0, "max": 99.0,
    "mode": "composite", "Info": "µ-scope", "Ranges": (0.0, 9.0, 1.0, 8.0), "LUTs": TABLES,
    "Labels": [f"{channel} {z}" for z in range(3) for channel in ("DAPI", "GFP")],
}  # fmt: skip


RESOLUTION = {282, 283, 296}


def read(name: str) -> tuple[str, tuple[int, ...], Any]:
    """Return axes, shape and elements of a file's only series."""
    with tifffile.TiffFile(name) as tiff:
        (series,) = tiff.series
        return series.axes, series.shape, series.asarray()


def resolution(name: str) -> tuple[Any, ...]:
    """Return horizontal and vertical resolution and unit."""
    with tifffile.TiffFile(name) as tiff:
        return tuple(tiff.pages[0].tags[tag].value for tag in (282, 283, 296))


@pytest.mark.parametrize("byte_order", "<>")
def test_imagej(poolcli: Poolcli, byte_order: str) -> None:
    poolcli("--version")  # in the folder of the test
    arguments = {"resolution": (5, 4), "metadata": IMAGEJ, "byteorder": byte_order}
    tifffile.imwrite("x.tif", STACK, imagej=True, **arguments)
    ran = poolcli("max", "x.tif", "--k", 2, "-o", "y.tif", "--json")
    assert ran.record["notes"] == []
    axes, shape, pixels = read("y.tif")
    assert (axes, shape) == ("ZCYX", POOLED.shape)
    np.testing.assert_array_equal(pixels, POOLED)
    assert resolution("y.tif") == ((5, 2), (2, 1), 1)
    with tifffile.TiffFile("x.tif") as before, tifffile.TiffFile("y.tif") as after:
        old, new = before.imagej_metadata, after.imagej_metadata
    np.testing.assert_array_equal(old.pop("LUTs"), new.pop("LUTs"))
    assert old == new
    assert new["Labels"] == IMAGEJ["Labels"]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("window", ["--k 2", "--k 1", "--layout ZCYX --axes Z --k 2 --s 1"])
def test_imagej_finds_all_images_after_the_first(poolcli: Poolcli, dtype: str, window: str) -> None:
    """ImageJ reads as many images as it has written, from where the first one starts."""
    poolcli("--version")
    stack = STACK.astype(dtype)
    tifffile.imwrite("x.tif", stack, imagej=True, metadata=IMAGEJ)
    assert poolcli("max", "x.tif", *window.split(), "-o", "y.tif").code == 0
    with tifffile.TiffFile("y.tif") as tiff:
        count = tiff.imagej_metadata["images"]
        page = tiff.pages[0]
        offset = page.dataoffsets[0]
        expected = np.stack([each.asarray() for each in tiff.pages])
        in_order = [each.dataoffsets[0] for each in tiff.pages]
    assert count == len(expected)
    assert in_order == [offset + number * page.nbytes for number in range(count)]
    found = np.fromfile("y.tif", page.dtype, expected.size, offset=offset)
    np.testing.assert_array_equal(found.reshape(expected.shape), expected)
    np.testing.assert_array_equal(read("y.tif")[2].reshape(expected.shape), expected)
    with Image.open("y.tif") as image:
        assert image.n_frames == count
        for number in range(count):
            image.seek(number)
            np.testing.assert_array_equal(np.asarray(image), expected[number])


def test_compressed_imagej_with_unlike_scales_and_regions(poolcli: Poolcli) -> None:
    poolcli("--version")
    text = tifffile.tifffile.imagej_description((3, 8, 12), axes="ZYX", xorigin=6.0, unit="um")
    extra = tifffile.imagej_metadata_tag({"Info": "x", "ROI": b"region"}, ">")
    with tifffile.TiffWriter("x.tif", byteorder=">") as writer:
        for number, page in enumerate(STACK[:, 0].astype(np.uint8)):
            first = {"description": text, "extratags": extra} if number == 0 else {}
            options = {"compression": "lzw", "metadata": None, "resolution": (3, 3)}
            writer.write(page, **options, **first)
    ran = poolcli("max", "x.tif", "--k", "4x3", "-o", "y.tif", "--json")
    assert ran.record["notes"] == [
        "ImageJ's regions of interest, overlays and plots were dropped: pixels have moved"
    ]
    assert read("y.tif")[:2] == ("ZYX", (3, 2, 4))
    assert resolution("y.tif") == ((1, 1), (3, 4), 2)
    with tifffile.TiffFile("y.tif") as tiff:
        assert tiff.pages[0].compression == 5
        assert tiff.imagej_metadata["xorigin"] == 2
        assert tiff.imagej_metadata["Info"] == "x"
        assert "ROI" not in tiff.imagej_metadata


def test_voxel_sizes_without_a_common_step(poolcli: Poolcli) -> None:
    poolcli("--version")
    tifffile.imwrite("x.tif", STACK[0, 0], imagej=True, resolution=(5, 5), metadata={"unit": "um"})
    ran = poolcli("max", "x.tif", "--adaptive", "4x5", "-o", "y.tif", "--json")
    assert ran.record["notes"] == [
        "the resolution, which is a measurement, was dropped: the result has no common step"
    ]
    with tifffile.TiffFile("y.tif") as tiff:
        assert tiff.pages[0].tags[283].value == (5, 2)
        assert 282 not in tiff.pages[0].tags


def test_a_photo_keeps_its_resolution(poolcli: Poolcli) -> None:
    poolcli("--version")
    for unit, compression in ((2, None), (3, None), (3, "lzw"), (1, "lzw")):
        arguments = {"resolution": (300, 118.5), "resolutionunit": unit, "compression": compression}
        tifffile.imwrite("x.tif", STACK[0, 0], **arguments)
        assert poolcli("max", "x.tif", "--k", 2, "-o", "y.tif", "--overwrite").code == 0
        assert resolution("y.tif") == ((300, 1), (237, 2), unit)


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("axes", [None, "ZCYX"])
def test_shape(poolcli: Poolcli, axes: str | None, compression: str | None) -> None:
    poolcli("--version")
    metadata = {"name": "cells"} | ({} if axes is None else {"axes": axes})
    arguments = {"photometric": "minisblack", "compression": compression}
    tifffile.imwrite("x.tif", STACK, metadata=metadata, **arguments)
    ran = poolcli("max", "x.tif", "--k", 2, "-o", "y.tif", "--json")
    assert ran.record["notes"] == []
    found = read("y.tif")
    assert found[:2] == (axes or "QQYX", POOLED.shape)
    np.testing.assert_array_equal(found[2], POOLED)
    with tifffile.TiffFile("y.tif") as tiff:
        assert tiff.shaped_metadata[0]["name"] == "cells"


@pytest.mark.parametrize("dtype", ["uint16", "float64"])
def test_small_pages(poolcli: Poolcli, dtype: str) -> None:
    """Directories between them have more bytes than all pixels."""
    poolcli("--version")
    stack = STACK.astype(dtype)
    with tifffile.TiffWriter("x.tif") as writer:
        writer.write(stack[:, 0, :4, :4], photometric="minisblack")
        writer.write(stack[:, 1, :4, :6], photometric="minisblack")
    assert poolcli("max", "x.tif", "--k", 2, "-o", "y.tif").code == 0
    with tifffile.TiffFile("y.tif") as tiff:
        first, second = (series.asarray() for series in tiff.series)
    np.testing.assert_array_equal(first, stack[:, 0, 1:4:2, 1:4:2])
    np.testing.assert_array_equal(second, stack[:, 1, 1:4:2, 1:6:2])


@pytest.mark.parametrize("count", [2, 3, 9])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_pages_of_one_pixel(poolcli: Poolcli, dtype: str, count: int) -> None:
    poolcli("--version")
    stack = np.arange(16 * count).reshape(count, 4, 4).astype(dtype)
    tifffile.imwrite("x.tif", stack, imagej=True, metadata={"axes": "ZYX"})
    assert poolcli("max", "x.tif", "--global", "-o", "y.tif").code == 0
    axes, _, pixels = read("y.tif")
    assert axes.startswith("Z")
    assert pixels.ravel().tolist() == [16 * z + 15 for z in range(count)]


def test_several_shapes_in_one_file(poolcli: Poolcli) -> None:
    poolcli("--version")
    with tifffile.TiffWriter("x.tif") as writer:
        writer.write(STACK[:, 0], photometric="minisblack")
        writer.write(STACK[0, 0, :4])
    assert poolcli("max", "x.tif", "--k", 2, "-o", "y.tif").code == 0
    with tifffile.TiffFile("y.tif") as tiff:
        assert [series.shape for series in tiff.series] == [(3, 4, 6), (2, 6)]


def test_a_shape_that_is_not_that_of_the_pages(poolcli: Poolcli) -> None:
    poolcli("--version")
    description = '{"shape": [9, 8, 12]}'
    tifffile.imwrite("x.tif", STACK[0, 0], metadata=None, description=description)
    ran = poolcli("max", "x.tif", "--k", 2, "-o", "y.tif", "--json")
    assert ran.record["notes"] == [
        "tifffile's description of the shape could not be read and was dropped"
    ]


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_ome(poolcli: Poolcli, compression: str | None) -> None:
    poolcli("--version")
    metadata = {
        "axes": "ZCYX", "PhysicalSizeX": 0.25, "PhysicalSizeXUnit": "µm", "PhysicalSizeZ": 2,
        "Channel": {"Name": ["DAPI", "GFP"]},
    }  # fmt: skip
    arguments = {"photometric": "minisblack", "compression": compression, "resolution": (40, 20)}
    tifffile.imwrite("x.ome.tif", STACK, metadata=metadata, ome=True, **arguments)
    ran = poolcli("max", "x.ome.tif", "--k", "2x3", "-o", "y.ome.tif", "--json")
    assert ran.record["notes"] == []
    axes, shape, pixels = read("y.ome.tif")
    assert (axes, shape) == ("ZCYX", (3, 2, 4, 4))
    np.testing.assert_array_equal(pixels, STACK[..., 1::2, 2::3])
    ratios = [above / below for above, below in resolution("y.ome.tif")[:2]]
    assert ratios == pytest.approx([40 / 3, 10])
    with tifffile.TiffFile("y.ome.tif") as tiff:
        assert tiff.is_ome
        root = ElementTree.fromstring(tiff.ome_metadata)
    (found,) = root.iterfind(".//{*}Pixels")
    expected = {"PhysicalSizeX": "0.75", "PhysicalSizeXUnit": "µm", "PhysicalSizeZ": "2"}
    assert found.attrib.items() >= expected.items()
    assert [each.get("Name") for each in root.iterfind(".//{*}Channel")] == ["DAPI", "GFP"]


def test_ome_of_several_images(poolcli: Poolcli) -> None:
    poolcli("--version")
    with tifffile.TiffWriter("x.ome.tif", ome=True) as writer:
        writer.write(STACK[:, 0], photometric="minisblack", metadata={"axes": "ZYX"})
        writer.write(STACK[0, :, :4], photometric="minisblack", metadata={"axes": "CYX"})
    assert poolcli("max", "x.ome.tif", "--k", 2, "-o", "y.ome.tif").code == 0
    with tifffile.TiffFile("y.ome.tif") as tiff:
        found = [(series.axes, series.shape) for series in tiff.series]
        np.testing.assert_array_equal(tiff.series[1].asarray(), POOLED[0, :, :2])
    assert found == [("ZYX", (3, 4, 6)), ("CYX", (2, 2, 6))]


def test_text_beyond_ascii_stays(poolcli: Poolcli) -> None:
    """Through Pillow, and through tifffile, which takes the pages that Pillow does not."""
    poolcli("--version")
    metadata = '<GDALMetadata>\n  <Item name="PLACE">Köln</Item>\n</GDALMetadata>'.encode()
    tags = [(42112, 2, 0, metadata, False), (315, 2, 0, "Jörg".encode("latin-1"), False)]
    for dtype in ("uint8", "float64"):
        page = STACK[0, 0].astype(dtype)
        tifffile.imwrite("x.tif", page, metadata=None, extratags=tags)
        assert poolcli("max", "x.tif", "-o", "y.tif", "--overwrite").code == 0
        data = Path("y.tif").read_bytes()
        assert metadata in data
        assert b"J\xf6rg\0" in data


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("Zeiss LSM", [(34412, 1, 8, bytes(8), False)]),
        ("MetaMorph", [(33628, 4, 1, 1, False), (33629, 4, 1, 1, False)]),
        ("NIH Image", [(43314, 1, 8, bytes(8), False)]),
        ("Aperio", [(270, 2, 0, b"Aperio Image Library\r\n8x12 |MPP = 0.5", False)]),
        ("Leica SCN", [(270, 2, 0, b"<scn><collection/></scn>\0", False)]),
    ],
)
@pytest.mark.parametrize("dtype", ["uint8", "float64"])
def test_metadata_of_instruments(
    poolcli: Poolcli, name: str, tags: list[tuple[Any, ...]], dtype: str
) -> None:
    poolcli("--version")
    if name == "Zeiss LSM":
        dtype = "uint8"  # tifffile refuses the value
    tifffile.imwrite("x.tif", STACK[0, 0].astype(dtype), metadata=None, extratags=tags)
    ran = poolcli("max", "x.tif", "--k", 2, "-o", "y.tif", "--json")
    note = f"metadata of {name} describe the stored pixels and are not copied"
    assert ran.record["notes"] == [note]
    with tifffile.TiffFile("y.tif") as tiff:
        assert not {tag for tag, *_ in tags} & {tag.code for tag in tiff.pages[0].tags}
        assert tiff.series[0].shape == (4, 6)


@pytest.mark.parametrize("into", ["png", "npy"])
def test_other_formats(poolcli: Poolcli, into: str) -> None:
    poolcli("--version")
    tifffile.imwrite("x.tif", STACK[0, 0], imagej=True, resolution=(5, 5), metadata={"unit": "um"})
    tifffile.imwrite("ome.tif", STACK[0, 0], ome=True)
    tifffile.imwrite("shape.tif", STACK[0, 0], metadata={"axes": "YX"})
    name = into.upper()
    for source, expected in (
        ("x", [f"{name} cannot store ImageJ's metadata: dropped"]),
        ("ome", [f"{name} cannot store OME-XML: dropped"]),
        ("shape", []),
    ):
        ran = poolcli("max", f"{source}.tif", "-o", f"{source}.{into}", "--json")
        assert ran.record["notes"] == expected
    if into == "png":
        for source, tags in (("x", RESOLUTION), ("ome", RESOLUTION), ("shape", set())):
            with Image.open(f"{source}.png") as image:
                assert not ({270} | tags) & set(image.getexif())


@pytest.mark.parametrize(
    ("window", "shape", "spacing", "labels"),
    [
        ("--k 2x2x2 --ceil", (2, 2, 4, 6), 1, None),
        ("--axes Z --global", (1, 2, 8, 12), 1.5, ["DAPI", "GFP"]),
        ("--axes YX --k 2", (3, 2, 4, 6), 0.5, ["DAPI", "GFP"] * 3),
    ],
)
def test_imagej_with_pooled_slices(
    poolcli: Poolcli, window: str, shape: tuple[int, ...], spacing: float, labels: list[str] | None
) -> None:
    poolcli("--version")
    metadata = IMAGEJ | {"Labels": ["DAPI", "GFP"] * 3}
    if labels is None:
        metadata["Labels"] = IMAGEJ["Labels"]
    tifffile.imwrite("x.tif", STACK, imagej=True, resolution=(5, 5), metadata=metadata)
    ran = poolcli("max", "x.tif", "--layout", "ZCYX", *window.split(), "-o", "y.tif", "--json")
    found, expected = ran.record["notes"], []
    if labels is None:
        expected = ["the labels of slices that were pooled together were dropped"]
    assert found == expected
    assert np.squeeze(read("y.tif")[2]).shape == tuple(size for size in shape if size > 1)
    with tifffile.TiffFile("y.tif") as tiff:
        imagej = tiff.imagej_metadata
        assert len(tiff.pages) == shape[0] * shape[1]
    assert imagej["images"] == shape[0] * shape[1]
    assert imagej["spacing"] == spacing
    assert imagej.get("Labels") == labels
    np.testing.assert_array_equal(imagej["LUTs"], TABLES)
    scale = 12 // shape[3]
    assert resolution("y.tif")[:2] == ((5, scale), (5, scale))


@pytest.mark.parametrize("dtype", ["uint16", "float64"])
def test_ome_with_pooled_slices(poolcli: Poolcli, dtype: str) -> None:
    poolcli("--version")
    metadata = {"axes": "ZCYX", "PhysicalSizeX": 0.25, "PhysicalSizeZ": 2, "TimeIncrement": 3}
    stack = STACK.astype(dtype)
    tifffile.imwrite("x.ome.tif", stack, metadata=metadata, ome=True, photometric="minisblack")
    window = ("--layout", "ZCYX", "--axes", "ZX", "--k", "3x2")
    ran = poolcli("max", "x.ome.tif", *window, "-o", "y.ome.tif", "--json")
    assert ran.record["notes"] == []
    axes, _, pixels = read("y.ome.tif")
    assert axes == "CYX"
    np.testing.assert_array_equal(pixels, stack[2, :, :, 1::2])
    with tifffile.TiffFile("y.ome.tif") as tiff:
        root = ElementTree.fromstring(tiff.ome_metadata)
    (found,) = root.iterfind(".//{*}Pixels")
    expected = {
        "SizeZ": "1", "SizeC": "2", "PhysicalSizeX": "0.5", "PhysicalSizeZ": "6.0",
        "TimeIncrement": "3", "Type": {"uint16": "uint16", "float64": "double"}[dtype],
    }  # fmt: skip
    assert found.attrib.items() >= expected.items()


def test_shape_with_pooled_slices(poolcli: Poolcli) -> None:
    poolcli("--version")
    metadata = {"axes": "ZYX", "name": "cells"}
    tifffile.imwrite("x.tif", STACK[:, 0], metadata=metadata, photometric="minisblack")
    assert poolcli("max", "x.tif", "--layout", "ZYX", "--k", 2, "-o", "y.tif").code == 0
    axes, shape, pixels = read("y.tif")
    assert (axes, shape) == ("ZYX", (1, 4, 6))
    np.testing.assert_array_equal(pixels[0], POOLED[1, 0])
    with tifffile.TiffFile("y.tif") as tiff:
        assert tiff.shaped_metadata[0]["name"] == "cells"
