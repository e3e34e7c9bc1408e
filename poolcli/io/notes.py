"""Notes for the report on what a person should know about an input or an output."""

from __future__ import annotations

from collections.abc import Callable

AddNote = Callable[[str], None]
"""A function that adds one note, a sentence without a full stop, to the report."""
