"""The command line: every option declared once, parsed into a `Request`.

Modules of this package import neither NumPy nor Pillow before a command runs.
"""
