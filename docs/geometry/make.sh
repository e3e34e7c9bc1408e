#!/bin/sh
# Draw the figures of geometry.md. Run this script from the folder that contains docs/ and samples/.
set -eu
draw() { # NAME ARGUMENTS OF EXPLAIN
    name=$1
    shift
    poolcli explain "$@" --svg "docs/geometry/$name.svg" --overwrite > /dev/null
}
draw stride avg samples/axis.npy --k 3 --s 2
draw ceil avg samples/axis.npy --k 3 --s 2 --ceil
draw padding max samples/axis.npy --k 3 --s 2 --p 1
draw same max samples/axis.npy --k 3 --s 2 --p same
draw same_lower max samples/axis.npy --k 3 --s 2 --p same-lower
draw dilation avg samples/axis.npy --k 3 --s 2 --d 2
draw adaptive avg samples/axis.npy --adaptive 4
draw two_axes avg samples/feature_map.npy --k 3x2 --s 1x2 --p 1x0
draw disk max samples/feature_map.npy --k 4 --footprint disk
draw reflect avg samples/axis.npy --k 3 --s 1 --p 1 --padding-mode reflect
