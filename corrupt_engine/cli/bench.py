"""`corrupt-engine bench`: how fast this machine is."""

import argparse

from .arguments import Commands, add_benchmark, command
from .console import Console

EXAMPLES = """\
  corrupt-engine bench
  corrupt-engine bench --size 32 --batch 64 --threads 1
  corrupt-engine bench --severities 3 --json > speed.json
"""


def add(commands: Commands) -> None:
    """Describe the command."""
    about = (
        "Time every corruption on this machine. "
        "Comparisons with other packages are in the folder benchmarks of the repository."
    )
    made = command(commands, "bench", run, "how fast this machine makes each corruption", about, EXAMPLES)
    add_benchmark(made)
    made.add_argument("--size", type=int, default=224, metavar="PIXELS", help="side of the images (default: 224)")
    made.add_argument("--batch", type=int, default=8, metavar="N", help="images a run (default: 8)")
    made.add_argument("--severities", type=float, nargs="+", metavar="S", help="default: all that each corruption has")
    made.add_argument(
        "--repeats", type=int, default=5, metavar="N", help="runs that count; the median is shown (default: 5)"
    )
    made.add_argument("--threads", type=int, metavar="N", help="default: the processors")
    made.add_argument(
        "--textures", default="published", metavar="KIND", help="published or procedural (default: published)"
    )


def run(options: argparse.Namespace, output: Console) -> int:
    """Measure and print."""
    from tqdm import tqdm

    from ..catalogue import find_benchmark
    from ..runtime.threads import processors
    from ..tools.bench import measure

    levels = find_benchmark(options.benchmark).severities
    if options.severities is not None:
        levels = dict.fromkeys(levels, tuple(options.severities))
    total = sum(map(len, levels.values()))
    columns = sorted({severity for own in levels.values() for severity in own})
    steps = measure(
        options.benchmark,
        size=options.size,
        batch=options.batch,
        severities=options.severities,
        repeats=options.repeats,
        threads=options.threads,
        textures=options.textures,
    )
    found = list(tqdm(steps, total=total, unit="condition", disable=output.quiet))
    threads = options.threads or processors()
    rows = [f"{'ms an image':<20}" + "".join(f"{f's{s:g}':>9}" for s in columns) + f"{'images/s':>11}"]
    for name in levels:
        times = {timing.severity: timing for timing in found if timing.corruption == name}
        speed = len(times) / sum(1 / timing.images_per_second for timing in times.values())
        cells = [f"{times[s].milliseconds:9.3f}" if s in times else " " * 9 for s in columns]
        rows.append(f"{name:<20}" + "".join(cells) + f"{speed:11,.0f}")
    whole = sum(timing.milliseconds for timing in found)
    rows.append(
        f"\nall {total} conditions of one image: {whole:.1f} ms ({options.size} x {options.size}, {threads} thread(s))"
    )
    values = {
        "size": options.size,
        "batch": options.batch,
        "threads": threads,
        "milliseconds": whole,
        "timings": [t._asdict() for t in found],
    }
    output.result("\n".join(rows), values)
    return 0
