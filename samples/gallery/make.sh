#!/bin/sh
# The pictures of the README. Run it from the folder that has samples/ in it.
set -eu
poolcli compare samples/photo.png --k 4 --modes max,min,avg,median,std --quality 90 \
    -o samples/gallery/photo.jpg --overwrite --quiet
poolcli compare samples/labels.png --k 8 --modes mode,max,avg --theme dark \
    -o samples/gallery/labels.png --overwrite --quiet
poolcli compare samples/deep_field16.png --k 4 --modes max,avg,median --theme dark --quality 90 \
    -o samples/gallery/deep_field.jpg --overwrite --quiet
