#!/bin/sh
# Draw the figures and animations of pooling.md, with its commands. Run this script from the folder that contains docs/
# and samples/.
set -eu
figures=$PWD/docs/pooling
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cp -r samples "$folder"
cd "$folder"
python3 - << 'PYTHON'
import numpy as np

feature_map = np.load("samples/feature_map.npy")
np.save("negative.npy", feature_map - 9)
for step in (1, 2):
    pad = ((0, 0), (0, 0), (0, 0), (step, 0))
    np.save(f"shifted_{step}.npy", np.pad(feature_map, pad, "edge")[..., :4])
PYTHON
poolcli explain max samples/feature_map.npy --k 2 --gif max.gif > /dev/null
poolcli explain avg samples/feature_map.npy --k 2 --svg avg.svg > /dev/null
poolcli explain avg samples/feature_map.npy --k 2 --s 1 --gif stride.gif > /dev/null
poolcli explain max negative.npy --k 3 --s 2 --p 1 --gif padding.gif > /dev/null
poolcli explain max negative.npy --k 3 --s 2 --p 1 --padding-mode constant:0 --gif zeros.gif > /dev/null
poolcli explain avg samples/feature_map.npy --k 3 --s 2 --p 1 --svg counted.svg > /dev/null
poolcli explain max samples/feature_map.npy --k 2 --s 1 --d 2 --gif dilation.gif > /dev/null
poolcli explain avg samples/axis.npy --k 3 --s 2 --ceil --svg ceil.svg > /dev/null
poolcli explain avg samples/axis.npy --adaptive 6 --gif adaptive.gif > /dev/null
poolcli explain max shifted_1.npy --k 2 --svg shift_1.svg > /dev/null
poolcli explain max shifted_2.npy --k 2 --svg shift_2.svg > /dev/null
mv ./*.gif ./*.svg "$figures"
