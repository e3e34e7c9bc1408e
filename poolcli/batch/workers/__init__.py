"""Worker processes on this machine, and workers of a Dask cluster."""
