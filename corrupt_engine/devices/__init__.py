"""Where arrays live and kernels run: one object a device. Only this room names a device's libraries."""

from .device import (
    BrokenDeviceError,
    Device,
    Pending,
    Workspace,
    at_second_try,
    can_pin,
    device_names,
    device_of,
    find_device,
    free_memory,
    kinds,
    library_of,
    out_of_memory,
    own_device,
    plain_tensor,
)

__all__ = [
    "BrokenDeviceError",
    "Device",
    "Pending",
    "Workspace",
    "at_second_try",
    "can_pin",
    "device_names",
    "device_of",
    "find_device",
    "free_memory",
    "kinds",
    "library_of",
    "out_of_memory",
    "own_device",
    "plain_tensor",
]
