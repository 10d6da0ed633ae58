"""One core for everything that is measured, and the machine's description in the record."""

import os
import platform

import pytest


@pytest.fixture(scope="session", autouse=True)
def one_core():
    import cv2

    cv2.setNumThreads(1)
    if hasattr(os, "sched_setaffinity"):
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {max(allowed)})
        yield
        os.sched_setaffinity(0, allowed)
    else:
        yield


def pytest_benchmark_update_json(config, benchmarks, output_json):
    from importlib.metadata import version

    packages = ("corrupt-engine", "imagecorruptions-imaug", "numpy", "numba", "pillow", "opencv-python", "scikit-image", "scipy")
    output_json["machine_info"].pop("node", None)
    for entry in output_json["benchmarks"]:
        entry["stats"].pop("data", None)
    output_json["versions"] = {name: version(name) for name in packages} | {"python": platform.python_version()}
