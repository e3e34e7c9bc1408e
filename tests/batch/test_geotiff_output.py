"""GeoTIFF outputs show the same places as their inputs, as GDAL understands both."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import pytest
from PIL import Image, TiffImagePlugin

from tests.conftest import Poolcli
from tests.io.tiff import gdal

SIZE = (36, 24)
"""Width and height of the inputs."""

EXTENT = ("-a_srs", "EPSG:32633", "-a_ullr", "1000", "2000", "1360", "1520")
"""Pixels of 10 by 20 m."""

POINT = ("-mo", "AREA_OR_POINT=Point")

POINTS = ((0.0, 0.0, 10.0, 50.0), (36.0, 0.0, 11.0, 50.1), (30.0, 20.0, 10.9, 49.0))


def geotransform(name: str) -> list[float]:
    found: list[float] = gdal.info(name)["geoTransform"]
    return found


def expected(window: str, before: Sequence[float]) -> list[float]:
    """Return GDAL's transform of an output, from stride and first centre of each axis."""
    (stride_y, centre_y), (stride_x, centre_x) = WINDOWS[window]
    x0, a, b, y0, d, e = before
    column, row = centre_x - stride_x / 2, centre_y - stride_y / 2
    return [
        x0 + a * column + b * row, a * stride_x, b * stride_y,
        y0 + d * column + e * row, d * stride_x, e * stride_y,
    ]  # fmt: skip


WINDOWS = {
    "--k 2": ((2, 1), (2, 1)),
    "--k 3x2": ((3, 1.5), (2, 1)),
    "--k 3 --s 2": ((2, 1.5), (2, 1.5)),
    "--k 3 --s 1": ((1, 1.5), (1, 1.5)),
    "--k 3 --s 2 --p 1": ((2, 0.5), (2, 0.5)),
    "--k 2 --s 2 --p 1:0x0": ((2, 0), (2, 1)),
    "--k 3 --s 4 --d 2x3": ((4, 2.5), (4, 3.5)),
    "--k 5 --s 3 --p same": ((3, 1.5), (3, 1.5)),
    "--global": ((24, 12), (36, 18)),
    "--adaptive 6x9": ((4, 2), (4, 2)),
    "--k 2 --axes Y": ((2, 1), (1, 0.5)),
    "--k 2 --axes X": ((1, 0.5), (2, 1)),
    "--k 1": ((1, 0.5), (1, 0.5)),
}
"""Windows, and the stride and the centre of the first window, along Y and X, in pixels."""


