"""What workers need, loaded before they are forked: they start with it."""

from PIL import Image

import poolcli.batch.job
import poolcli.batch.worker  # noqa: F401

Image.init()
