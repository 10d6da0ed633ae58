"""How long each corruption takes at its strongest level: 224 x 224, one image, one core, processor time, in turns with
Pillow that decodes the same image from JPEG. Writes the `speed.json` that the package is shipped with.

Processor time instead of the clock's: other work on the machine then costs caches, not waiting. Medians of ROUNDS.
"""

import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import corrupt_engine as ce
from corrupt_engine.catalogue import speeds, strength
from corrupt_engine.transforms.depth import stand_in
from tests.golden_files import golden_image

from ..interleaving import interleaved, ratio, spread
from ..machine import limited_to, moment, processor, versions

FILE = Path(speeds.__file__).with_name(speeds.FILE)
SIDE, ROUNDS, QUALITY = 224, 15, 95
PACKAGES = ("corrupt-engine", "numpy", "numba", "llvmlite", "pillow")
DECODING = "decoding"


def photograph() -> np.ndarray:
    return np.ascontiguousarray(golden_image(f"inputs/cat_{SIDE}.png"))


def as_jpeg(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def decode(data: bytes) -> None:
    Image.open(io.BytesIO(data)).convert("RGB")


def one(name: str, image: np.ndarray, data: bytes, rounds: int) -> tuple[dict[str, Any], float]:
    """What the file says of a corruption, and the milliseconds of decoding beside it."""
    severity = strength(name, None, SIDE, SIDE).levels.most
    options = {"threads": 1, "ids": 0, **stand_in(name, image.shape)}
    sides = {"ours": lambda: ce.corrupt(image, name, severity, **options), DECODING: lambda: decode(data)}
    times = interleaved(sides, rounds, time.process_time)
    beside = spread(times[DECODING])["median"]
    share = 1 / ratio(times, DECODING)["median"]
    return {"severity": severity, "ms": round(spread(times["ours"])["median"], 3), "ratio": round(share, 3)}, beside


def known() -> dict[str, Any]:
    return json.loads(FILE.read_text()) if FILE.exists() else {"times": {}}


def lacking(names: tuple[str, ...]) -> tuple[str, ...]:
    """The corruptions that are to be measured: those without a time; all, on a processor of another kind."""
    record = known()
    return names if record.get("processor") != processor() else tuple(n for n in names if n not in record["times"])


def measure(names: tuple[str, ...], rounds: int = ROUNDS) -> None:
    """Time these, keep the others that there still are, and write the file."""
    image = photograph()
    data = as_jpeg(image)
    before = moment()
    found, beside = {}, []
    with limited_to(1):
        for name in names:
            found[name], milliseconds = one(name, image, data, rounds)
            beside.append(milliseconds)
    kept = {name: known()["times"][name] for name in ce.corruptions() if name in known()["times"]} | found
    record = {
        "processor": processor(),
        **before,
        "versions": versions(PACKAGES),
        "side": SIDE,
        "rounds": rounds,
        "jpeg_quality": QUALITY,
        "decoding": round(spread(beside)["median"], 3),
        "times": dict(sorted(kept.items())),
    }
    FILE.write_text(json.dumps(record, indent=1) + "\n")
