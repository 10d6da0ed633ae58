"""The kernels on CUDA. Nothing here is imported before a device is asked for."""
