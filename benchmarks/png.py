"""Time and size of PNG files by kind of picture and by deflate's settings, as a Markdown table.

python benchmarks/png.py
"""

import io
import random
import time
from collections.abc import Callable
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from poolcli.io.images.encoding.encoder_options import EncoderOptions
from poolcli.io.images.encoding.png_strategy import MATCHING_OPTIONS, RUN_LENGTH_OPTIONS
from poolcli.io.images.write import OutputFrames, write_image
from poolcli.io.metadata.read import Metadata

SIZE = 2048
RNG = np.random.default_rng(7)
WORDS = ("pool", "kernel", "stride", "window", "the", "of", "and", "max", "average", "picture")


def cloud(roughness: float, channels: int = 1) -> NDArray[np.float64]:
    """Something whose spectrum falls as that of nature does, from 0 to 1."""
    noise = RNG.normal(size=(SIZE, SIZE, channels))
    along = np.fft.fftfreq(SIZE)
    power = along[:, None] ** 2 + along**2
    power[0, 0] = 1
    spectrum = np.fft.fft2(noise, axes=(0, 1)) * (power ** (-roughness / 2))[..., None]
    values = np.fft.ifft2(spectrum, axes=(0, 1)).real
    values -= values.min()
    return values / values.max()


def photo(channels: int) -> NDArray[np.uint8]:
    """Shapes and colours of a landscape, with the noise of a sensor."""
    values = 255 * (0.7 * cloud(1.6) + 0.3 * cloud(1.6, channels))
    values += RNG.normal(0, 2, values.shape)
    return values.clip(0, 255).astype(np.uint8).squeeze()


def labels() -> NDArray[np.uint8]:
    """A map of 21 classes."""
    values = cloud(2.2)[..., 0]
    return np.digitize(values, np.quantile(values, np.arange(1, 21) / 21)).astype(np.uint8)


def indexed() -> Image.Image:
    image = Image.fromarray(labels()).convert("P")
    image.putpalette(RNG.integers(0, 256, 768, np.uint8).tobytes())
    return image


def cut_out() -> Image.Image:
    seen = cloud(2.4) > 0.5
    return Image.fromarray(np.dstack([photo(3) * seen, seen * np.uint8(255)]))


def text() -> Image.Image:
    image = Image.new("RGB", (SIZE, SIZE), "white")
    draw, choice = ImageDraw.Draw(image), random.Random(1).choice
    for top in range(0, SIZE, 14):
        draw.text((8, top), " ".join(choice(WORDS) for _ in range(60)), fill=(20, 20, 60))
    return image


def screen() -> Image.Image:
    image = Image.new("RGBA", (SIZE, SIZE), (240, 240, 240, 255))
    draw, dice = ImageDraw.Draw(image), random.Random(2)
    for _ in range(200):
        left, top = dice.randrange(SIZE), dice.randrange(SIZE)
        colour = tuple(dice.randrange(256) for _ in range(3))
        draw.rectangle((left, top, left + 200, top + 60), fill=colour, outline=(0, 0, 0))
        draw.text((left + 9, top + 9), dice.choice(WORDS), fill=(0, 0, 0))
    return image


def gradient(most: int) -> NDArray[np.float64]:
    steps = np.add.outer(np.arange(SIZE), np.arange(SIZE))
    return steps / steps.max() * most


def tiles() -> NDArray[np.uint8]:
    return np.tile(RNG.integers(0, 256, (32, 32, 3), np.uint8), (SIZE // 32, SIZE // 32, 1))


KINDS: dict[str, Callable[[], Image.Image]] = {
    "photo, RGB": lambda: Image.fromarray(photo(3)),
    "photo, grey": lambda: Image.fromarray(photo(1)),
    "cut-out, RGBA": cut_out,
    "label map, palette": indexed,
    "label map, grey": lambda: Image.fromarray(labels()),
    "label map, RGB": lambda: indexed().convert("RGB"),
    "instances, 16 bit": lambda: Image.fromarray(labels() * np.uint16(1000) + np.uint16(7)),
    "microscopy, 16 bit": lambda: Image.fromarray(
        RNG.poisson(cloud(1.8)[..., 0] * 3000 + 100).astype(np.uint16)
    ),
    "terrain, 16 bit": lambda: Image.fromarray((cloud(2.4)[..., 0] * 65535).astype(np.uint16)),
    "gradient, 16 bit": lambda: Image.fromarray(gradient(65535).astype(np.uint16)),
    "gradient, grey": lambda: Image.fromarray(gradient(255).astype(np.uint8)),
    "text, RGB": text,
    "text, 1 bit": lambda: text().convert("1", dither=Image.Dither.NONE),
    "screen, RGBA": screen,
    "tiles, RGB": lambda: Image.fromarray(tiles()),
}

Write = Callable[[BinaryIO, Image.Image], None]


def by_pillow(**settings: int) -> Write:
    return lambda file, image: image.save(file, "PNG", **settings)


def by_poolcli(threads: int) -> Write:
    def write(file: BinaryIO, image: Image.Image) -> None:
        frames = OutputFrames([image], [Metadata()])
        write_image(file, frames, "PNG", EncoderOptions(threads=threads))

    return write


WAYS: dict[str, Write] = {
    "level 6": by_pillow(),
    "level 1": by_pillow(compress_level=1),
    "level 4": by_pillow(**MATCHING_OPTIONS),
    "run-length": by_pillow(**RUN_LENGTH_OPTIONS),
    "poolcli": by_poolcli(1),
    "two threads": by_poolcli(2),
}


def measure(image: Image.Image, write: Write) -> str:
    """The best of three times, choosing included, and the size."""
    best = float("inf")
    for _ in range(3):
        file = io.BytesIO()
        start = time.perf_counter()
        write(file, image)
        best = min(best, time.perf_counter() - start)
    return f"{best * 1e3:.0f} ms, {file.tell() / 1e6:.2f} MB"


def main() -> None:
    print("| kind | " + " | ".join(WAYS) + " |")
    print("|---|" + "---|" * len(WAYS))
    for kind, make in KINDS.items():
        image = make()
        row = [measure(image, write) for write in WAYS.values()]
        print(f"| {kind} | " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
