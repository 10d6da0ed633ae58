"""The contact sheet of the README: every corruption of one image at severity 3.

python examples/contact_sheet.py [PICTURE] [--severities 1 3 5] [--output examples/corruptions.jpg]

`corrupt-engine preview` does the same for any image of yours.
"""

import argparse
from pathlib import Path

from corrupt_engine import Geometry
from corrupt_engine.tools.preview import contact_sheet, read_image

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Make the sheet and save it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("image", nargs="?", type=Path, default=ROOT / "tests/golden/inputs/cat_224.png")
    parser.add_argument("--severities", type=float, nargs="+", default=[3.0])
    parser.add_argument("--output", type=Path, default=ROOT / "examples/corruptions.jpg")
    options = parser.parse_args()
    image = read_image(options.image, Geometry(resize=256, crop=224))
    page = contact_sheet(image, severities=options.severities, seed=1)
    page.save(options.output, quality=88)
    print(f"{options.output}: {page.width} x {page.height}")


if __name__ == "__main__":
    main()
