"""A script that makes ``gdal.npz``: results of ``gdal_translate -r rms``.

Needs gdal_translate (made with GDAL 3.6), NumPy and Pillow. From the repository's root::

    python -m tests.golden.make_with_gdal

The seeds are fixed, so that the same version of GDAL makes the same file.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count, product
from pathlib import Path

import numpy as np
from PIL import Image

from tests.golden import Case, write


def rms_case(dtype: str, factor: int, nodata: int | None, seed: int) -> Case:
    """Return a case: a raster whose sides are divided by a factor."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 256, (4 * factor, 5 * factor)).astype(dtype)
    if dtype == "float32":
        x = (x - np.float32(128)) / 4
    if nodata is not None:
        x[rng.random(x.shape) < 0.3] = nodata
        x[:factor, :factor] = nodata
    kwargs = {"mode": "rms", "kernel_size": factor, "ignore": nodata, "dtype": dtype}
    size = [str(side // factor) for side in reversed(x.shape)]
    with tempfile.TemporaryDirectory() as folder:
        plain, source, target = (Path(folder, name) for name in ("x.tif", "in.tif", "out.tif"))
        Image.fromarray(x).save(plain)
        tag = [] if nodata is None else ["-a_nodata", str(nodata)]
        subprocess.run(["gdal_translate", "-q", *tag, plain, source], check=True)
        command = ["gdal_translate", "-q", "-r", "rms", "-outsize", *size]
        subprocess.run([*command, source, target], check=True)
        values = np.asarray(Image.open(target))
    name = f"rms-{dtype}-{factor}-{nodata}-{seed}"
    tolerance = 3e-7 if dtype == "float32" else 0
    return Case(name, x, kwargs, values, None, tolerance, source={"call": " ".join(command)})


def cases() -> Iterator[Case]:
    """Yield all cases."""
    seeds = count(8000)
    for dtype, factor, nodata in product(("uint8", "uint16", "float32"), (2, 3, 4), (None, 7)):
        yield rms_case(dtype, factor, nodata, next(seeds))


if __name__ == "__main__":
    write("gdal", cases())
