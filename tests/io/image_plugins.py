"""The plugins of HEIF and JPEG XL in tests, which are skipped where the plugins are missing."""

from __future__ import annotations

import pytest

from poolcli.io.images.plugins.plugins_installed import PLUGINS, is_installed, load_plugin


def has_encoder(name: str) -> bool:
    """Return whether Pillow can write a format, after its plugin was registered."""
    if name not in PLUGINS:
        return True
    if is_installed(name):
        load_plugin(name, "write")
    return is_installed(name)


def require_encoder(name: str) -> None:
    """Skip a test of a format whose plugin is not installed."""
    if not has_encoder(name):
        pytest.importorskip(PLUGINS[name].module)
