"""Run by torchrun in place of a script: runs it, and leaves the process without Python's own end. And what starts
torchrun.

A thread of gloo's may let go of a tensor only when Python has begun to end, and then aborts the process (torch 2.13):
one run in ten on a busy machine, with a barrier before the end one in sixty.
"""

import os
import runpy
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main(script, *arguments):
    sys.argv[:] = [script, *arguments]
    sys.path.insert(0, str(Path(script).parent))
    runpy.run_path(script, run_name="__main__")
    sys.stdout.flush()
    os._exit(0)


def torchrun(*command, cwd=None):
    """What came of a script, or of "-m" and a module, with its arguments, in two processes of one thread each."""
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.run([*launch, *command], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
