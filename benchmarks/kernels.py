"""Each corruption and severity, one image on one core, ours and the peers in turns."""

import warnings
from collections.abc import Iterator

import numpy as np

import corrupt_engine as ce
from corrupt_engine.catalogue import strength
from corrupt_engine.tools.bench import synthetic_image as drawn
from tests.golden_files import golden_image

from .interleaving import failure, interleaved, ratio, spread
from .machine import limited_to
from .peers import MAIN, MISSING, not_installed, operations

SUM_TARGET, EACH_TARGET, SEVERITY_TARGET = 25.0, 4.0, 2.0
LOSSLESS, LOSSLESS_TARGETS = ("jpeg_compression", "pixelate"), (1.5, 1.2)
"""Of these the peer's work is libjpeg's and Pillow's C, and the targets are lower: together, and of each severity."""
FULL = {224: (21, (1, 2, 3, 4, 5)), 32: (31, (3,)), 512: (9, (3,))}  # side: (rounds, severities)
QUICK = {224: (5, (1, 3, 5))}


def image_of(side: int) -> np.ndarray:
    """A photograph where there is one of that size, else the image of `corrupt-engine bench`."""
    return np.array(golden_image(f"inputs/cat_{side}.png")) if side in (32, 64, 224) else drawn(side)


def by_benchmark() -> dict[str, list[str]]:
    """The corruptions in published order, each under the first benchmark that has it."""
    seen: set[str] = set()
    found = {}
    for benchmark in ce.benchmarks():
        own = [name for name in ce.corruptions(benchmark) if name not in seen]
        seen.update(own)
        if own:
            found[benchmark] = own
    return found


def names() -> Iterator[tuple[str, str]]:
    """(benchmark, corruption) in published order, each corruption once."""
    for benchmark, own in by_benchmark().items():
        for name in own:
            yield benchmark, name


def condition(image: np.ndarray, name: str, severity: int, rounds: int) -> dict:
    """Milliseconds and ratios of ours in turns with each other library, pair by pair; one that raises is left out, its
    error kept.
    """
    able = dict(operations(image, name, severity))
    able["ours"].call()  # nothing of ours may fail
    failed = {side: error for side, operation in able.items() if (error := failure(operation.call))}
    able = {side: operation for side, operation in able.items() if side not in failed}
    pairs = {
        side: interleaved({"ours": able["ours"].call, side: able[side].call}, rounds) for side in able if side != "ours"
    }
    return {
        "corruption": name,
        "severity": severity,
        "side": image.shape[0],
        "ms": {side: {"ours": spread(times["ours"]), "theirs": spread(times[side])} for side, times in pairs.items()},
        "ratio": {side: ratio(times, side) for side, times in pairs.items()},
        "similar": [side for side, operation in able.items() if not operation.same],
        "failed": failed,
    }


