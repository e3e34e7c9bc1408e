"""Make the sample files of this folder. README.md names their origin and terms.

Needs scikit-image, which contains the source images; poolcli does not depend on it:

    python -m pip install scikit-image
    python samples/make_samples.py
"""

import colorsys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from scipy import ndimage
from skimage import data, filters, measure, morphology, segmentation

FOLDER = Path(__file__).resolve().parent

GOLDEN_RATIO = 0.618034
"""The fractional part of the golden ratio, as a step between hues."""


def feature_map() -> NDArray[np.float32]:
    """Return the 4 by 4 plane of many textbooks as a tensor (N C H W)."""
    rows = [[1, 3, 2, 4], [5, 6, 7, 8], [2, 4, 1, 3], [0, 1, 2, 4]]
    return np.array(rows, dtype=np.float32).reshape(1, 1, 4, 4)


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


def save(image: Image.Image, name: str, title: str, author: str, terms: str) -> None:
    """Write a PNG that contains its credit."""
    info = PngInfo()
    for key, value in (("Title", title), ("Author", author), ("Copyright", terms)):
        info.add_text(key, value)
    image.save(FOLDER / name, optimize=True, pnginfo=info)


def main() -> None:
    """Write all samples and print their sizes."""
    np.save(FOLDER / "feature_map.npy", feature_map())
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
    for path in sorted(FOLDER.glob("*.np[yz]")) + sorted(FOLDER.glob("*.png")):
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
