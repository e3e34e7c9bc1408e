"""The type of the functions that add notes to the report."""

from collections.abc import Callable

AddNote = Callable[[str], None]
"""A function that adds a note to the report, such as which metadata were dropped."""
