"""The parts of arithmetic that are not wrapped."""

from __future__ import annotations

import re

ARITHMETIC_PART = re.compile(r"[^ +,]*(?:(?<=\de)\+[^ +,]*)*[ +,]*")
"""A number or word with the sign, comma or space after it, which stay on one line."""
