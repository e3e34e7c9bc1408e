"""Tests of numbers as text."""

from __future__ import annotations

import pytest

from poolcli.report.format_values import format_number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.25, "-0.25"),
        (1e-7, "1e-07"),
        (99999.25, "99999.2"),
        (100000.25, "100000.2"),
        (-123456789.0, "-123456789"),
        (2.0**53 - 1, "9007199254740991"),
        (2.0**60, "1.15292e+18"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (1234567.0 - 2j, "1234567-2j"),
        (1j, "0+1j"),
    ],
)
def test_format_number(value: complex, text: str) -> None:
    assert format_number(value) == text
