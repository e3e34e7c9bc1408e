"""Kernels: each computes the result of one mode for one block of the output.

`poolcli.core.kernels.kernel_protocol` has the protocol (`Kernel`). There are two kinds of kernel.

A *separable* kernel (`separable.SeparableKernel`: max, min, sum, avg, lp, gem, rms, blur, std,
range) reduces one axis after the other and never holds all elements of a window. A mode supplies
four steps (`reduction_protocol.Reduction`): `lift` turns input elements into a state (one or more
arrays), `reduce` combines the state along one axis, window by window, `merge` combines the states
of two parts of the same windows, and `finish` turns the state into values. A window of ``k`` by
``k`` elements then takes about ``2 * k`` operations per output instead of ``k * k``.

A *ranked* kernel (`ranked.RankedKernel`: median, quantile, mode) needs all elements of a window at
once. It gathers them as sort keys along a new first axis, and a function of the mode selects or
computes a value from the sorted keys.

Special kernels replace these where they apply:

- `argmax_small_windows.ArgmaxKernel`: indices of max and min;
- `byte_pair_mean.BytePairMean`: means of bytes in windows of even width;
- `float_tile_mean.FloatTileMean`: means of float32 in windows that lie side by side;
- `mean_of_valid_integers.MeanOfValidIntegers`: means of integers if values are ignored;
- `std_narrow_floats.NarrowFloatStdKernel`: std of float16 and float32;
- `median3x3.Median3x3Kernel`: medians of 3 by 3 windows, with padding as a part of
  `interior_and_border_windows.InteriorAndBorderKernel`;
- `out_of_core_ranked.OutOfCoreKernel`: ranked modes of windows that do not fit into memory.

`most_frequent_label` finds the mode of label maps without gathering most windows. `mean_levels` and
`most_frequent_levels` compute all levels of a pyramid at once.
"""
