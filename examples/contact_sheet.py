"""A contact sheet: every corruption of one picture at chosen severities.

python examples/contact_sheet.py [PICTURE] [--severities 1 3 5] [--output examples/corruptions.jpg]
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

import corrupt_engine as ce

ROOT = Path(__file__).parent.parent
MARGIN, LABEL = 4, 14


def sheet(image: np.ndarray, severities: list[float], tile: int, columns: int) -> Image.Image:
    """Tiles of every corruption, in the order of the benchmarks, each row of severities side by side."""
    names = [name for benchmark in ce.benchmarks() for name in ce.corruptions(benchmark)]
    entries = [("clean", 0.0), *((name, s) for name in names for s in severities)]
    rows = -(-len(entries) // columns)
    page = Image.new("RGB", (columns * (tile + MARGIN) + MARGIN, rows * (tile + LABEL + MARGIN) + MARGIN), "white")
    draw = ImageDraw.Draw(page)
    for place, (name, severity) in enumerate(entries):
        result = image if name == "clean" else ce.corrupt(image, name, severity, seed=1)
        x = MARGIN + place % columns * (tile + MARGIN)
        y = MARGIN + place // columns * (tile + LABEL + MARGIN)
        page.paste(Image.fromarray(result).resize((tile, tile), Image.Resampling.LANCZOS), (x, y + LABEL))
        draw.text((x + 1, y), name if name == "clean" or len(severities) == 1 else f"{name} {severity:g}", fill="black")
    return page


def main() -> None:
    """Make the sheet and save it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", nargs="?", type=Path, default=ROOT / "tests/golden/inputs/cat_224.png")
    parser.add_argument("--severities", type=float, nargs="+", default=[3.0])
    parser.add_argument("--columns", type=int, default=5)
    parser.add_argument("--tile", type=int, default=150)
    parser.add_argument("--output", type=Path, default=ROOT / "examples/corruptions.jpg")
    options = parser.parse_args()
    with Image.open(options.picture) as picture:
        image = ce.Geometry(resize=256, crop=224)(np.asarray(picture.convert("RGB")))
    page = sheet(image, options.severities, options.tile, options.columns)
    page.save(options.output, quality=88)
    print(f"{options.output}: {page.width} x {page.height}")


if __name__ == "__main__":
    main()
