"""Tests of the formula for the output size."""

from __future__ import annotations

import pytest

from poolcli.core.window import Window
from poolcli.explain.size_formula import size_formula


@pytest.mark.parametrize(
    ("window", "size", "formula"),
    [
        (Window.fixed(3, 1, 0, 2), 9, "e = 2*(3-1)+1 = 5, floor((9 + 0 + 0 - 5) / 1) + 1 = 5"),
        (Window.fixed(2, ceil_mode=True), 5, "ceil((5 + 0 + 0 - 2) / 2) + 1 = 3"),
        (Window.fixed(2, 3, 1, ceil_mode=True), 5,
         "ceil((5 + 1 + 1 - 2) / 3) + 1 = 3, minus one because the last window would start in the "
         "padding: 2"),
        (Window.fixed(2, padding="same"), 5,
         "ceil(5 / 2) = 3; padding max((3 - 1)*2 + 2 - 5, 0) = 1: 0 before, 1 after"),
        (Window.adaptive(3), 5,
         "3, as requested; window i covers floor(i*5/3) up to, but not including, "
         "ceil((i+1)*5/3)"),
        (Window.global_window(), 5, "one window over all 5: 1"),
    ],
)  # fmt: skip
def test_formula_contains_the_numbers(window: Window, size: int, formula: str) -> None:
    assert size_formula(window.on_axes((size,))[0], window) == formula
