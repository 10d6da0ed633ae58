"""`python -m benchmarks [--quick] [PART ...]`: measure, and write one JSON and the markdown made from it.

Each kind of processor has its own figures. Parts that are not measured now keep theirs, with the day on which they were
measured. `--quick` writes to build/ only.
"""

import argparse
import importlib
import json
import sys
import time
from pathlib import Path

from . import machine, report

ROOT = Path(__file__).parent.parent
PARTS = ("kernels", "sweeping", "scaling", "loader", "memory", "compilation", "guard")


def main() -> int:
    """Exit 1 where a target is missed and --strict asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; default all")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, sizes and images; a minute or two")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where a target is missed")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    folder = ROOT / "build" / "benchmarks" if options.quick else ROOT / "benchmarks" / "results"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "cpu.json"
    records = json.loads(path.read_text()) if path.exists() else {}
    record = records[machine.processor()] = records.pop(machine.processor(), {"parts": {}})  # the last is the newest
    for name in options.parts or PARTS:
        print(f"measuring {name} ...", flush=True)
        about, start = machine.moment(), time.perf_counter()
        part = importlib.import_module(f"benchmarks.{name}").measure(options.quick)
        about |= {
            "seconds": round(time.perf_counter() - start, 1),
            "machine": machine.described(),
            "versions": machine.versions(),
        }
        record["parts"][name] = report.rounded({**about, **part})
        path.write_text(json.dumps(records, indent=1) + "\n")
    text = report.markdown(records)
    (folder / "cpu.md").write_text(text)
    print(text)
    if not options.quick:
        report.into_readme(ROOT / "README.md", records)
    return int(options.strict and any(not reached for *_, reached in report.targets(record)))


if __name__ == "__main__":
    sys.exit(main())
