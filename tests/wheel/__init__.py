"""Checks of the sdist and the wheel: what they contain, and what works once they are installed.

``python -m tests.wheel`` and ``python -m tests.wheel.extra_alone`` need the standard library alone,
and install the wheel into virtual environments. They are too slow for the test suite.
"""
