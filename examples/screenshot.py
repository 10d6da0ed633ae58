"""The image of the report in the README: the page of `make demo` in headless Chromium, reduced.

python examples/screenshot.py [reports/demo.html] [--output examples/report.png]
"""

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parent.parent
HEIGHT, LOWER = 1925, 2725  # of the two parts, and where the second begins
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    # The page is our own, and containers often lack what the sandbox needs.
    *(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
    ),
    *("--disable-component-update", "--disable-sync", "--hide-scrollbars"),
)


def shoot(page: Path, image: Path, width: int, height: int) -> None:
    """A page as a PNG file of this size."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit(f"no browser found; install one of {', '.join(BROWSERS)}")
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser,
            *FLAGS,
            f"--user-data-dir={profile}",
            f"--window-size={width},{height}",
            f"--screenshot={image}",
        ]
        subprocess.run([*command, page.resolve().as_uri()], check=True, capture_output=True, timeout=120)


def main() -> None:
    """Take it, cut out two parts, and save them side by side with few colours."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", nargs="?", type=Path, default=ROOT / "reports/demo.html")
    parser.add_argument("--output", type=Path, default=ROOT / "examples/report.png")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / "page.png"
        shoot(options.page, shot, 1280, 4900)
        with Image.open(shot) as whole:
            upper, lower = whole.crop((40, 0, 1240, HEIGHT)), whole.crop((40, LOWER, 1240, LOWER + HEIGHT))
    both = Image.new("RGB", (2420, HEIGHT), "#d8dee4")
    both.paste(upper, (0, 0))
    both.paste(lower, (1220, 0))
    small = both.resize((1400, round(HEIGHT * 1400 / 2420)), Image.Resampling.LANCZOS)
    small.quantize(256).save(options.output, optimize=True)
    print(f"{options.output}: {small.width} x {small.height}, {options.output.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
