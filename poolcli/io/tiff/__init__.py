"""TIFF and BigTIFF: directories, kinds of pages, and pixels that Pillow does not read."""
