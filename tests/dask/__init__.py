"""Tests of `poolcli.dask`."""