def measure(quick: bool) -> dict:
    """SystemExit where a full measurement would leave a library out."""
    if not quick and (absent := not_installed()):
        raise SystemExit(
            f"{' and '.join(absent)} cannot be compared with: not installed. Run `make bench`, which installs what is "
            "compared, or "
            "`pip install --no-deps -r benchmarks/requirements.txt`; `--quick` goes without"
        )
    rows = []
    with limited_to(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peers' libraries deprecate what they call
        for side, (rounds, severities) in (QUICK if quick else FULL).items():
            image = image_of(side)
            for _, name in names():
                most = strength(name, None, side, side).levels.most
                mine = sorted({min(severity, most) for severity in severities})
                rows += [condition(image, name, severity, rounds) for severity in mine]
    return {"rows": rows}


def total(rows: list[dict], whose: str, side: str = MAIN) -> float:
    """The sum of the medians of "ours" or "theirs", in turns with that library."""
    return sum(row["ms"][side][whose]["median"] for row in rows)


def times_faster(rows: list[dict], side: str = MAIN) -> float | None:
    """The ratio of the sums of medians over the conditions that the library makes; None where there is none."""
    both = [row for row in rows if side in row["ms"]]
    return total(both, "theirs", side) / total(both, "ours", side) if both else None


def of(rows: list[dict], name: str) -> list[dict]:
    """The rows of a corruption, or of all that stand under a benchmark."""
    wanted = [name] if name in ce.corruptions() else by_benchmark().get(name, [])
    return [row for row in rows if row["corruption"] in wanted]


def goals(part: dict) -> Iterator[tuple[str, float, float]]:
    """(what, reached, target)."""
    rows = [row for row in part["rows"] if row["side"] == 224]
    test = of(rows, "imagenet-c")
    yield f"sum over {len(test)} conditions of imagenet-c, times faster", times_faster(test), SUM_TARGET
    for name in dict.fromkeys(row["corruption"] for row in rows if MAIN in row["ms"]):
        own = [row for row in of(rows, name) if MAIN in row["ms"]]
        each, severity = LOSSLESS_TARGETS if name in LOSSLESS else (EACH_TARGET, SEVERITY_TARGET)
        yield f"{name}, times faster", times_faster(own), each
        yield f"{name}, its slowest severity", min(times_faster([row]) for row in own), severity


def cell(rows: list[dict], side: str) -> str:
    """The ratio, bold where it is a loss, in brackets where the operation is only similar."""
    value = times_faster(rows, side)
    if value is None:
        return "fails" if any(side in row["failed"] for row in rows) else ""
    text = f"{value:.1f}" if value >= 1 else f"**{value:.2f}**"
    return f"({text})" if any(side in row["similar"] for row in rows) else text


def range_of(rows: list[dict]) -> str:
    """From the smallest lower quartile of the ratios within a round to the largest upper one."""
    spreads = [row["ratio"][MAIN] for row in rows if MAIN in row["ratio"]]
    return f"{min(s['low'] for s in spreads):.1f} .. {max(s['high'] for s in spreads):.1f}" if spreads else ""


def line(rows: list[dict], name: str, others: list[str]) -> str:
    mine = of(rows, name)
    ms = [
        " ".join(f"{row['ms'][MAIN][whose]['median']:.2f}" if MAIN in row["ms"] else "?" for row in mine)
        for whose in ("ours", "theirs")
    ]
    return (
        f"| {name} | {' | '.join([*ms, cell(mine, MAIN), range_of(mine), *(cell(mine, other) for other in others)])} |"
    )


def sum_line(rows: list[dict], benchmark: str, others: list[str]) -> str:
    both = [row for row in of(rows, benchmark) if MAIN in row["ms"]]
    sums = " | ".join(f"**{total(both, whose):.1f}**" for whose in ("ours", "theirs"))
    return f"| **{benchmark}, sum** | {sums} | **{times_faster(both):.1f}** | |{' |' * len(others)}"


def table(part: dict) -> str:
    """Markdown: ours, the peer, and how many times faster ours is than each library, at each size."""
    rows = part["rows"]
    others = sorted({side for row in rows for side in row["ms"]} - {MAIN})
    lines = []
    for side in dict.fromkeys(row["side"] for row in rows):
        here = [row for row in rows if row["side"] == side]
        lines += [
            f"### {side} x {side}, severity "
            f"{' '.join(str(s) for s in dict.fromkeys(row['severity'] for row in here))}\n",
            f"| {' | '.join(['corruption', 'ours, ms', f'{MAIN}, ms', 'times faster', 'quartiles', *others])} |",
            f"|---|---|---|---|---|{'---|' * len(others)}",
        ]
        for benchmark, own in by_benchmark().items():
            measured = [name for name in own if any(row["ms"] or row["failed"] for row in of(here, name))]
            lines += [line(here, name, others) for name in measured]
            if any(MAIN in row["ms"] for name in measured for row in of(here, name)):
                lines.append(sum_line(here, benchmark, others))
        lines.append("")
    lines.append(
        "Times faster than each library. Bold: a loss. In brackets: a similar operation, which does not make the same "
        "image."
    )
    lines += [f"\n{library} is not measured: it {why}." for library, why in MISSING.items()]
    return "\n".join(lines)
