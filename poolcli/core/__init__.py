"""Pooling of arrays: geometry, modes, kernels, slabs and threads.

Knows arrays and windows; knows nothing of files, flags or printing. Importing this package
costs nothing: `window` and `modes` are plain Python, and only the modules that work on arrays
import NumPy.
"""
