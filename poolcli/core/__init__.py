"""Pooling of arrays: window geometry, modes, kernels, blocks and threads.

This package knows arrays and windows, but no files, options or printing. It depends on NumPy and
the standard library alone. `window`, `modes` and `arguments` do not import NumPy.
"""
