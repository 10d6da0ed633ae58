"""The guard: the ratio of every corruption, made in a short run, against the committed one less the noise that was measured for it.

The short form: 224 x 224, severities 1, 3 and 5, ours and the peer in turns on one core, the smallest processor time of a few rounds.
Processor time, because a round in which another process had the core is then no slower; the smallest, because what disturbs (caches
that others use, clocks that fall) only ever adds. A corruption that seems too slow is measured again with more rounds, which a
disturbance does not survive and a regression does; only what is too slow each time fails.

What is committed (results/guard.json) comes from repetitions of this very form, each in a process of its own, half of them while other
processes work on every core. The noise of a corruption is how far the lowest of those ratios lies below their median, as a share.
"""

import json
import multiprocessing
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

import corrupt_engine as ce
from corrupt_engine.threads import processors

from .interleaving import interleaved
from .kernels import image_of
from .machine import limited_to, processor
from .peers import MAIN, imaug, ours

COMMITTED = Path(__file__).parent / "results" / "guard.json"
SEVERITIES, ROUNDS, REPETITIONS, RETRIES = (1, 3, 5), 5, 12, 3
# A dozen repetitions on one machine do not see all that is to come: twice what they saw, and never less than a fifth. A kernel that
# loses its vectorisation, or is compiled again for each call, loses half or more.
LEAST, TIMES_NOISE = 0.2, 2.0
# Another processor has other vector units and caches: ratios there are other figures, and only a collapse can be told from that.
ELSEWHERE = 0.5

Ours = Callable[[np.ndarray, str, float], object]


def ratios(names: Iterable[str], rounds: int = ROUNDS, make: Ours = ours) -> dict[str, float]:
    """How many times less processor time ours takes than the peer, for each corruption."""
    image, found = image_of(224), {}
    with limited_to(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peer's libraries deprecate what they call
        for name in names:
            least = {"ours": 0.0, MAIN: 0.0}
            for severity in SEVERITIES:
                calls = {
                    "ours": lambda name=name, severity=severity: make(image, name, severity),
                    MAIN: lambda name=name, severity=severity: imaug(image, name, severity),
                }
                for side, times in interleaved(calls, rounds, time.process_time).items():
                    least[side] += min(times)
            found[name] = least[MAIN] / least["ours"]
    return found


def floor(committed: dict, here: str) -> float:
    """The lowest ratio that is no regression, on a processor of the kind `here`."""
    allowance = min(max(LEAST, TIMES_NOISE * committed["noise"]), ELSEWHERE) if here == committed["processor"] else ELSEWHERE
    return committed["ratio"] * (1 - allowance)


def too_slow(committed: dict[str, dict], here: str, measured: Callable[[Iterable[str], int], dict[str, float]] = ratios) -> dict[str, str]:
    """What is below its floor in every one of a first and RETRIES longer measurements, and the figures."""
    left, best, rounds = dict(committed), dict.fromkeys(committed, 0.0), ROUNDS
    for _ in range(1 + RETRIES):
        for name, ratio in measured(list(left), rounds).items():
            best[name] = max(best[name], ratio)
        left = {name: one for name, one in left.items() if best[name] < floor(one, here)}
        if not left:
            break
        rounds *= 2
    return {
        name: f"{best[name]:.2f} times the peer's speed; committed {one['ratio']:.2f}, at least {floor(one, here):.2f} expected"
        for name, one in left.items()
    }


def committed() -> dict[str, dict]:
    """What the last `make bench` measured, by corruption."""
    return json.loads(COMMITTED.read_text())


def work(stop: object) -> None:
    """Keeps a core and its caches busy."""
    block = np.zeros(1 << 22)
    while not stop.is_set():
        block += 1.0


def in_a_process_of_its_own() -> dict[str, float]:
    """`ratios` of everything: from process to process memory lies elsewhere, which is part of the noise."""
    program = "import json, corrupt_engine as ce; from benchmarks.guard import ratios; print(json.dumps(ratios(ce.corruptions())))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=Path(__file__).parent.parent)
    return json.loads(done.stdout)


def measure(quick: bool) -> dict:
    names, runs = ce.corruptions(), []
    context = multiprocessing.get_context("spawn")
    for number in range(2 if quick else REPETITIONS):
        stop = context.Event()
        others = [context.Process(target=work, args=(stop,)) for _ in range(processors() if number % 2 else 0)]
        for other in others:
            other.start()
        runs.append(in_a_process_of_its_own())
        stop.set()
        for other in others:
            other.join()
    kind, result = processor(), {}
    for name in names:
        values = [run[name] for run in runs]
        middle = statistics.median(values)
        result[name] = {"ratio": round(middle, 3), "noise": round(1 - min(values) / middle, 4), "processor": kind}
    if not quick:
        COMMITTED.write_text(json.dumps(result, indent=1) + "\n")
    return {"repetitions": len(runs), "corruptions": result}


def goals(part: dict) -> Iterator[tuple[str, float, float]]:
    return iter(())


def table(part: dict) -> str:
    lines = [
        f"Processor time, severities {', '.join(map(str, SEVERITIES))} together, {part['repetitions']} times, half on a busy machine.\n",
        "| corruption | times less than the peer | noise | floor on this kind of processor |",
        "|---|---|---|---|",
    ]
    for name, one in part["corruptions"].items():
        lines.append(f"| {name} | {one['ratio']:.2f} | {one['noise']:.0%} | {floor(one, one['processor']):.2f} |")
    return "\n".join(lines)
