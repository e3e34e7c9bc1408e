"""Kernels: each computes the result of one mode for one block of the output.

`poolcli.core.kernels.kernel_base` has the protocol (`Kernel`). There are two kinds of kernel.

A *separable* kernel (`separable.SeparableKernel`: max, min, sum, avg, lp, gem, std) reduces one
axis after the other and never holds all elements of a window. A mode supplies four steps
(`separable.Reduction`): `lift` turns input elements into a state (one or more arrays),
`reduce` combines the state along one axis, window by window, `merge` combines the states of two
parts of the same windows, and `finish` turns the state into values. A window of ``k`` by ``k``
elements then takes about ``2 * k`` operations per output instead of ``k * k``.

A *ranked* kernel (`ranked.RankedKernel`: median, quantile, mode) needs all elements of a window at
once. It gathers them as sort keys along a new first axis, and a function of the mode selects or
computes a value from the sorted keys.

Special kernels replace these where they apply: `argmax_small_windows.ArgmaxKernel` (indices of max
and min), `median3x3.Median3x3Kernel`, `complete_windows.CompleteWindowsKernel` (medians of 3 by 3
windows with padding), and `out_of_core_ranked.OutOfCoreKernel` (ranked modes of windows that do not
fit into memory). `uniform_windows` selects the mode of label maps without gathering most windows.
"""
