"""NVIDIA's run-time compiler and its assembler, from their wheels, without a driver or a GPU: CUDA C++ to PTX, PTX to
machine code.
"""

import ctypes
import functools
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

ADDED_BY_CUPY = ("-ftz=true", "--device-as-default-execution-space")
"""What CuPy adds to the options of every module, whatever is asked for: with it, subnormal numbers become zero."""


class CompilerMissing(RuntimeError):
    """NVRTC is not installed."""


class CompileError(RuntimeError):
    """NVRTC refuses a source; the message is its log."""


def toolkit_folders() -> list[Path]:
    """Where the wheels of the CUDA toolkit put their files."""
    spec = importlib.util.find_spec("nvidia")
    places = [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
    return [folder for place in places for folder in (*sorted(place.glob("cu[0-9]*"), reverse=True), place)]


def _first(pattern: str) -> str | None:
    return next((str(path) for folder in toolkit_folders() for path in sorted(folder.glob(pattern))), None)


@functools.cache
def library() -> ctypes.CDLL:
    """NVRTC; CompilerMissing where there is none."""
    name = _first("lib/libnvrtc.so*") or _first("cuda_nvrtc/lib/libnvrtc.so*") or "libnvrtc.so"
    try:
        for builtins in sorted(Path(name).parent.glob("libnvrtc-builtins.so.*")) if Path(name).is_absolute() else ():
            ctypes.CDLL(str(builtins))  # NVRTC 13.0, which torch 2.14 pins, does not find it beside itself
        return ctypes.CDLL(name)
    except OSError as error:
        raise CompilerMissing(f"NVRTC is not installed ({error}): pip install nvidia-cuda-nvrtc") from error


def assembler() -> str | None:
    """The path of ptxas, if there is one."""
    return _first("bin/ptxas") or _first("cuda_nvcc/bin/ptxas") or shutil.which("ptxas")


def assembler_version() -> str | None:
    """Its version, as 13.4.92."""
    if (path := assembler()) is None:
        return None
    shown = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"V(\d+\.\d+\.\d+)", shown)
    return found.group(1) if found else None


@functools.lru_cache(maxsize=512)
def compiled(source: str, options: tuple[str, ...], target: int, added: tuple[str, ...] = ADDED_BY_CUPY) -> str:
    """The PTX of a module for compute capability `target` (90 for 9.0), made with the options that CuPy would use."""
    nvrtc, program, size = library(), ctypes.c_void_p(), ctypes.c_size_t()
    _check(nvrtc.nvrtcCreateProgram(ctypes.byref(program), source.encode(), b"kernel.cu", 0, None, None))
    try:
        every = [option.encode() for option in (*options, *added, f"-arch=compute_{target}")]
        result = nvrtc.nvrtcCompileProgram(program, len(every), (ctypes.c_char_p * len(every))(*every))
        _check(nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size)))
        log = ctypes.create_string_buffer(size.value)
        _check(nvrtc.nvrtcGetProgramLog(program, log))
        if result:
            raise CompileError(log.value.decode())
        _check(nvrtc.nvrtcGetPTXSize(program, ctypes.byref(size)))
        ptx = ctypes.create_string_buffer(size.value)
        _check(nvrtc.nvrtcGetPTX(program, ptx))
    finally:
        nvrtc.nvrtcDestroyProgram(ctypes.byref(program))
    return ptx.value.decode()


def _check(code: int) -> None:
    if code:
        raise CompileError(f"NVRTC failed with code {code}")
