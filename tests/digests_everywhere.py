"""The digests of digests.json under other settings of the processor's features: `make digests`.

What decides bytes must not depend on which vector instructions NumPy, LLVM, the BLAS or the C library find. Each
setting is a process of its own, one for each core at a time; those that change what LLVM compiles for compile
everything anew, on one core, two and a half minutes each. Without any of them the test suite makes the digests: run
after this it finds its kernels compiled, and its part that has one core to itself compiles none.
"""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent


def dispatched():
    """NumPy's features above its baseline that this processor has, as NPY_DISABLE_CPU_FEATURES wants them."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return [name for name in __cpu_dispatch__ if __cpu_features__.get(name)]


def settings():
    """The environment of each setting by name, and whether LLVM compiles otherwise under it."""
    features = dispatched()
    wide = [name for name in features if "AVX512" in name or name == "X86_V4"]
    oldest = "-AVX2,-AVX2_Usable,-FMA,-FMA_Usable,-AVX512F,-AVX512VL,-AVX512BW"
    return {
        "NumPy without AVX-512": ({"NPY_DISABLE_CPU_FEATURES": " ".join(wide)}, False),
        "NumPy's baseline, another BLAS kernel, a C library without FMA and AVX": (
            {
                "NPY_DISABLE_CPU_FEATURES": " ".join(features),
                "OPENBLAS_CORETYPE": "Prescott",
                "GLIBC_TUNABLES": f"glibc.cpu.hwcaps={oldest}",
            },
            False,
        ),
        "LLVM for any x86-64": ({"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": ""}, True),
        "LLVM for Haswell": ({"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx2,+fma"}, True),
    }


def check(name, environment, own_cache):
    """Whether the digests are the committed ones under a setting, which is said; what went wrong is shown."""
    if "" in environment.values() and "NPY_DISABLE_CPU_FEATURES" in environment:
        print(f"{name}: this processor has no such features", flush=True)
        return True
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as cache:
        own = {"NUMBA_CACHE_DIR": cache} if own_cache else {}
        done = subprocess.run(
            [sys.executable, "-m", "tests.test_digests", "--check"],
            cwd=ROOT,
            env={**os.environ, **environment, **own},
            capture_output=True,
            text=True,
            check=False,
        )
    same = done.returncode == 0
    said = "equal" if same else f"DIFFERENT\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    print(f"{name}: {said} ({time.monotonic() - start:.0f} s)", flush=True)
    return same


def main():
    # The longest begin first. Of those that share the usual kernels one is long too, where none are compiled yet: it
    # begins before all, and the others of its kind come last and find them.
    usual, own = [[one for one in settings().items() if one[1][1] is kind] for kind in (False, True)]
    found = [usual[0], *own, *usual[1:]]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        same = list(pool.map(lambda setting: check(setting[0], *setting[1]), found))
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
