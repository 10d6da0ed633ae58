"""`python -m benchmarks.catalogue [times | fidelity] [NAME ...]`: what the catalogue's pages are made from,
and the pages.

Alone, as `make docs` calls it: measures what was not measured yet, and writes what is not current in docs/.
times, fidelity: measure these corruptions again; all where none is named.
"""

import argparse
import sys

import corrupt_engine as ce

from . import fidelity, times, writing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", choices=("times", "fidelity"), help="measure again")
    parser.add_argument("names", nargs="*", help="of these corruptions; default all")
    options = parser.parse_args()
    names = tuple(options.names) or ce.corruptions()
    try:
        if options.part:
            {"times": times, "fidelity": fidelity}[options.part].measure(names)
        else:
            make(names)
    except LookupError as error:
        raise SystemExit(str(error)) from error
    return 0


def make(names: tuple[str, ...]) -> None:
    """What is lacking, and the pages."""
    if times.lacking(names):
        print("timing every corruption ...", flush=True)
        times.measure(names)  # all of them: times of one run can be compared
    if lacking := fidelity.lacking(names):
        print(f"comparing {len(lacking)} with their oracles ...", flush=True)
        fidelity.measure(lacking)
    for path in writing.write():
        print(f"docs/{path}")


if __name__ == "__main__":
    sys.exit(main())
