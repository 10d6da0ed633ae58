"""A stand-in for CuPy in host memory, so that the code that talks to CuPy runs where there is no GPU.

It knows only what the library uses. A module is compiled by NVRTC with the options that CuPy would give it, and a
launch runs its PTX on the host, on the very memory that the arrays' addresses point to; arguments are checked against
the parameters that the PTX declares and against CUDA's limits.
"""

import contextlib
import operator
import time
from types import SimpleNamespace

import numpy as np

from benchmarks.gpu.ptx import host, nvrtc


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
    nbytes = property(lambda self: self.host.nbytes)
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

    def view(self, dtype):
        return ndarray(self.host.view(dtype))

    def sum(self, axis, dtype):
        return ndarray(self.host.sum(axis=axis, dtype=dtype))

    def _with(operation):
        return lambda self, other: ndarray(operation(self.host, getattr(other, "host", other)))

    __add__, __mul__ = _with(operator.add), _with(operator.mul)
    __xor__, __rshift__ = _with(operator.xor), _with(operator.rshift)

    def set(self, array, stream):
        assert array.dtype == self.dtype and array.shape == self.shape
        self.host[...] = array


class Fake:
    """One fake machine: its devices, its log, and the faults that a test asks for."""

    def __init__(self, capability=(9, 0), devices=1, runtime=13000, driver=13000, most_images=None):
        self.log = []
        self.most_images = most_images
        self.host = host.HostDevice()
        fake = self

        class CUDARuntimeError(RuntimeError):
            pass

        class OutOfMemoryError(MemoryError):
            pass

        class Event:
            def __init__(self, disable_timing=False):
                self.disable_timing, self.at = disable_timing, None

            def record(self, stream=None):
                fake.log.append("record")
                self.at = time.perf_counter()

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
            def __init__(self, index=0):
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

        def get_elapsed_time(begin, end):
            assert not begin.disable_timing and not end.disable_timing
            return 1000 * (end.at - begin.at)

        self.allocators = [lambda size: fake.log.append("CuPy's memory")]
        self.streams = [Stream()]
        self.ndarray = ndarray
        self.RawModule = lambda code, options: Module(fake, code, options)
        self.cuda = SimpleNamespace(
            Event=Event,
            get_elapsed_time=get_elapsed_time,
            PythonFunctionAllocator=PythonFunctionAllocator,
            using_allocator=using_allocator,
            Stream=Stream,
            Device=Device,
            get_current_stream=lambda: self.streams[-1],
            alloc_pinned_memory=lambda size: np.zeros(size, np.uint8),
            memory=SimpleNamespace(OutOfMemoryError=OutOfMemoryError),
            compiler=SimpleNamespace(CompileException=nvrtc.CompileError),
            runtime=SimpleNamespace(
                CUDARuntimeError=CUDARuntimeError,
                runtimeGetVersion=lambda: runtime,
                driverGetVersion=lambda: driver,
                getDeviceCount=device_count,
                getDevice=lambda: 0,
                getDeviceProperties=lambda index: {
                    "name": b"Fake 1",
                    "major": capability[0],
                    "minor": capability[1],
                    "multiProcessorCount": 1,
                    "totalGlobalMem": 2**30,
                },
            ),
        )

    def empty(self, shape, dtype):
        if self.most_images and len(shape) == 4 and shape[0] > self.most_images:
            raise self.cuda.memory.OutOfMemoryError(f"{shape}")
        self.allocators[-1](int(np.prod(shape)) * np.dtype(dtype).itemsize)
        return ndarray(self.host.empty(shape, dtype))

    def zeros(self, shape, dtype):
        return ndarray(np.zeros(shape, dtype))

    def arange(self, start, stop, dtype):
        return ndarray(np.arange(start, stop, dtype=dtype))

    def concatenate(self, arrays):
        return ndarray(np.concatenate([array.host for array in arrays]))

    def copyto(self, dst, src):
        dst.host[...] = src.host

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
        return SimpleNamespace(free_all_blocks=lambda: self.log.append("free"), total_bytes=lambda: 0)


class Module:
    """A module of CUDA C++."""

    def __init__(self, fake, code, options):
        self.fake, self.code, self.options = fake, code, options

    def compile(self):
        self.fake.log.append("compile")
        self.made = host.module(self.code, self.options)

    def get_function(self, name):
        def launch(grid, block, args):
            self.fake.log.append(name)
            host.run(self.made, name, grid, block, tuple(getattr(arg, "host", arg) for arg in args), host.FORWARDS)

        assert name in self.made.entries
        return launch
