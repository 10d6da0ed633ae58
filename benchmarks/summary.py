"""The table of ratios from a benchmark's JSON: `python benchmarks/summary.py JSON [--markdown FILE]`.

Exits with 1 where a corruption is slower than the peer beyond the noise, or the sum over the 75 conditions is below the target.
"""

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

import corrupt_engine as ce

TARGET = 5.0  # times the peer, over the sum of the 75 test conditions
NOISE = 0.05  # a ratio this little below 1 is taken for noise


def medians(path: Path) -> tuple[dict, dict]:
    """{(corruption, side): [milliseconds at severity 1..5]}, and the record."""
    record = json.loads(path.read_text())
    times = defaultdict(dict)
    for entry in record["benchmarks"]:
        info = entry["extra_info"]
        times[info["corruption"], info["side"]][info["severity"]] = 1000 * entry["stats"]["median"]
    return {key: [by[s] for s in sorted(by)] for key, by in times.items()}, record


def table(times: dict, record: dict) -> tuple[str, list[str]]:
    """Markdown, and the complaints."""
    lines = [
        "| corruption | ours, ms at severity 1 2 3 4 5 | peer, ms | times faster |",
        "|---|---|---|---|",
    ]
    complaints = []
    for benchmark in ce.benchmarks():
        names = ce.corruptions(benchmark)
        for name in names:
            mine, theirs = times[name, "ours"], times[name, "peer"]
            ratio = sum(theirs) / sum(mine)
            lines.append(f"| {name} | {' '.join(f'{t:.2f}' for t in mine)} | {' '.join(f'{t:.1f}' for t in theirs)} | {ratio:.1f} |")
            if ratio < 1 - NOISE:
                complaints.append(f"{name} is slower than the peer: {ratio:.2f}")
        total = [sum(sum(times[name, side]) for name in names) for side in ("ours", "peer")]
        ratio = total[1] / total[0]
        lines.append(f"| **{benchmark}, sum** | **{total[0]:.1f}** | **{total[1]:.1f}** | **{ratio:.1f}** |")
        if benchmark == "imagenet-c" and ratio < TARGET:
            complaints.append(f"the sum over {benchmark} is {ratio:.1f} times faster, the target is {TARGET}")
    cpu = record["machine_info"]["cpu"]
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    lines.append(f"\nOne core of {cpu['brand_raw']}, {record['datetime'][:10]}; medians of interleaved rounds; {versions}.")
    return "\n".join(lines), complaints


def main() -> int:
    """Print the table; say what misses its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("json", type=Path)
    parser.add_argument("--markdown", type=Path)
    options = parser.parse_args()
    text, complaints = table(*medians(options.json))
    print(text)
    if options.markdown:
        options.markdown.write_text(f"# Speed against the best maintained CPU peer\n\nMade by `make bench`.\n\n{text}\n")
    for complaint in complaints:
        print("MISSED:", complaint, file=sys.stderr)
    return len(complaints) > 0


if __name__ == "__main__":
    sys.exit(main())
