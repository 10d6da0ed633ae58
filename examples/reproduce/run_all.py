"""Every experiment of this folder, one after the other, and then the page of all results.

    python examples/reproduce/run_all.py

One that fails, or whose data is missing, is said at the end, and does not keep the others from being run.
"""

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
NO_EXPERIMENTS = ("page.py", Path(__file__).name)


def experiments() -> list[Path]:
    """The scripts: what can be run here by itself."""
    found = sorted(HERE.glob("*.py"))
    return [path for path in found if path.name not in NO_EXPERIMENTS and "__main__" in path.read_text()]


def main() -> int:
    """Run them; how many failed."""
    failed = []
    for path in experiments():
        begun = time.perf_counter()
        code = subprocess.call([sys.executable, str(path)])
        print(f"{path.name}: {'done' if not code else 'FAILED'} in {time.perf_counter() - begun:.0f} s", flush=True)
        failed += [path.name] if code else []
    subprocess.check_call([sys.executable, str(HERE / "page.py")])
    if failed:
        print(f"failed: {', '.join(failed)}; their tables on the page are those of an earlier run")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
