"""The command line: every option declared once, parsed into a `Request`.

Modules here import neither NumPy nor Pillow until a command runs.
"""
