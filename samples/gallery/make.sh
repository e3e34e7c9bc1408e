#!/bin/sh
# Make the images of the README. Run this script from the folder that contains samples/.
set -eu
poolcli explain max samples/feature_map.npy --k 2 \
    --svg samples/gallery/max_pooling.svg --overwrite > /dev/null
poolcli compare samples/photo.png --k 4 --modes max,min,avg,median,std --quality 80 \
    -o samples/gallery/photo.jpg --overwrite --quiet
poolcli compare samples/labels.png --k 8 --modes mode,max,avg --theme dark \
    -o samples/gallery/labels.png --overwrite --quiet
poolcli compare samples/deep_field16.png --k 4 --modes max,avg,median --theme dark --quality 80 \
    -o samples/gallery/deep_field.jpg --overwrite --quiet
