"""Files: images, npy, npz and safetensors arrays, metadata, formats, paths and atomic writing.

This package knows how files are read and written. It knows nothing of modes, windows or printing.
"""
