"""The modules that workers need. The fork server imports them once, before it forks."""

from PIL import Image

import poolcli.batch.workers.worker  # noqa: F401

Image.init()
