"""Corrections of images that Pillow decodes wrongly or incompletely."""
