"""Run by torchrun in place of a script: runs it, and leaves the process without Python's own end.

A thread of gloo's may let go of a tensor only when Python has begun to end, and then aborts the process (torch 2.13):
one run in ten on a busy machine, with a barrier before the end one in sixty.
"""

import os
import runpy
import sys
from pathlib import Path


def main(script, *arguments):
    sys.argv[:] = [script, *arguments]
    sys.path.insert(0, str(Path(script).parent))
    runpy.run_path(script, run_name="__main__")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
