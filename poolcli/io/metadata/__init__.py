"""Metadata of image files: EXIF, XMP, ICC profiles, text, resolution, animation timing."""
