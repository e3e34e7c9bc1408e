"""Calls of the public functions for type checkers: right ones with their types, and wrong ones."""
