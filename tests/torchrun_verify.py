"""Run by torchrun: `verify` on a list of four images, the first process slow to write what was found."""

import sys
import time

from corrupt_engine.cli import console, main
from corrupt_engine.tools.verify import images


def slowly(self, text, values, result=console.Console.result):
    time.sleep(3)
    result(self, text, values)


if __name__ == "__main__":
    images.published_images = lambda: (7, 3, 40000, 12)
    console.Console.result = slowly
    sys.exit(main(sys.argv[1:]))
