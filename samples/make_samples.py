"""Make the sample files of this folder. README.md names their origin and terms.

Needs scikit-image, which contains the source images, and tifffile; poolcli depends on neither:

    python -m pip install '.[tiff]' --group docs
    python samples/make_samples.py
"""

import colorsys
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from scipy import ndimage
from skimage import data, filters, measure, morphology, segmentation

FOLDER = Path(__file__).resolve().parent

SUFFIXES = (".npy", ".png", ".tif")

GOLDEN_RATIO = 0.618034
"""The fractional part of the golden ratio, as a step between hues."""

LAND_COVER_COLOURS = [
    (0, 0, 0), (70, 120, 190), (60, 120, 60), (150, 180, 90), (150, 140, 130), (240, 240, 245),
]  # fmt: skip
"""The colours of no data, water, forest, grass, rock and snow."""


def feature_map() -> NDArray[np.float32]:
    """Return the 4 by 4 plane of many textbooks as a tensor (N C H W)."""
    rows = [[1, 3, 2, 4], [5, 6, 7, 8], [2, 4, 1, 3], [0, 1, 2, 4]]
    return np.array(rows, dtype=np.float32).reshape(1, 1, 4, 4)


def axis() -> NDArray[np.float32]:
    """Return one axis of ten elements: each number is the position of its element's middle."""
    return np.arange(10, dtype=np.float32) + np.float32(0.5)


def photo() -> Image.Image:
    """Return the face of Chelsea the cat, 256 by 256, cropped from the photo."""
    return Image.fromarray(data.chelsea()[44:300, 96:352])


def coin_labels() -> NDArray[np.uint8]:
    """Return a label map of Greek coins: 0 is the background, the coins are numbered from 1."""
    coins = data.coins()
    # The light is uneven: a single threshold misses parts of coins or adds background. So only
    # clear cases are marked, and a watershed on the edges assigns all other pixels.
    markers = np.zeros(coins.shape, dtype=np.int32)
    markers[coins < 30] = 1
    markers[coins > 150] = 2
    is_coin = segmentation.watershed(filters.sobel(coins), markers) == 2
    is_coin = morphology.opening(ndimage.binary_fill_holes(is_coin), morphology.disk(3))
    return measure.label(is_coin).astype(np.uint8)


