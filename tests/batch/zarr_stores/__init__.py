"""Tests of stores that are made box by box; all are skipped without the extra ``[zarr]``."""

import pytest

pytest.importorskip("zarr")
