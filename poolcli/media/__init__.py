"""Files: images through Pillow, npy and npz, kinds, names, atomic writing.

Knows what stands in files and how to put it there; knows nothing of modes, windows or printing.
"""
