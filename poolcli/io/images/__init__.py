"""Image files, decoded and encoded by Pillow."""
