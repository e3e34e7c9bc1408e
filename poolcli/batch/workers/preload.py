"""The modules that workers need. The fork server imports them once, before it forks."""

from PIL import Image

Image.init()
