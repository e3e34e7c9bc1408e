"""Time and size of PNG files by kind of image and by encoder settings, as a Markdown table.

python benchmarks/png_compression.py
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import BinaryIO

from PIL import Image
from synthetic_images import IMAGES

from poolcli.io.images.encoding.encoder_options import EncoderOptions
from poolcli.io.images.encoding.png_strategy import MATCHING_LEVEL, RUN_LENGTH_OPTIONS
from poolcli.io.images.write import OutputFrames, write_image
from poolcli.io.metadata.image_metadata import ImageMetadata

Encoder = Callable[[BinaryIO, Image.Image], None]


def pillow_encoder(**settings: int) -> Encoder:
    """Return an encoder that is Pillow's with given settings."""
    return lambda file, image: image.save(file, "PNG", **settings)


def poolcli_encoder(threads: int) -> Encoder:
    """Return an encoder that is poolcli's with a number of threads."""

    def write(file: BinaryIO, image: Image.Image) -> None:
        frames = OutputFrames([image], [ImageMetadata()])
        write_image(file, frames, "PNG", EncoderOptions(threads=threads))

    return write


ENCODERS: dict[str, Encoder] = {
    "level 6": pillow_encoder(),
    "level 1": pillow_encoder(compress_level=1),
    "level 4": pillow_encoder(compress_level=MATCHING_LEVEL),
    "run-length": pillow_encoder(**RUN_LENGTH_OPTIONS),
    "poolcli": poolcli_encoder(1),
    "two threads": poolcli_encoder(2),
}


def time_and_size(image: Image.Image, encoder: Encoder) -> str:
    """Return the best of three times, the choice of settings included, and the size."""
    best = float("inf")
    for _ in range(3):
        file = io.BytesIO()
        start = time.perf_counter()
        encoder(file, image)
        best = min(best, time.perf_counter() - start)
    return f"{best * 1e3:.0f} ms, {file.tell() / 1e6:.2f} MB"


def main() -> None:
    """Print a row for each kind of image."""
    print("| kind | " + " | ".join(ENCODERS) + " |")
    print("|---|" + "---|" * len(ENCODERS))
    for kind, make in IMAGES.items():
        image = make()
        cells = [time_and_size(image, encoder) for encoder in ENCODERS.values()]
        print(f"| {kind} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
