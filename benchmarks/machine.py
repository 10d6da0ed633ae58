"""What a figure was measured on: processor, load, versions; and one core for both sides."""

import contextlib
import os
import platform
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from corrupt_engine.runtime.threads import processors

PACKAGES = (
    *(
        "corrupt-engine",
        "imagecorruptions-imaug",
        "albumentations",
        "albucore",
        "kornia",
        "torch",
        "nvidia-dali-cuda130",
    ),
    *("numpy", "numba", "llvmlite", "pillow", "simplejpeg", "opencv-python", "scikit-image", "scipy"),
)


def processor() -> str:
    """Its kind, with family and model: one brand name covers several generations."""
    from cpuinfo import get_cpu_info

    info = get_cpu_info()
    brand = info.get("brand_raw", platform.machine())
    return (
        f"{brand} (family {info['family']}, model {info['model']})" if "family" in info and "model" in info else brand
    )


def versions(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Of what takes part and is installed."""
    found = {}
    for name in packages:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found | {"python": platform.python_version()}


def described() -> dict[str, object]:
    """The machine, without its name."""
    return {"processor": processor(), "cores": processors(), "system": f"{platform.system()} {platform.machine()}"}


def moment() -> dict[str, object]:
    """The day, and how many processes wanted a core in the last minute."""
    return {
        "date": time.strftime("%Y-%m-%d"),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


@contextlib.contextmanager
def limited_to(count: int) -> Iterator[None]:
    """This process on `count` cores, and OpenCV, where it is installed, and torch, where it is loaded, on one
    thread.
    """
    import sys

    from corrupt_engine.kernels.cpu import settle_allocator

    settle_allocator()
    with contextlib.suppress(ImportError):
        import cv2

        cv2.setNumThreads(1)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(allowed)[-count:]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
