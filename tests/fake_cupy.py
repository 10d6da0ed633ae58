"""A stand-in for CuPy in host memory, so that the code that talks to CuPy runs where there is no GPU.

It knows only what the library uses. A launch decodes the flat list of parameters as the driver would, checks it against
the parameters that the compiled PTX declares and against CUDA's limits, and then runs the kernel's host form on the
very memory that the addresses point to: a wrong address, shape or order of parameters shows in the bytes.
"""

import contextlib
import ctypes
import re
from types import SimpleNamespace

import numpy as np
from numba import types as numba_types
from numba.np import numpy_support

from corrupt_engine.kernels.cuda import ptx
from corrupt_engine.kernels.cuda.emulation import HostDevice

LIMITS = {"grid": (2**31 - 1, 65535, 65535), "block": (1024, 1024, 64)}


class Here(contextlib.nullcontext):
    """The device that all arrays are on."""

    id = 0


HERE = Here()


class ndarray:
    __module__ = "cupy"

    def __init__(self, host):
        self.host = host
        self.device = HERE

    shape = property(lambda self: self.host.shape)
    strides = property(lambda self: self.host.strides)
    dtype = property(lambda self: self.host.dtype)
    ndim = property(lambda self: self.host.ndim)
    size = property(lambda self: self.host.size)
    itemsize = property(lambda self: self.host.itemsize)
    flags = property(lambda self: SimpleNamespace(c_contiguous=self.host.flags.c_contiguous))
    data = property(lambda self: SimpleNamespace(ptr=self.host.ctypes.data))

    def __len__(self):
        return len(self.host)

    def __iter__(self):
        return (ndarray(row) for row in self.host)

    def __getitem__(self, key):
        return ndarray(self.host[key])

    def __setitem__(self, key, value):
        self.host[key] = value.host if isinstance(value, ndarray) else value

    def reshape(self, *shape):
        return ndarray(self.host.reshape(*shape))

    def set(self, array, stream):
        assert array.dtype == self.dtype and array.shape == self.shape
        self.host[...] = array


class Fake:
    """One fake machine: its devices, its log, and the faults that a test asks for."""

    def __init__(self, capability=(9, 0), devices=1, runtime=13000, driver=13000, most_images=None):
        self.log = []
        self.most_images = most_images
        self.host = HostDevice()
        self.kernels = {}
        fake = self

        class CUDARuntimeError(RuntimeError):
            pass

        class OutOfMemoryError(MemoryError):
            pass

        class Event:
            def __init__(self, disable_timing):
                assert disable_timing

            def record(self, stream):
                fake.log.append("record")

            def synchronize(self):
                fake.log.append("wait for an upload")

        class Stream:
            def __init__(self, ptr=0):
                self.ptr = ptr

            @classmethod
            def from_external(cls, other):
                version, ptr = other.__cuda_stream__()
                assert version == 0
                return cls(ptr)

            def __enter__(self):
                fake.streams.append(self)

            def __exit__(self, *error):
                fake.streams.pop()

            def synchronize(self):
                fake.log.append("synchronize")

        class Device(contextlib.nullcontext):
            def __init__(self, index):
                super().__init__()
                self.index = index

            def synchronize(self):
                fake.log.append("synchronize device")

        def device_count():
            if not devices:
                raise CUDARuntimeError("cudaErrorNoDevice")
            return devices

        @contextlib.contextmanager
        def using_allocator(malloc):
            self.allocators.append(malloc)
            try:
                yield
            finally:
                self.allocators.pop()

        class PythonFunctionAllocator:
            def __init__(self, take, give_back):
                self.take, self.give_back = take, give_back

            def malloc(self, size):
                self.give_back(self.take(size, 0), 0)

        self.allocators = [lambda size: fake.log.append("CuPy's memory")]
        self.streams = [Stream()]
        self.ndarray = ndarray
        self.RawModule = lambda path: SimpleNamespace(get_function=lambda name: Launcher(fake, path, name))
        self.cuda = SimpleNamespace(
            Event=Event,
            PythonFunctionAllocator=PythonFunctionAllocator,
            using_allocator=using_allocator,
            Stream=Stream,
            Device=Device,
            get_current_stream=lambda: self.streams[-1],
            alloc_pinned_memory=lambda size: np.zeros(size, np.uint8),
            memory=SimpleNamespace(OutOfMemoryError=OutOfMemoryError),
            runtime=SimpleNamespace(
                CUDARuntimeError=CUDARuntimeError,
                runtimeGetVersion=lambda: runtime,
                driverGetVersion=lambda: driver,
                getDeviceCount=device_count,
                getDevice=lambda: 0,
                getDeviceProperties=lambda index: {"major": capability[0], "minor": capability[1]},
            ),
        )

    def empty(self, shape, dtype):
        if self.most_images and len(shape) == 4 and shape[0] > self.most_images:
            raise self.cuda.memory.OutOfMemoryError(f"{shape}")
        self.allocators[-1](int(np.prod(shape)) * np.dtype(dtype).itemsize)
        return ndarray(HostDevice.empty(self.host, shape, dtype))

    def asarray(self, array):
        return array if isinstance(array, ndarray) else ndarray(np.array(array))

    def ascontiguousarray(self, array):
        return ndarray(np.ascontiguousarray(array.host))

    def asnumpy(self, array):
        self.log.append("read back")
        return array.host

    def stack(self, arrays):
        return ndarray(np.stack([array.host for array in arrays]))

    def get_default_memory_pool(self):
        return SimpleNamespace(free_all_blocks=lambda: self.log.append("free"))

    def cached_ptx(self, kernel, types, target):
        """The real one, which also remembers what the file holds."""
        path, name = ptx.cached_ptx(kernel, types, target)
        self.kernels[str(path)] = (kernel, types)
        return path, name


