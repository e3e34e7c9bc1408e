"""Tests that the colours of figures differ for everybody and in print, and that text is legible."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
from PIL.ImageColor import getrgb

from poolcli.explain.palettes import PALETTES, Palette
from poolcli.report.contrast import luminance

Vector = npt.NDArray[np.float64]

COLOUR_VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
"""Linear sRGB as persons see it: Machado, Oliveira and Fernandes, A Physiologically-based Model
for Simulation of Color Vision Deficiency, IEEE TVCG 15(6), 2009, severity 1.0."""

XYZ_OF_RGB = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
"""The XYZ values of the primaries of sRGB, relative to D65."""

D65 = np.array([0.95047, 1, 1.08883])

JUST_CLEARLY_DIFFERENT = 10.0
"""The smallest distance between two colours in CIELAB (CIE 1976); 2.3 is just visible."""

LIGHTNESS_STEP = 7.0
"""The smallest difference in CIELAB's L*, of 0 to 100, between two colours printed in grey."""


def linear(colour: str) -> Vector:
    """Return linear sRGB of ``#rrggbb``."""
    values = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: Vector) -> Vector:
    """Return CIELAB of linear sRGB."""
    xyz = XYZ_OF_RGB @ rgb.clip(0, 1) / D65
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2)."""
    dark, light = sorted(luminance(getrgb(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def fills(palette: Palette) -> list[str]:
    """Return the colours behind cells."""
    return [palette.background, *palette.windows]


@pytest.mark.parametrize("vision", COLOUR_VISION)
@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_windows_differ_for_colour_blind_people(palette: Palette, vision: str) -> None:
    seen = [lab(COLOUR_VISION[vision] @ linear(colour)) for colour in fills(palette)]
    distances = [np.linalg.norm(one - other) for one, other in combinations(seen, 2)]
    assert min(distances) >= JUST_CLEARLY_DIFFERENT


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_windows_differ_in_grey(palette: Palette) -> None:
    lightness = sorted(lab(linear(colour))[0] for colour in fills(palette))
    assert np.diff(lightness).min() >= LIGHTNESS_STEP


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_text_is_legible(palette: Palette) -> None:
    assert min(contrast(palette.text, fill) for fill in fills(palette)) >= 4.5
    assert contrast(palette.muted, palette.background) >= 4.5


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_marks_are_visible(palette: Palette) -> None:
    """Graphical objects need a contrast of 3 (WCAG 2.2, 1.4.11)."""
    assert min(contrast(palette.chosen, fill) for fill in fills(palette)) >= 3
    assert contrast(palette.border, palette.background) >= 3
    assert contrast(palette.padding, palette.background) >= 3
