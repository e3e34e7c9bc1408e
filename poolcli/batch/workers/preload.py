"""What workers need, loaded before they are forked: they start with it."""

from PIL import Image

import poolcli.batch.pool_file
import poolcli.batch.workers.worker  # noqa: F401

Image.init()