class Launcher:
    def __init__(self, fake, path, name):
        self.fake, self.name = fake, name
        self.kernel, self.types = fake.kernels[path]
        with open(path) as file:  # noqa: PTH123
            self.declared = re.findall(r"\.param \.(\w+) corrupt_engine\S*_param_\d+", file.read())

    def __call__(self, grid, block, args):
        for name, sizes in (("grid", grid), ("block", block)):
            assert all(0 < size <= limit for size, limit in zip(sizes, LIMITS[name], strict=False)), f"{name} {sizes}"
        assert np.prod(block) <= 1024
        assert len(args) == len(self.declared), (
            f"{self.name}: {len(args)} parameters, PTX declares {len(self.declared)}"
        )
        for arg, declared in zip(args, self.declared, strict=True):
            size = 8 if isinstance(arg, int) else np.dtype(type(arg)).itemsize
            assert 8 * size == int(re.sub(r"\D", "", declared)), f"{self.name}: {arg!r} for .{declared}"
            assert (declared[0] == "f") == isinstance(arg, np.floating), f"{self.name}: {arg!r} for .{declared}"
        self.fake.log.append(self.name)
        first, *counts = self.decoded(list(args))
        assert first == 0 or self.kernel.form not in ("stepwise", "settling")
        if self.kernel.form == "stepwise":
            self.fake.host.stepwise(self.kernel, grid[0], counts[0], tuple(counts[1:]))
        elif self.kernel.form == "settling":
            self.fake.host.settling(self.kernel, grid[0], tuple(counts))
        else:
            assert grid[0] * block[0] >= counts[1] and grid[1] * block[1] >= counts[0], "threads do not cover the space"
            self.fake.host.points(self.kernel, (grid[2], counts[0], counts[1]), tuple(counts[2:]))

    def decoded(self, flat):
        """The arguments again, arrays as views of the memory at their addresses."""
        args = []
        for kind in self.types:
            if not isinstance(kind, numba_types.Array):
                args.append(flat.pop(0))
                continue
            (_, _, size, itemsize, address), shape, strides = (
                flat[:5],
                flat[5 : 5 + kind.ndim],
                flat[5 + kind.ndim : 5 + 2 * kind.ndim],
            )
            del flat[: 5 + 2 * kind.ndim]
            memory = (ctypes.c_uint8 * max(1, size * itemsize)).from_address(address)
            array = np.frombuffer(memory, numpy_support.as_dtype(kind.dtype), size).reshape(shape)
            assert array.itemsize == itemsize
            assert array.strides == tuple(strides) or not array.size, (
                "an array without elements has no strides to speak of"
            )
            args.append(array)
        return args
