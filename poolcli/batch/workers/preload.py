"""The modules that workers need. The fork server imports them once, before it forks."""

from PIL import Image

import poolcli.batch.pool_file
import poolcli.batch.workers.worker
import poolcli.batch.write_image_output
import poolcli.io.images.read  # noqa: F401

Image.init()
