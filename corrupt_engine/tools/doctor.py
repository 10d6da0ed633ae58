"""`diagnose()`: what this machine has, what it lacks, and how to get it."""

import importlib.util
import platform
import sys
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from .. import __version__
from ..devices import BrokenDeviceError, kinds
from ..errors import CorruptEngineError
from ..loader.decode import (
    DALI_PACKAGES,
    TURBOJPEG_PACKAGE,
    dali_installed,
    turbojpeg_agrees,
    turbojpeg_installed,
)
from ..runtime.threads import processors
from ..runtime.versions import installed
from ..transforms.corrupt import corrupt
from ..transforms.textures import FILES, FOLDER_VARIABLE, find_folder, load_published
from ..transforms.tiles import BANK_VARIABLE, USUAL, find_bank, tile_asset

State = Literal["ok", "absent", "broken"]


class Finding(NamedTuple):
    """One thing that was looked for: "ok", "absent" (optional, not there) or "broken" (there or needed, and
    unusable).
    """

    name: str
    state: State
    detail: str
    way: str = ""


def diagnose() -> Iterator[Finding]:
    """Everything that was looked for, in the order in which it matters. Nothing is changed, nothing is fetched."""
    yield Finding(
        "corrupt-engine",
        "ok",
        f"{__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}",
    )
    yield Finding("processors", "ok", f"{processors()} that this process may use")
    for package in ("numpy", "numba", "pillow", "torch"):
        number = installed(package)
        yield Finding(
            package, "ok" if number else "broken", number or "not installed", "" if number else f"pip install {package}"
        )
    yield kernels()
    yield turbojpeg()
    yield dali()
    yield from devices()
    yield textures()
    yield tiles()
    for package, module, extra, what in (
        ("onnxruntime", "onnxruntime", "onnx", "for ONNX files"),
        ("torchvision", "torchvision", "torchvision", "for torchvision:NAME"),
        ("timm", "timm", "timm", "for timm:NAME"),
        ("transformers", "transformers", "hf", "for hf:NAME"),
        ("pyarrow", "pyarrow", "parquet", "for --predictions FILE.parquet"),
    ):
        yield optional(package, module, extra, what)


def kernels() -> Finding:
    """Whether the kernels compile and run, and whether what is compiled can be kept."""
    import numpy as np

    try:
        made = corrupt(np.full((8, 8, 3), 128, np.uint8), "gaussian_noise", 3)
    except Exception as error:  # whatever is wrong with a compiler is what this is to find out
        return Finding(
            "kernels", "broken", f"{type(error).__name__}: {error}", "reinstall numba and llvmlite in one environment"
        )
    if int(made.std()) == 0:
        return Finding("kernels", "broken", "gaussian_noise changed nothing", "reinstall corrupt-engine")
    from ..kernels.philox import fill_words

    place = fill_words._cache.cache_path  # type: ignore[attr-defined]
    if place is None:
        way = "set NUMBA_CACHE_DIR to a folder that can be written"
        return Finding("kernels", "absent", "run, and compiled anew in each process: no folder keeps them", way)
    return Finding("kernels", "ok", f"compiled and run; kept in {place}")


def turbojpeg() -> Finding:
    """Whether libjpeg-turbo decodes JPEGs by itself."""
    if not turbojpeg_installed():
        after = "DALI decodes" if dali_installed() else "Pillow decodes, in threads,"
        way = 'pip install "corrupt-engine[turbojpeg]"'
        return Finding(TURBOJPEG_PACKAGE, "absent", f"{after} instead, to the same bytes", way)
    found = installed(TURBOJPEG_PACKAGE) or "unknown version"
    if turbojpeg_agrees():
        return Finding(TURBOJPEG_PACKAGE, "ok", f"{found}; decodes JPEGs, in threads, unless told otherwise")
    detail = f"{found} fails, or gives other bytes than Pillow {installed('pillow')}; it is not used unless asked for"
    return Finding(TURBOJPEG_PACKAGE, "broken", detail, "pip install --upgrade simplejpeg pillow")


def dali() -> Finding:
    """Whether DALI is there, and whether it decodes unless told otherwise."""
    if dali_installed():
        found = next(filter(None, map(installed, DALI_PACKAGES)), "unknown version")
        when = 'for backend="dali" and decoder="gpu"' if turbojpeg_agrees() else 'backend "auto" decodes files with it'
        return Finding("DALI", "ok", f"{found}; {when}")
    where = 'pip install "corrupt-engine[dali]"' if sys.platform == "linux" else "DALI is for Linux"
    instead = "simplejpeg" if turbojpeg_agrees() else "Pillow"
    return Finding("DALI", "absent", f"{instead} decodes, in threads, to the same bytes", where)


def devices() -> Iterator[Finding]:
    """Whether the kernels can run on other devices than the host, and torch sees these too."""
    for kind in kinds().values():
        if kind.on_host:
            continue
        try:
            yield Finding(kind.title, "ok", kind.describe())
        except BrokenDeviceError as error:
            what, _, way = str(error).rpartition(": ")
            yield Finding(kind.title, "broken", what, way)
        except CorruptEngineError as error:
            what, _, way = str(error).partition("; ")
            yield Finding(kind.title, "absent", f"the CPU is used: {what}", way)


def textures() -> Finding:
    """Whether frost's published photographs are there and are the published ones."""
    folder = find_folder()
    try:
        load_published(folder)
    except CorruptEngineError as error:
        way = f'pip install "corrupt-engine[reference]", or set {FOLDER_VARIABLE} to a folder with {", ".join(FILES)}'
        return Finding("frost textures", "absent" if folder is None else "broken", str(error).partition(";")[0], way)
    return Finding("frost textures", "ok", f"all {len(FILES)}, checked by hash, in {folder}")


def tiles() -> Finding:
    """Whether there is a bank of tiles, and how many it has."""
    where = find_bank()
    try:
        count = len(tile_asset("published")(USUAL))
    except CorruptEngineError as error:
        way = f"for stickers alone: set {BANK_VARIABLE} to a folder of photographs or a file .npy of tiles"
        return Finding("tiles", "absent" if where is None else "broken", str(error).partition(";")[0], way)
    return Finding("tiles", "ok", f"{count:,}, in {where}")


def optional(package: str, module: str, extra: str, what: str) -> Finding:
    """A library that only some models need."""
    found: Callable[[str], object] = importlib.util.find_spec
    if found(module) is None:
        return Finding(package, "absent", f"not installed; {what}", f'pip install "corrupt-engine[{extra}]"')
    return Finding(package, "ok", f"{installed(package) or 'unknown version'}; {what}")
