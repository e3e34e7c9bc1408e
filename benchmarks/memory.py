"""Peak resident memory of whole commands on pictures, beside that of Pillow's decoder alone.

    python benchmarks/memory.py

The numbers are over what each program takes on a tiny picture. Linux, for it asks `wait4`.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

SIZE = 6000

MAKE = f"""
import numpy as np
from PIL import Image
y, x = np.mgrid[:{SIZE}, :{SIZE}]
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

RESULTS = {"grey.png": 1, "deep.png": 2}
"""Bytes a pixel of the result in Pillow's memory; 4 where nothing stands here."""


def peak(*command: str) -> float:
    """The most memory that a process held, in MB."""
    process = subprocess.Popen([sys.executable, *command], stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"failed: {command}")
    return usage.ru_maxrss / 1024 * 1.048576


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        subprocess.run([sys.executable, "-c", MAKE], check=True)
        pool = ("-m", "poolcli", "max", "--quiet", "--overwrite", "-o", "out/")
        empty, idle = peak("-c", DECODE, "tiny.png"), peak(*pool, "tiny.png")
        print(f"poolcli on a tiny picture: {idle:.0f} MB, Pillow: {empty:.0f} MB\n")
        print("| picture | decoded | result | poolcli | over both |")
        print("|---|---|---|---|---|")
        for kernel in (2, 1):
            for path in sorted(Path().glob("*.*")):
                if path.name == "tiny.png":
                    continue
                decoded = peak("-c", DECODE, path.name) - empty
                result = SIZE * SIZE * RESULTS.get(path.name, 4) / kernel**2 / 1e6
                ours = peak(*pool, path.name, "--k", str(kernel)) - idle
                sizes = (decoded, result, ours, ours - decoded - result)
                cells = " | ".join(f"{size:.0f} MB" for size in sizes)
                print(f"| {path.name}, k {kernel} | {cells} |")


if __name__ == "__main__":
    main()
