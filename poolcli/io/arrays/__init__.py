"""Arrays in npy and npz files, and in pipes."""
