"""All 76 conditions of a folder of JPEGs: one sweep, against 76 passes of the peer, which decodes each image each
time.
"""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import corrupt_engine as ce
from corrupt_engine.catalogue import conditions
from corrupt_engine.sources import FileSource, folder_source

from .interleaving import interleaved, ratio, spread
from .loader import Peer, make_folder
from .machine import limited_to
from .peers import MAIN

SIDES = {"ours": "ours, by batch", "by_condition": "ours, by condition", MAIN: "76 passes of the peer"}


def sweep(source: FileSource, order: str) -> int:
    """One sweep in this process on one thread, as DataLoader's num_workers=0; the number of images made."""
    with ce.sweep(source, order=order, batch_size=16, num_workers=0, threads=1) as batches:
        return sum(len(batch.ids) for batch in batches)


def passes(source: FileSource) -> int:
    made = 0
    for name, severity, _ in conditions("imagenet-c"):
        peer = Peer(source, name, int(severity))
        for index in range(len(source)):
            golden_image = peer.resize(peer.decode(index))
            peer.normalize(peer.corrupt(golden_image) if severity else peer.as_array(golden_image))
            made += 1
    return made


def measure(quick: bool) -> dict:
    count, rounds = (4, 1) if quick else (12, 5)
    with tempfile.TemporaryDirectory() as folder, limited_to(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = folder_source(make_folder(Path(folder), count))
        calls: dict[str, Callable[[], int]] = {
            "ours": lambda: sweep(source, "batch"),
            "by_condition": lambda: sweep(source, "condition"),
            MAIN: lambda: passes(source),
        }
        times = interleaved(calls, rounds)
    made = count * len(conditions("imagenet-c"))
    return {
        "images": count,
        "rounds": rounds,
        "ms_an_image": {side: {k: v / made for k, v in spread(values).items()} for side, values in times.items()},
        "ratio": {side: ratio(times, MAIN, side) for side in times if side != MAIN},
    }


def goals(part: dict) -> Iterator[tuple[str, float, float]]:
    return iter(())


def table(part: dict) -> str:
    lines = [
        f"{part['images']} JPEGs of 500 x 375, 76 conditions to normalized float32, one core, no workers, "
        f"{part['rounds']} rounds.\n",
        "| | ms a corrupted image | quartiles | times faster | quartiles |",
        "|---|---|---|---|---|",
    ]
    for side, title in SIDES.items():
        ms, r = part["ms_an_image"][side], part["ratio"].get(side)
        faster = f"{r['median']:.1f} | {r['low']:.1f} .. {r['high']:.1f}" if r else " | "
        lines.append(f"| {title} | {ms['median']:.2f} | {ms['low']:.2f} .. {ms['high']:.2f} | {faster} |")
    return "\n".join(lines)
