"""The modules that workers need for Zarr stores, beside those of `preload`.

Importing them takes 0.45 s, in which the parent opens the input. zarr starts no thread before its
first call, so that a process that has imported it can be forked.
"""

import contextlib

with contextlib.suppress(ImportError):  # the extra [zarr] is missing: the parent says so
    import poolcli.batch.zarr_stores.answer_box
    import poolcli.core.kernels.mean_levels
    import poolcli.core.kernels.most_frequent_levels
    import poolcli.core.kernels.separable  # noqa: F401
