"""The scalar functions compile for CUDA as they stand, without a GPU, a driver or a float64 instruction. Nothing is run."""

import importlib
import pkgutil
import re
import sys
import types as python_types

import numpy as np
import pytest

import corrupt_engine.kernels as kernels
from corrupt_engine.kernels.philox import philox4x32_10
from corrupt_engine.kernels.primitives import fields, jpeg, pillow_resize, sampling
from corrupt_engine.kernels.primitives.pixelwise import LayerFunction, PixelFunction

cuda = pytest.importorskip("numba.cuda", reason="numba-cuda is for Linux")
from numba import types as t  # noqa: E402

CAPABILITIES = [(8, 0), (9, 0)]
F, BYTES, FLOATS = t.float32, t.Array(t.uint8, 4, "C"), t.Array(t.float32, 4, "C")

# The types of what each pixel function takes: the image, then its own arguments.
ARGUMENTS = {
    "fogged": (BYTES, t.Array(F, 3, "C"), t.Array(t.uint8, 1, "C"), F),
    "snowed": (BYTES, BYTES, F),
    "cut": (FLOATS, F),
    "saturated": (BYTES, F, F),
    "muddied": (BYTES, FLOATS),
    "wetted": (BYTES, BYTES, t.Array(t.uint8, 3, "C"), t.Array(t.int64, 1, "C"), F),
    "liquid_byte": (FLOATS, F),
    "is_liquid": (FLOATS, F),
}


@pytest.fixture(autouse=True)
def a_device_to_compile_for(monkeypatch):
    """Numba asks the current device for its capability even where the call names one."""
    for name, module in list(sys.modules.items()):
        if name.startswith("numba") and hasattr(module, "get_current_device"):
            monkeypatch.setattr(module, "get_current_device", lambda: python_types.SimpleNamespace(compute_capability=(9, 0), id=0))


def ptx(kernel, signature, capability):
    return cuda.compile(kernel, t.void(*signature), device=False, output="ptx", abi="numba", cc=capability)[0]


def check(code):
    assert ".visible .entry" in code
    assert not re.findall(r"\.f64", code), "a float64 instruction"


def pixel_functions():
    for info in pkgutil.walk_packages(kernels.__path__, kernels.__name__ + "."):
        for name, value in vars(importlib.import_module(info.name)).items():
            if isinstance(value, (PixelFunction, LayerFunction)):
                yield name, value


FUNCTIONS = dict(pixel_functions())


def test_every_pixel_function_is_compiled_here():
    assert set(FUNCTIONS) == set(ARGUMENTS)


def kernel_of(function, count):
    """A CUDA kernel of one thread a pixel; Numba's CUDA target takes no tuple of arguments, so their number is spelt out."""
    f, single = function.scalar, isinstance(function, LayerFunction)
    names = [f"a{k}" for k in range(count)]
    call = f"f(src, 0, 0, cuda.grid(1), {', '.join(names)})"
    store = f"dst[0, 0, cuda.grid(1), 0] = {call}" if single else f"dst[0, 0, 0, 0], dst[0, 0, 0, 1], dst[0, 0, 0, 2] = {call}"
    space = {"f": f, "cuda": cuda}
    exec(f"def kernel(src, dst, {', '.join(names)}):\n    {store}\n", space)
    return space["kernel"]


@pytest.mark.parametrize("capability", CAPABILITIES)
@pytest.mark.parametrize("name", ARGUMENTS)
def test_pixel_functions(name, capability):
    image, *rest = ARGUMENTS[name]
    check(ptx(kernel_of(FUNCTIONS[name], len(rest)), (image, BYTES, *rest), capability))


def generate(out, k0, k1):
    i = cuda.grid(1)
    a, b, c, d = philox4x32_10(np.uint64(i), np.uint64(0), np.uint64(1), np.uint64(2), k0, k1)
    out[4 * i], out[4 * i + 1], out[4 * i + 2], out[4 * i + 3] = a, b, c, d


def draw(out, words, table):
    i = cuda.grid(1)
    out[2 * i], out[2 * i + 1] = fields.normal_value(words[i], table), fields.unit_value(words[i])


def transform(b):
    i = cuda.grid(1)
    o = jpeg.forward8(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6], b[i + 7], 2, 11)
    o = jpeg.inverse8(o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7], 11)
    b[i] = jpeg.clipped(jpeg.requantised(o[0], np.float32(3), np.float32(12.5), np.float32(0.04)))


def sample(out):
    i = cuda.grid(1)
    out[i] = sampling.mix(out[sampling.fold(i, 7)], out[sampling.fold101(i, 7)], out[i])


def resize(out, sums):
    out[cuda.grid(1)] = pillow_resize.rounded(sums[cuda.grid(1)])


def in_float64(out):
    out[cuda.grid(1)] = out[cuda.grid(1)] * 0.1


WORDS, LINE = t.Array(t.uint32, 1, "C"), t.Array(F, 1, "C")
SCALARS = {
    generate: (WORDS, t.uint64, t.uint64),
    draw: (LINE, WORDS, LINE),
    transform: (t.Array(t.int32, 1, "C"),),
    sample: (LINE,),
    resize: (t.Array(t.uint8, 1, "C"), t.Array(t.int32, 1, "C")),
}


@pytest.mark.parametrize("capability", CAPABILITIES)
@pytest.mark.parametrize("kernel", SCALARS, ids=lambda k: k.__name__)
def test_scalar_functions(kernel, capability):
    check(ptx(kernel, SCALARS[kernel], capability))


def test_a_python_float_is_noticed():
    with pytest.raises(AssertionError, match="float64"):
        check(ptx(in_float64, (LINE,), (9, 0)))
