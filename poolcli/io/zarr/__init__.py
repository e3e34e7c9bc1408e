"""Zarr stores: OME-Zarr images, label groups and plain arrays."""
