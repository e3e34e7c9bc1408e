"""Peak memory of whole commands on images, beside that of Pillow's decoder alone.

    python benchmarks/image_memory.py

All numbers are differences to what the same program needs for a tiny image.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from processes import measure_process

SIDE = 6000

MAKE_IMAGES = f"""
import numpy as np
from PIL import Image
y, x = np.mgrid[:{SIDE}, :{SIDE}]
rgb = np.stack([x // 16 % 256, y // 16 % 256, (x + y) // 16 % 256], -1).astype(np.uint8)
image, grey = Image.fromarray(rgb), Image.fromarray(rgb[..., 0])
turned = Image.Exif()
turned[274] = 6
Image.new("RGB", (8, 8)).save("tiny.png")
image.save("RGB.png", compress_level=1)
image.save("RGB.jpg")
image.save("turned.jpg", exif=turned)
image.save("RGB.bmp")
image.save("RGB.tif")
image.save("packed.tif", compression="tiff_lzw")
image.save("RGB.webp", method=0)
grey.save("grey.png", compress_level=1)
grey.convert("P").save("palette.png", compress_level=1)
Image.fromarray(rgb[..., 0] * np.uint16(257)).save("deep.png", compress_level=1)
"""

DECODE = "import sys, numpy; from PIL import Image; Image.open(sys.argv[1]).load()"

BYTES_PER_PIXEL = {"grey.png": 1, "deep.png": 2}
"""Bytes of a pixel of the result in Pillow's memory; 4 for all other files."""


def peak_mb(*arguments: str) -> float:
    """Return the peak memory of a Python process in MB."""
    return measure_process([sys.executable, *arguments]).peak_mb


def main() -> None:
    """Print a row for each image and kernel size."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        subprocess.run([sys.executable, "-c", MAKE_IMAGES], check=True)
        poolcli = ("-m", "poolcli", "max", "--quiet", "--overwrite", "-o", "out/")
        pillow_base, poolcli_base = peak_mb("-c", DECODE, "tiny.png"), peak_mb(*poolcli, "tiny.png")
        print(f"poolcli on a tiny image: {poolcli_base:.0f} MB, Pillow: {pillow_base:.0f} MB\n")
        print("| image | decoded | result | poolcli | more than both |")
        print("|---|---|---|---|---|")
        for kernel in (2, 1):
            for path in sorted(Path().glob("*.*")):
                if path.name == "tiny.png":
                    continue
                decoded = peak_mb("-c", DECODE, path.name) - pillow_base
                result = SIDE * SIDE * BYTES_PER_PIXEL.get(path.name, 4) / kernel**2 / 1e6
                whole = peak_mb(*poolcli, path.name, "--k", str(kernel)) - poolcli_base
                sizes = (decoded, result, whole, whole - decoded - result)
                cells = " | ".join(f"{size:.0f} MB" for size in sizes)
                print(f"| {path.name}, k {kernel} | {cells} |")


if __name__ == "__main__":
    main()
