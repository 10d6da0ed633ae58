"""How the cost grows with the side of the image, with the batch, with threads and with processes; severity 3 of the
test corruptions.
"""

import contextlib
import hashlib
import multiprocessing
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import Connection

import numpy as np

import corrupt_engine as ce
from corrupt_engine.runtime.threads import map_threads, processors

from .interleaving import failure, interleaved, ratio, spread
from .kernels import image_of
from .machine import limited_to
from .peers import MAIN, imaug, ours

SIDES, BATCHES, TWO_CORES = (32, 64, 128, 224, 384, 512, 1024), (1, 8, 64), 1.8
BLOCK = bytes(1 << 24)
TEST = ce.corruptions("imagenet-c")


def sizes(quick: bool) -> list[dict]:
    """Milliseconds of all test corruptions on one core, and a megapixel."""
    rows = []
    for side in (32, 224) if quick else SIDES:
        image = image_of(side)
        made, rounds = [], 3 if quick or side > 512 else 7
        for name in TEST:
            sides = {"ours": partial(ours, image, name, 3), MAIN: partial(imaug, image, name, 3)}
            if why := failure(sides[MAIN]):  # what it refuses is left out of both sums, and named
                rows.append({"side": side, "left_out": name, "why": why})
                continue
            made.append({key: spread(values)["median"] for key, values in interleaved(sides, rounds).items()})
        sums = {key: sum(one[key] for one in made) for key in ("ours", MAIN)}
        rows.append(
            {
                "side": side,
                "corruptions": len(made),
                "ms": sums,
                "ms_a_megapixel": {k: v / side**2 * 1e6 for k, v in sums.items()},
            }
        )
    return rows


def batch_call(images: np.ndarray, threads: int) -> list[np.ndarray]:
    return [ce.corrupt(images, name, 3, variant="imagenet-c", threads=threads) for name in TEST]


def hashing(threads: int) -> list[bytes]:
    """What the machine gives to threads at this moment: sixteen hashes, which need no memory and no interpreter."""
    return map_threads(lambda _: hashlib.sha256(BLOCK).digest(), 16, threads)


def work(end: Connection, count: int) -> None:
    """What one of several processes does: a batch of `count` images whenever it is told to."""
    images = np.repeat(image_of(224)[None], count, axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        batch_call(images, 1)
        end.send("ready")
        while end.recv() is not None:
            batch_call(images, 1)
            end.send("done")


@contextlib.contextmanager
def processes(count: int, images: int) -> Iterator[Callable[[], None]]:
    """A call that has `count` processes make `images` in all, one thread each, and waits for all of them."""
    own = multiprocessing.get_context("spawn")
    ends, started = [], []
    for _ in range(count):
        mine, its = own.Pipe()
        ends.append(mine)
        started.append(own.Process(target=work, args=(its, images // count), daemon=True))
        started[-1].start()

    def call() -> None:
        for end in ends:
            end.send("go")
        for end in ends:
            end.recv()

    for end in ends:
        end.recv()
    yield call
    for end, process in zip(ends, started, strict=True):
        end.send(None)
        process.join()


def measure(quick: bool) -> dict:
    rounds = 3 if quick else 9
    image = image_of(224)
    with limited_to(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        by_size = sizes(quick)
        batches = {str(n): np.repeat(image[None], n, axis=0) for n in BATCHES}
        times = interleaved(
            {n: lambda images=images: batch_call(images, 1) for n, images in batches.items()}, 3 if quick else 7
        )
        by_batch = [
            {"batch": int(n), "ms_an_image": {k: v / int(n) for k, v in spread(values).items()}}
            for n, values in times.items()
        ]
    available = processors()
    counts = [count for count in (1, 2, 4, 8, 16) if count <= available]
    images = batches["64"][:32]
    calls = {f"ours {count}": partial(batch_call, images, count) for count in counts}
    calls |= {f"hashing {count}": partial(hashing, count) for count in counts}
    with contextlib.ExitStack() as stack:
        for count in counts[1:]:
            calls[f"processes {count}"] = stack.enter_context(processes(count, len(images)))
        times = interleaved(calls, rounds)
    times["processes 1"] = times["ours 1"]
    by_threads = [
        {
            "threads": count,
            "images_per_second": 1000 * len(images) * len(TEST) / spread(times[f"ours {count}"])["median"],
            "ratio": ratio(times, "ours 1", f"ours {count}"),
            "processes": ratio(times, "ours 1", f"processes {count}"),
            "hashing": ratio(times, "hashing 1", f"hashing {count}"),
        }
        for count in counts
    ]
    return {"sizes": by_size, "batches": by_batch, "threads": by_threads}


def goals(part: dict) -> Iterator[tuple[str, float, float]]:
    for row in part["threads"]:
        if row["threads"] == 2:
            yield "two threads on two cores, times one", row["ratio"]["median"], TWO_CORES


def table(part: dict) -> str:
    lines = [
        f"| side | corruptions | ours, ms | {MAIN}, ms | times faster | ours, ms a megapixel | peer, ms a megapixel |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in part["sizes"]:
        if "ms" in row:
            (mine, theirs), (a, b) = (list(row[key].values()) for key in ("ms", "ms_a_megapixel"))
            lines.append(
                f"| {row['side']} | {row['corruptions']} | {mine:.1f} | {theirs:.1f} | {theirs / mine:.1f} | {a:.0f} | "
                f"{b:.0f} |"
            )
    lines += [
        f"\nLeft out at {row['side']}: {row['left_out']}, the peer fails ({row['why']})."
        for row in part["sizes"]
        if "left_out" in row
    ]
    lines += ["", "| batch, one thread | ms an image, all test corruptions | quartiles |", "|---|---|---|"]
    for row in part["batches"]:
        ms = row["ms_an_image"]
        lines.append(f"| {row['batch']} | {ms['median']:.2f} | {ms['low']:.2f} .. {ms['high']:.2f} |")
    lines += [
        "",
        "| threads, batch of 32 | images/s | times one thread | quartiles | as many processes | hashing on threads |",
        "|---|---|---|---|---|---|",
    ]
    for row in part["threads"]:
        r = row["ratio"]
        spread = f"{r['median']:.2f} | {r['low']:.2f} .. {r['high']:.2f}"
        others = " | ".join(f"{row[what]['median']:.2f}" if what in row else "" for what in ("processes", "hashing"))
        figures = f"{row['images_per_second']:.0f} | {spread} | {others}"
        lines.append(f"| {row['threads']} | {figures} |")
    lines.append(
        "\nProcesses, of which each makes its part of the batch on one thread, tell what threads of one process cost "
        "each other; hashing, which needs neither memory nor the interpreter, what the other cores had to give "
        "meanwhile. All in turns."
    )
    return "\n".join(lines)