def label_image(labels: NDArray[np.uint8]) -> Image.Image:
    """Return the labels as a palette image: 0 is black, the hues of the others are far apart."""
    image = Image.fromarray(labels).convert("P")
    palette = [0, 0, 0]
    for index in range(1, int(labels.max()) + 1):
        hue = index * GOLDEN_RATIO % 1.0
        rgb = colorsys.hsv_to_rgb(hue, (0.9, 0.55)[index % 2], (1.0, 0.85)[index // 2 % 2])
        palette += [round(255 * value) for value in rgb]
    image.putpalette(palette)
    return image


def deep_field16() -> Image.Image:
    """Return the Hubble eXtreme Deep Field in 16-bit grey, summed over 4 by 4 pixels and 3 colours.

    The sum of 48 values of 8 bits is at most 12240; multiplied by 5, it uses 16 bits.
    """
    rgb = data.hubble_deep_field()
    height, width = rgb.shape[0] // 4, rgb.shape[1] // 4
    blocks = rgb[: height * 4, : width * 4].reshape(height, 4, width, 4, 3)
    return Image.fromarray((blocks.sum(axis=(1, 3, 4)) * 5).astype(np.uint16))


def nuclei() -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    """Return a made stack of cell nuclei: two channels (Z C Y X), and the labels (Z Y X).

    The first channel shows nuclei as ellipsoids that fade towards their borders, the second one
    their envelopes. Label 0 is the background.
    """
    random = np.random.default_rng(7)
    positions = np.stack(np.mgrid[0:8, 0:32, 0:40], axis=-1) + 0.5
    radii = np.array([2.5, 4.5, 4.5])  # a slice is thicker than a pixel is wide
    stack = np.zeros((8, 2, 32, 40))
    labels = np.zeros((8, 32, 40), np.uint8)
    for number in range(1, 13):
        scale = random.uniform(0.8, 1.1)
        centre = random.uniform((1.5, 3, 3), (6.5, 29, 37))
        distance = np.linalg.norm((positions - centre) / (radii * scale), axis=-1)
        stack[:, 0] += 9000 * random.uniform(0.5, 1) * np.clip(1 - distance**2, 0, 1)
        stack[:, 1] += 6000 * np.clip(1 - 4 * abs(distance - 0.9), 0, 1)
        labels[(distance < 1) & (labels == 0)] = number
    return (200 + np.minimum(stack, 30000) // 40 * 40).astype(np.uint16), labels


def terrain() -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return a made elevation model in metres, and its land cover, classes from 1 to 5.

    Outside of a slanted border there is no data: -9999 and class 0.
    """
    row, column = np.mgrid[0:64, 0:80] / 10
    hills = np.sin(column * 0.9 + 1) * np.cos(row * 0.8) + 0.4 * np.sin(2.3 * row + 1.7 * column)
    elevation = np.round(900 + 420 * hills + 60 * column, -1).astype(np.float32)
    cover = (1 + np.digitize(elevation, [620, 1100, 1350, 1600])).astype(np.uint8)
    is_outside = row + 0.3 * column < 1.4
    elevation[is_outside], cover[is_outside] = -9999, 0
    return elevation, cover


def geotiff_tags(nodata: str) -> list[tuple[int, str, int, object, bool]]:
    """Return the tags of a raster in UTM zone 32 north with pixels of 30 m."""
    keys = (1, 1, 0, 4, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 32632, 3076, 0, 1, 9001)
    return [
        (33550, "d", 3, (30.0, 30.0, 0.0), True),  # ModelPixelScale
        (33922, "d", 6, (0.0, 0.0, 0.0, 600_000.0, 5_200_000.0, 0.0), True),  # ModelTiepoint
        (34735, "H", len(keys), keys, True),  # GeoKeyDirectory
        (42113, "s", 0, nodata, True),  # GDAL_NODATA
    ]


def write_tiff_samples() -> None:
    """Write the stacks of a microscope and the rasters, all compressed with deflate."""
    stack, labels = nuclei()
    pixels_per_um = {"resolution": (5, 5), "compression": "zlib", "imagej": True}
    voxels = {"spacing": 0.5, "unit": "um"}
    tifffile.imwrite(
        FOLDER / "nuclei.tif", stack, metadata=voxels | {"axes": "ZCYX"}, **pixels_per_um
    )
    tifffile.imwrite(
        FOLDER / "nuclei_labels.tif", labels, metadata=voxels | {"axes": "ZYX"}, **pixels_per_um
    )
    elevation, cover = terrain()
    storage = {"metadata": None, "compression": "zlib", "software": False}
    tifffile.imwrite(FOLDER / "dem.tif", elevation, extratags=geotiff_tags("-9999"), **storage)
    colours = np.zeros((3, 256), np.uint16)
    colours[:, :6] = np.array(LAND_COVER_COLOURS).T * 257
    tifffile.imwrite(
        FOLDER / "land_cover.tif",
        cover,
        photometric="palette",
        colormap=colours,
        extratags=geotiff_tags("0"),
        **storage,
    )


def save(image: Image.Image, name: str, title: str, author: str, terms: str) -> None:
    """Write a PNG that contains its credit."""
    info = PngInfo()
    for key, value in (("Title", title), ("Author", author), ("Copyright", terms)):
        info.add_text(key, value)
    image.save(FOLDER / name, optimize=True, pnginfo=info)


def main() -> None:
    """Write all samples and print their sizes."""
    np.save(FOLDER / "feature_map.npy", feature_map())
    np.save(FOLDER / "axis.npy", axis())
    save(photo(), "photo.png", "Chelsea the cat", "Stefan van der Walt", "CC0 1.0")
    save(
        label_image(coin_labels()),
        "labels.png",
        "Labels of Greek coins from Pompeii",
        "derived from a photo of the Brooklyn Museum Collection",
        "No known copyright restrictions",
    )
    save(
        deep_field16(),
        "deep_field16.png",
        "Hubble eXtreme Deep Field, binned to 16-bit grey",
        "NASA, ESA, G. Illingworth, D. Magee, and P. Oesch (University of California, Santa Cruz), "
        "R. Bouwens (Leiden University), and the HUDF09 Team",
        "May be freely used in the public domain",
    )
    write_tiff_samples()
    for path in sorted(each for each in FOLDER.iterdir() if each.suffix in SUFFIXES):
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
