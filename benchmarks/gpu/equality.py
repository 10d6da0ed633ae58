"""Whether a device's bytes are the CPU's, and whether the laws hold there: a row a corruption, each in its own try."""

import time
import traceback
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

import corrupt_engine as ce
from corrupt_engine.catalogue.lookup import home
from corrupt_engine.kernels.registry import registry
from tests import laws
from tests.depths import beside
from tests.devices import IDS
from tests.golden_files import golden_image, photographs
from tests.levels import levels

from .result import Check

SEVERITIES = (1, 2, 2.5, 3, 4, 5)  # where 5 is the strongest; of other corruptions as far up their own scale


def first_kernel(check: Check) -> Iterator[dict[str, Any]]:
    """One corruption of one small image: whether anything runs at all, and how long the first launch takes."""
    image = golden_image("inputs/cat_64.png")
    for attempt in ("first", "again"):
        start = time.perf_counter()
        made = on_device(check, image, "brightness", severity=3)
        seconds = time.perf_counter() - start
        yield {"launch": attempt, "seconds": seconds, "equal": equal(made, ce.corrupt(image, "brightness", 3))}


def equality(check: Check) -> Iterator[dict[str, Any]]:
    """Every corruption on batches of all kinds at all severities, as CuPy arrays."""
    for name in sorted(registry()):
        if check.over():
            return
        start = time.perf_counter()
        row: dict[str, Any] = {"corruption": name, "cases": 0, "different": []}
        try:
            variants, fifth = home(name).variants, levels(name).most / 5
            for label, images, variant in batches():
                if variant is not None and variant not in variants:
                    continue
                for severity in SEVERITIES:
                    settings = {
                        "severity": severity * fifth,
                        "ids": IDS,
                        "variant": variant,
                        "textures": check.textures,
                        **beside(name, images),
                    }
                    apart = differences(
                        on_device(check, images, name, **settings), ce.corrupt(images, name, **settings)
                    )
                    row["cases"] += 1
                    if apart:
                        row["different"].append({"batch": label, "severity": severity, **apart})
        except Exception:
            row["error"] = traceback.format_exc()
        row["seconds"] = round(time.perf_counter() - start, 2)
        said = "FAILED" if "error" in row else f"{len(row['different'])} of {row['cases']} cases differ"
        print(f"  {name:20s} {said}", flush=True)
        yield row


def broken_laws(check: Check) -> Iterator[dict[str, Any]]:
    """The laws of every corruption; a row for each that is broken, and one with their number at the end."""
    count = 0
    for name, corruption in sorted(registry().items()):
        for law in laws.applicable(corruption):
            if check.over():
                return
            count += 1
            try:
                law(partial(by_fifths, check, name))
            except Exception:
                print(f"  BROKEN {name}: {law.__name__}", flush=True)
                yield {"corruption": name, "law": law.__name__, "error": traceback.format_exc(limit=-2)}
    yield {"laws": count}


def by_fifths(check: Check, name: str, images: np.ndarray, severity: float, **settings: Any) -> np.ndarray:
    """A corruption on the device with its strongest level as severity 5, as the laws ask for it."""
    settings |= {"severity": severity * (levels(name).most / 5), **beside(name, images)}
    return on_device(check, images, name, **settings)


def on_device(check: Check, images: np.ndarray, name: str, **settings: Any) -> np.ndarray:
    """A corruption on the device, and back; images that are not contiguous are not so there either."""
    cupy = check.cupy
    if images.flags.c_contiguous:
        there = cupy.asarray(images)
    else:
        wide = cupy.empty((*images.shape[:-2], 2 * images.shape[-2], images.shape[-1]), np.uint8)
        there = wide[..., ::2, :]
        there[...] = cupy.asarray(np.ascontiguousarray(images))
    made: np.ndarray = cupy.asnumpy(ce.corrupt(there, name, **{"textures": check.textures, **settings}))
    return made


def batches() -> Iterator[tuple[str, np.ndarray, str | None]]:
    """Images of several sizes, odd ones and one table of small images among them: (label, images, variant)."""
    pair = photographs()
    yield "224 x 224", pair, None
    yield "224 x 224, table 299", pair, "imagenet-c-299"
    yield "64 x 64", np.ascontiguousarray(pair[:, 60:124, 60:124]), None
    yield "32 x 32", np.ascontiguousarray(pair[:, 90:122, 90:122]), None
    yield "33 x 47", np.ascontiguousarray(pair[:, 100:133, 60:107]), None
    yield "37 x 301", np.ascontiguousarray(np.tile(pair, (1, 1, 2, 1))[:, 90:127, :301]), None
    yield "1 x 1", np.ascontiguousarray(pair[:, :1, :1]), None
    yield "grey", np.ascontiguousarray(pair[..., :1]), None


def differences(mine: np.ndarray, expected: np.ndarray) -> dict[str, Any]:
    """{} where the bytes are equal, else how many differ, and by how much."""
    apart = np.abs(mine.astype(int) - expected)
    return {"share": float((apart > 0).mean()), "levels": int(apart.max())} if apart.any() else {}


def equal(mine: np.ndarray, expected: np.ndarray) -> bool:
    """Whether all bytes are."""
    return not differences(mine, expected)
