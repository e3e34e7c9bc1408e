"""Encoder options, and what Pillow does not encode itself."""
