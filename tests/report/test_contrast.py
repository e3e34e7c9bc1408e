"""Text on a colour can be read."""

from __future__ import annotations

from poolcli.report.contrast import text_colour


def test_contrast_of_text_is_at_least_that_of_wcag() -> None:
    for grey in range(256):
        share = grey / 255
        luminance = share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        text = 0.0 if text_colour((grey, grey, grey)) == "#000000" else 1.0
        lighter, darker = max(luminance, text), min(luminance, text)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5
