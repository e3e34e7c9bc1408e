"""Pooling into Zarr stores, box by box, by any number of workers."""
