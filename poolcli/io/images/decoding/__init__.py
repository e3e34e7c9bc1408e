"""Headers of image files, and corrections of images that Pillow decodes wrongly or in part."""
