"""Tests of Zarr stores; all are skipped without the extra ``[zarr]``."""

import pytest

pytest.importorskip("zarr")
