import os
from pathlib import Path

# Stickers are measured with the tests' bank where nobody has named another: a process of its own has it too.
os.environ.setdefault("CORRUPT_ENGINE_TILES", str(Path(__file__).parent.parent / "tests" / "tiles.npy"))
