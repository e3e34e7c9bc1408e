"""Synthetic images whose pixels resemble those of photos, label maps, text and screenshots."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

SIDE = 2048
"""Rows and columns of all images."""

WORDS = ("pool", "kernel", "stride", "window", "the", "of", "and", "max", "average", "picture")

_RANDOM = np.random.default_rng(7)


def cloud(roughness: float, channels: int = 1) -> NDArray[np.float64]:
    """Return smooth noise from 0 to 1 with a power spectrum like that of natural images.

    Parameters
    ----------
    roughness : float
        Exponent of the spectrum: larger values give smoother noise.
    channels : int

    Returns
    -------
    ndarray of shape (SIDE, SIDE, channels)
    """
    noise = _RANDOM.normal(size=(SIDE, SIDE, channels))
    frequencies = np.fft.fftfreq(SIDE)
    power = frequencies[:, None] ** 2 + frequencies**2
    power[0, 0] = 1
    spectrum = np.fft.fft2(noise, axes=(0, 1)) * (power ** (-roughness / 2))[..., None]
    values = np.fft.ifft2(spectrum, axes=(0, 1)).real
    values -= values.min()
    return values / values.max()


def photo(channels: int) -> NDArray[np.uint8]:
    """Return an image with the spectrum of a landscape and the noise of a sensor."""
    values = 255 * (0.7 * cloud(1.6) + 0.3 * cloud(1.6, channels))
    values += _RANDOM.normal(0, 2, values.shape)
    return values.clip(0, 255).astype(np.uint8).squeeze()


def labels() -> NDArray[np.uint8]:
    """Return a label map of 21 classes."""
    values = cloud(2.2)[..., 0]
    return np.digitize(values, np.quantile(values, np.arange(1, 21) / 21)).astype(np.uint8)


def palette_labels() -> Image.Image:
    """Return a label map with a palette of random colours."""
    image = Image.fromarray(labels()).convert("P")
    image.putpalette(_RANDOM.integers(0, 256, 768, np.uint8).tobytes())
    return image


def cut_out() -> Image.Image:
    """Return a photo in front of a transparent background."""
    opaque = cloud(2.4) > 0.5
    return Image.fromarray(np.dstack([photo(3) * opaque, opaque * np.uint8(255)]))


def text() -> Image.Image:
    """Return dark lines of text on white."""
    image = Image.new("RGB", (SIDE, SIDE), "white")
    draw, choice = ImageDraw.Draw(image), random.Random(1).choice
    for top in range(0, SIDE, 14):
        draw.text((8, top), " ".join(choice(WORDS) for _ in range(60)), fill=(20, 20, 60))
    return image


def screen() -> Image.Image:
    """Return coloured rectangles with labels, like the windows of a screen."""
    image = Image.new("RGBA", (SIDE, SIDE), (240, 240, 240, 255))
    draw, dice = ImageDraw.Draw(image), random.Random(2)
    for _ in range(200):
        left, top = dice.randrange(SIDE), dice.randrange(SIDE)
        colour = tuple(dice.randrange(256) for _ in range(3))
        draw.rectangle((left, top, left + 200, top + 60), fill=colour, outline=(0, 0, 0))
        draw.text((left + 9, top + 9), dice.choice(WORDS), fill=(0, 0, 0))
    return image


def gradient(highest: int) -> NDArray[np.float64]:
    """Return a diagonal gradient from 0 to a highest value."""
    steps = np.add.outer(np.arange(SIDE), np.arange(SIDE))
    return steps / steps.max() * highest


def tiles() -> NDArray[np.uint8]:
    """Return a tile of random pixels, repeated."""
    repeats = (SIDE // 32, SIDE // 32, 1)
    return np.tile(_RANDOM.integers(0, 256, (32, 32, 3), np.uint8), repeats)


IMAGES: dict[str, Callable[[], Image.Image]] = {
    "photo, RGB": lambda: Image.fromarray(photo(3)),
    "photo, grey": lambda: Image.fromarray(photo(1)),
    "cut-out, RGBA": cut_out,
    "label map, palette": palette_labels,
    "label map, grey": lambda: Image.fromarray(labels()),
    "label map, RGB": lambda: palette_labels().convert("RGB"),
    "instances, 16 bit": lambda: Image.fromarray(labels() * np.uint16(1000) + np.uint16(7)),
    "microscopy, 16 bit": lambda: Image.fromarray(
        _RANDOM.poisson(cloud(1.8)[..., 0] * 3000 + 100).astype(np.uint16)
    ),
    "terrain, 16 bit": lambda: Image.fromarray((cloud(2.4)[..., 0] * 65535).astype(np.uint16)),
    "gradient, 16 bit": lambda: Image.fromarray(gradient(65535).astype(np.uint16)),
    "gradient, grey": lambda: Image.fromarray(gradient(255).astype(np.uint8)),
    "text, RGB": text,
    "text, 1 bit": lambda: text().convert("1", dither=Image.Dither.NONE),
    "screen, RGBA": screen,
    "tiles, RGB": lambda: Image.fromarray(tiles()),
}
"""Functions that make an image of each kind, by the names of the kinds."""
