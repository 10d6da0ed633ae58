"""How long the corruptions take, as measured: `speed.json` beside this module, which `python -m benchmarks.catalogue
times` writes.
"""

import functools
import json
from collections.abc import Mapping
from importlib import resources
from typing import Any, NamedTuple

FILE = "speed.json"


class Speed(NamedTuple):
    """How long a corruption takes on one core, as measured on one machine.

    Args:
        milliseconds: of processor time for an image of 224 x 224 at the strongest level, the median.
        ratio: how many times as long as Pillow needs to decode that image from JPEG, measured in turns: what another
            machine will show too.
    """

    milliseconds: float
    ratio: float


@functools.cache
def speed_record() -> Mapping[str, Any]:
    """All that was measured, with the machine.

    Returns:
        What the file holds: "processor", "date", "side", "rounds", "versions", "decoding" (milliseconds of the JPEG
        that the ratios are to), and "times" by corruption.
    """
    found: dict[str, Any] = json.loads((resources.files(__package__) / FILE).read_text(encoding="utf-8"))
    return found


def measured_times() -> dict[str, Speed]:
    """How long each corruption takes.

    Returns:
        The Speed of each that was measured, by name.
    """
    return {name: Speed(one["ms"], one["ratio"]) for name, one in speed_record()["times"].items()}


def measured_on() -> str:
    """Where the times come from, in words.

    Returns:
        For people: what was measured, on which processor, when, and what a ratio is to.
    """
    record = speed_record()
    return (
        f"processor time for one image of {record['side']} x {record['side']} at the strongest level, one core of "
        f"{record['processor']}, {record['date']}; ratios are to decoding that image from JPEG with Pillow, "
        f"{record['decoding']:.2f} ms there (corrupt_engine/catalogue/{FILE})"
    )