KINDS = {
    "area": (), "point": POINT, "compressed": ("-co", "COMPRESS=LZW"),
    "big-endian": ("-co", "ENDIANNESS=BIG"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("window", "kind"),
    [
        *((window, "area") for window in WINDOWS),
        *(("--k 3 --s 2 --p 1", kind) for kind in KINDS if kind != "area"),
        ("--k 3x2", "point"),
    ],
)
def test_scale_and_position(poolcli: Poolcli, window: str, kind: str) -> None:
    gdal.make("x.tif", SIZE, *EXTENT, *KINDS[kind])
    ran = poolcli("max", "x.tif", *window.split(), "-o", "y.tif", "--json")
    assert ran.record["notes"] == []
    before, after = gdal.info("x.tif"), gdal.info("y.tif")
    assert after["geoTransform"] == pytest.approx(expected(window, before["geoTransform"]))
    assert before["coordinateSystem"] == after["coordinateSystem"]
    assert before["metadata"][""] == after["metadata"][""]
    if window in ("--k 2", "--k 3x2", "--global", "--adaptive 6x9", "--k 2 --axes Y"):
        assert before["cornerCoordinates"] == after["cornerCoordinates"]


@pytest.mark.parametrize("window", ["--k 2", "--k 3 --s 2 --p 1"])
@pytest.mark.parametrize("options", [(), POINT])
def test_a_rotated_raster(poolcli: Poolcli, window: str, options: tuple[str, ...]) -> None:
    gdal.make("x.tif", SIZE, "-a_srs", "EPSG:32633", *options)
    rewrite_as_matrix("x.tif", (1.0, 1.0, 0, 100, 1.0, -1.0, 0, 900, 0, 0, 0, 0, 0, 0, 0, 1))
    assert geotransform("x.tif")[2] == 1
    ran = poolcli("max", "x.tif", *window.split(), "-o", "y.tif", "--json")
    assert ran.record["notes"] == []
    assert geotransform("y.tif") == pytest.approx(expected(window, geotransform("x.tif")))


def rewrite_as_matrix(name: str, matrix: tuple[float, ...]) -> None:
    """Give a TIFF the transformation matrix, with the tags that it has."""
    with Image.open(name) as image:
        image.load()
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags.tagtype.update(image.tag_v2.tagtype)
        for tag in (34735, 34736, 34737):
            if tag in image.tag_v2:
                tags[tag] = image.tag_v2[tag]
        tags.tagtype[34264] = 12
        tags[34264] = tuple(map(float, matrix))
        image.save(name, tiffinfo=tags)


@pytest.mark.parametrize("options", [(), POINT])
def test_ground_control_points(poolcli: Poolcli, options: tuple[str, ...]) -> None:
    gcps = [word for point in POINTS for word in ("-gcp", *map(str, point))]
    gdal.make("x.tif", SIZE, *gcps, "-a_srs", "EPSG:4326", *options)
    ran = poolcli("avg", "x.tif", "--k", "2x3", "-o", "y.tif", "--json")
    assert ran.record["notes"] == []
    before, after = (gdal.info(name)["gcps"]["gcpList"] for name in ("x.tif", "y.tif"))
    assert len(after) == len(POINTS)
    for old, new in zip(before, after, strict=True):
        assert (new["pixel"] * 3, new["line"] * 2) == pytest.approx((old["pixel"], old["line"]))
        assert (new["x"], new["y"]) == (old["x"], old["y"])


def test_rational_polynomials(poolcli: Poolcli) -> None:
    gdal.make("x.tif", SIZE)
    with Image.open("x.tif") as image:
        image.load()
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags.tagtype[50844] = 12
        tags[50844] = (-1.0, -1.0, 11.5, 17.5, 50.0, 10.0, 0.0, 12.0, 18.0, *[1.0] * 83)
        image.save("x.tif", tiffinfo=tags)
    assert poolcli("avg", "x.tif", "--k", 2, "-o", "y.tif").code == 0
    before, after = (gdal.info(name)["metadata"]["RPC"] for name in ("x.tif", "y.tif"))
    assert float(before["LINE_OFF"]) == 11.5
    changed = {key: float(value) for key, value in after.items() if value != before[key]}
    assert changed == {"LINE_OFF": 5.5, "SAMP_OFF": 8.5, "LINE_SCALE": 6, "SAMP_SCALE": 9}


def test_levels_of_a_pyramid(poolcli: Poolcli) -> None:
    gdal.make("x.tif", SIZE, *EXTENT)
    window = ("--k", 3, "--s", 2, "--p", 1)
    assert poolcli("max", "x.tif", *window, "--levels", 2, "-o", "y.tif").code == 0
    assert geotransform("y.L1.tif") == [995, 20, 0, 2010, 0, -40]
    assert geotransform("y.L2.tif") == [985, 40, 0, 2030, 0, -80]


def test_windows_without_a_common_step(poolcli: Poolcli) -> None:
    gdal.make("x.tif", SIZE, *EXTENT)
    ran = poolcli("max", "x.tif", "--adaptive", "7x9", "-o", "y.tif", "--json")
    assert ran.record["notes"] == [
        "the scale and position of a GeoTIFF were dropped: the result has no common step"
    ]
    assert "geoTransform" not in gdal.info("y.tif")


@pytest.mark.parametrize("into", ["png", "jpg", "webp", "npy"])
def test_other_formats(poolcli: Poolcli, into: str) -> None:
    gdal.make("x.tif", SIZE, *EXTENT)
    ran = poolcli("max", "x.tif", "-o", f"y.{into}", "--json")
    (note,) = [each for each in ran.record["notes"] if "GeoTIFF" in each]
    assert note.endswith("cannot store the scale and position of a GeoTIFF: dropped")
    if into == "png":
        with Image.open("y.png") as image:
            assert not {33550, 33922} & set(image.getexif())


def test_a_turned_page_loses_its_position(poolcli: Poolcli) -> None:
    gdal.make("x.tif", SIZE, *EXTENT)
    tags: Any
    with Image.open("x.tif") as image:
        image.load()
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        for tag in (33550, 33922, 274):
            tags.tagtype[tag] = 12 if tag > 1000 else 3
            tags[tag] = image.tag_v2[tag] if tag > 1000 else 6
        image.save("turned.tif", tiffinfo=tags)
    ran = poolcli("max", "turned.tif", "-o", "y.tif", "--json")
    assert ran.record["notes"] == [
        "the scale and position of a GeoTIFF were dropped: its pixels were turned"
    ]
    assert "geoTransform" not in gdal.info("y.tif")


def test_statistics_go_and_other_metadata_of_gdal_stay(poolcli: Poolcli) -> None:
    gdal.make("x.tif", SIZE, *EXTENT, "-stats", "-mo", "PLACE=Köln", "-scale", "0", "255", "1", "9")
    before = gdal.info("x.tif")
    assert "STATISTICS_MEAN" in before["bands"][0]["metadata"][""]
    ran = poolcli("max", "x.tif", "-o", "y.tif", "--json")
    assert ran.record["notes"] == [
        "the statistics in GDAL's metadata describe the input's values and are not copied"
    ]
    after = gdal.info("y.tif")
    assert after["bands"][0].get("metadata", {}) == {}
    assert after["metadata"][""] == before["metadata"][""]


def test_damaged_tags_are_dropped_with_a_note(poolcli: Poolcli) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags.tagtype[33550] = 12
    tags[33550] = (1.0, struct.unpack("<d", b"\0\0\0\0\0\0\xf8\x7f")[0], 0.0)
    Image.new("L", (8, 8)).save("x.tif", tiffinfo=tags)
    ran = poolcli("max", "x.tif", "-o", "y.tif", "--json")
    assert ran.record["notes"] == [
        "the scale and position of a GeoTIFF were dropped: they are damaged"
    ]
