"""The guard: the ratio of some corruptions, made in a short run, against the committed one less the noise measured for
it.

Guarded is one corruption a primitive (`covering`): what makes a kernel slow, a lost vectorization or a second
compilation, happens in a primitive. A corruption that the peer lacks is compared with an operation of ours, REFERENCE,
in the same run.

The short form: 224 x 224, a weak, a middle and the strongest severity, ours and the other in turns on one core, the
smallest processor time of a few rounds. Processor time, because a round in which another process had the core is then
no slower; the smallest, because what disturbs (caches that others use, clocks that fall) only ever adds. A corruption
that seems too slow is measured again in another process with more rounds, which a disturbance or a bad place in memory
does not survive and a regression does; only what is too slow each time fails.

What is committed (results/guard.json, by kind of processor) comes from repetitions of this very form, each in a process
of its own, half of them while other processes work on every core. The noise of a corruption is how far the lowest of
those ratios lies below their median, as a share.
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
from corrupt_engine.catalogue import Condition, strength
from corrupt_engine.kernels import cpu
from corrupt_engine.runtime.threads import processors
from corrupt_engine.transforms.corrupt import Settings
from corrupt_engine.transforms.depth import stand_in

from .interleaving import interleaved
from .kernels import image_of
from .machine import limited_to, processor
from .peers import imaug, ours, peer_has

COMMITTED = Path(__file__).parent / "results" / "guard.json"
ROUNDS, REPETITIONS, RETRIES = 5, 12, 3
REFERENCE = "gaussian_noise"
# A dozen repetitions on one machine do not see all that is to come: twice what they saw, and never less than a fifth. A
# kernel that loses its vectorisation, or is compiled again for each call, loses half or more.
LEAST, TIMES_NOISE = 0.2, 2.0
# Another processor has other vector units and caches: ratios there are other figures, and only a collapse can be told
# from that.
ELSEWHERE = 0.5

Ours = Callable[[np.ndarray, str, float], object]


class Recorder:
    """The host's primitives, which remember those that were asked for."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    def __getattr__(self, name: str) -> object:
        self.used.add(name)
        return getattr(cpu, name)


def primitives(name: str) -> set[str]:
    """The primitives that a corruption asks for at its severities; what all of them use (memory, copies) is none."""
    ops, image = Recorder(), image_of(224)[None]
    for severity in severities(name):
        prepared = Settings().prepare(Condition(name, severity))
        depth = stand_in(name, image.shape).values()
        prepared.run(ops, image, np.empty_like(image), np.zeros(1, np.int64), *depth)
    return ops.used - {"empty", "copy", "draw", "upload"}


def covering(used: dict[str, set[str]]) -> list[str]:
    """Few corruptions that use every primitive between them: each time the one that adds most, of equal ones the first
    by name.
    """
    left, chosen = set().union(*used.values()), []
    while left:
        best = max(sorted(used), key=lambda name: len(used[name] & left))
        chosen.append(best)
        left -= used[best]
    return sorted(chosen)


def guarded() -> list[str]:
    """What the guard looks at."""
    return covering({name: primitives(name) for name in ce.corruptions()})


def severities(name: str) -> list[int]:
    """The weakest, a middle one and the strongest severity of a corruption."""
    most = strength(name, None, 224, 224).levels.most
    return sorted({1, (most + 1) // 2, most})


def ratios(names: Iterable[str], rounds: int = ROUNDS, make: Ours = ours) -> dict[str, float]:
    """How many times less processor time ours takes than the peer, or than REFERENCE, for each corruption."""
    image, found = image_of(224), {}
    with limited_to(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peer's libraries deprecate what they call
        for name in names:
            least = {"ours": 0.0, "other": 0.0}
            for severity in severities(name):
                calls = {
                    "ours": lambda name=name, severity=severity: make(image, name, severity),
                    "other": (lambda name=name, severity=severity: imaug(image, name, severity))
                    if peer_has(name)
                    else (lambda: ours(image, REFERENCE, 3)),
                }
                for side, times in interleaved(calls, rounds, time.process_time).items():
                    least[side] += min(times)
            found[name] = least["other"] / least["ours"]
    return found


def in_a_process_of_its_own(names: Iterable[str], rounds: int = ROUNDS) -> dict[str, float]:
    """`ratios`, where memory lies anew: from process to process that is part of the noise."""
    program = "import json; from benchmarks.guard import ratios; print(json.dumps(ratios(*json.loads(input()))))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps([list(names), rounds]),
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    return json.loads(done.stdout)


def floor(committed: dict, here: str) -> float:
    """The lowest ratio that is no regression, on a processor of the kind `here`."""
    allowance = (
        min(max(LEAST, TIMES_NOISE * committed["noise"]), ELSEWHERE) if here == committed["processor"] else ELSEWHERE
    )
    return committed["ratio"] * (1 - allowance)


def too_slow(
    committed: dict[str, dict],
    here: str,
    measured: Callable[[Iterable[str], int], dict[str, float]] = in_a_process_of_its_own,
) -> dict[str, str]:
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
        name: f"{best[name]:.2f} times the {'peer' if peer_has(name) else REFERENCE}'s speed; "
        f"committed {one['ratio']:.2f}, at least {floor(one, here):.2f} expected"
        for name, one in left.items()
    }


def committed(here: str) -> dict[str, dict]:
    """What `make bench` measured, by corruption: on this kind of processor, else the lowest ratio on another."""
    kinds = json.loads(COMMITTED.read_text())
    own = kinds.get(here, {})
    found: dict[str, dict] = {}
    for kind, rows in kinds.items():
        for name, row in rows.items():
            if row["ratio"] <= found.get(name, row)["ratio"]:
                found[name] = {**row, "processor": kind}
    return found | {name: {**row, "processor": here} for name, row in own.items()}


def work(stop: object) -> None:
    """Keeps a core and its caches busy."""
    block = np.zeros(1 << 22)
    while not stop.is_set():
        block += 1.0


def measure(quick: bool) -> dict:
    names, runs = guarded(), []
    context = multiprocessing.get_context("spawn")
    for number in range(2 if quick else REPETITIONS):
        stop = context.Event()
        others = [context.Process(target=work, args=(stop,)) for _ in range(processors() if number % 2 else 0)]
        for other in others:
            other.start()
        runs.append(in_a_process_of_its_own(names))
        stop.set()
        for other in others:
            other.join()
    kind, result = processor(), {}
    for name in names:
        values = [run[name] for run in runs]
        middle = statistics.median(values)
        result[name] = {"ratio": round(middle, 3), "noise": round(1 - min(values) / middle, 4)}
    if not quick:
        kinds = json.loads(COMMITTED.read_text()) if COMMITTED.exists() else {}
        COMMITTED.write_text(json.dumps({**kinds, kind: result}, indent=1) + "\n")
    return {
        "repetitions": len(runs),
        "corruptions": {name: {**row, "processor": kind} for name, row in result.items()},
    }


def goals(part: dict) -> Iterator[tuple[str, float, float]]:
    return iter(())


def table(part: dict) -> str:
    lines = [
        f"Processor time, three severities together, {part['repetitions']} times, half on a busy machine. "
        "Guarded is one corruption a primitive.\n",
        "| corruption | times less than the peer | noise | floor on this kind of processor |",
        "|---|---|---|---|",
    ]
    for name, one in part["corruptions"].items():
        lines.append(f"| {name} | {one['ratio']:.2f} | {one['noise']:.0%} | {floor(one, one['processor']):.2f} |")
    return "\n".join(lines)
