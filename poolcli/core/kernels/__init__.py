"""The kernels: the arithmetic of each mode over the windows of one block."""
