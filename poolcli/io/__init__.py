"""Files: images through Pillow, npy and npz, formats, metadata, paths, atomic writing.

Knows the content of files, and nothing of modes, windows or printing.
"""
