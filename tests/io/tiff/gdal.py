"""GDAL's command-line tools, which make and describe GeoTIFFs for tests."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest
from PIL import Image


def translate(source: str, name: str, *options: str) -> None:
    """Write a GeoTIFF with the pixels of an image; skip the test without GDAL."""
    if shutil.which("gdal_translate") is None:
        pytest.skip("needs gdal_translate")
    subprocess.run(["gdal_translate", "-q", *options, source, name], check=True)


def make(name: str, size: tuple[int, int], *options: str) -> None:
    """Write a GeoTIFF of a grey image of (width, height); skip the test without GDAL."""
    source = f"{name}.png"
    Image.linear_gradient("L").resize(size).save(source)
    translate(source, name, *options)


def info(name: str) -> dict[str, Any]:
    """Return what gdalinfo says of a file."""
    done = subprocess.run(["gdalinfo", "-json", name], check=True, capture_output=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
