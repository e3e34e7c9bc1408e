"""Pooling of arrays: geometry, modes, kernels, blocks and threads.

Knows arrays and windows, and nothing of files, options or printing. Importing this package is
cheap: `window` and `modes` are plain Python, and only modules that compute import NumPy.
"""
