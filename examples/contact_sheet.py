"""The contact sheet of the README: every corruption of ImageNet-C on one image at severity 3.

python examples/contact_sheet.py [PICTURE] [--benchmark NAME] [--severities 1 3 5] [--output FILE]

Of another benchmark: the weakest, a middle one and the strongest severity of each of its corruptions. What is not that
of the README goes to BENCHMARK.jpg in the working folder, where no --output is given.

`corrupt-engine preview` does the same for any image of yours.
"""

import argparse
from pathlib import Path

from corrupt_engine import Geometry, corruptions
from corrupt_engine.catalogue import own_variant
from corrupt_engine.tools.preview import contact_sheet, read_image

ROOT = Path(__file__).parent.parent
OWN = "imagenet-c-all"
CAT = ROOT / "tests/golden/inputs/cat_224.png"


def main() -> None:
    """Make the sheet and save it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image", nargs="?", type=Path, default=CAT)
    parser.add_argument("--benchmark", default=OWN)
    parser.add_argument("--severities", type=float, nargs="+")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    of_readme = (options.image, options.benchmark, options.severities) == (CAT, OWN, None)
    own = ROOT / "examples/corruptions.jpg" if of_readme else Path(f"{options.benchmark.replace('/', '-')}.jpg")
    output = options.output or own
    image = read_image(options.image, Geometry(resize=256, crop=224))
    severities = options.severities or ([3.0] if options.benchmark == OWN else None)
    names = corruptions(options.benchmark)
    variant = own_variant(options.benchmark)
    page = contact_sheet(image, names, severities, seed=1, variant=variant)
    page.save(output, quality=88)
    print(f"{output}: {page.width} x {page.height}")


if __name__ == "__main__":
    main()
