"""The picture sheet of each family: the photograph clean and under each corruption, at its weakest, a middle and its
strongest severity; one of a single severity that is random in three draws.

Pictures cannot be compared as text, and are not made again to be checked: docs/pictures.json keeps what each was made
from (the photograph, names and severities, the digests of their bytes, this file) and the digest of the file itself.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import corrupt_engine as ce
from corrupt_engine.catalogue import find_corruption, strength
from corrupt_engine.tools.preview import sampled
from corrupt_engine.transforms.depth import stand_in

from .committed import DOCS, PHOTOGRAPH, ROOT, bytes_of, digest_of

PICTURES = DOCS / "pictures.json"
TILE, GAP, LABEL, QUALITY = 112, 4, 16, 80
LEVELS, BESIDE = 3, 2  # tiles of a corruption; corruptions in a row, after the clean image
SEED = 1
GROUND, INK = "#ffffff", "#1b1f24"


def photograph() -> np.ndarray:
    return np.asarray(Image.open(ROOT / PHOTOGRAPH).convert("RGB"))


def file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def made_from(names: Sequence[str], *sources: Path) -> str:
    """What a picture of these corruptions is made from, and by which code."""
    conditions = [(name, strength(name, None, 224, 224).levels.most, bytes_of(name)) for name in names]
    return digest_of(conditions, [file_digest(path) for path in (ROOT / PHOTOGRAPH, *sources)])


def known() -> dict[str, dict[str, str]]:
    return json.loads(PICTURES.read_text()) if PICTURES.exists() else {}


def note(name: str, source: str) -> dict[str, str]:
    """What pictures.json says of a file in docs/."""
    return {"made_from": source, "file": file_digest(DOCS / name)}


def current(name: str, source: str) -> bool:
    """Whether the file in docs/ is there and was made from this."""
    return (DOCS / name).exists() and known().get(name) == note(name, source)


def sheet(names: Sequence[str], image: np.ndarray) -> Image.Image:
    """Rows of the clean image and two corruptions, each under its name."""
    across = 1 + LEVELS * BESIDE
    rows = -(-len(names) // BESIDE)
    step, high = TILE + GAP, TILE + GAP + LABEL
    page = Image.new("RGB", (across * step + GAP, rows * high + GAP), GROUND)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(12)

    def tile(column: int, row: int, made: np.ndarray) -> None:
        small = Image.fromarray(made).resize((TILE, TILE), Image.Resampling.LANCZOS)
        page.paste(small, (GAP + column * step, GAP + row * high + LABEL))

    for row in range(rows):
        tile(0, row, image)
        draw.text((GAP, GAP + row * high), "clean", fill=INK, font=font)
    for place, name in enumerate(names):
        row, column = place // BESIDE, 1 + LEVELS * (place % BESIDE)
        title, pictures = shown(name)
        depth = stand_in(name, image.shape)
        for number, (severity, sample) in enumerate(pictures):
            tile(column + number, row, ce.corrupt(image, name, severity, seed=SEED, ids=sample, **depth))
        draw.text((GAP + column * step, GAP + row * high), title, fill=INK, font=font)
    return page


def shown(name: str) -> tuple[str, list[tuple[float, int]]]:
    """What stands above the tiles of a corruption, and the severity and sample id of each."""
    severities, ramp = sampled(name, None), ", depth a ramp" if find_corruption(name).needs else ""
    if severities == (1,) and not find_corruption(name).deterministic:
        return f"{name}, {LEVELS} draws", [(1, sample) for sample in range(LEVELS)]
    title = f"{name}, {' '.join(f'{severity:g}' for severity in severities)}" if len(severities) > 1 else name
    return title + ramp, [(severity, 0) for severity in severities]


def stale(families: Mapping[str, Sequence[str]]) -> list[str]:
    """The sheets that are not current."""
    sources = {sheet_name(family): made_from(names, Path(__file__)) for family, names in families.items()}
    return [name for name, source in sources.items() if not current(name, source)]


def make(families: Mapping[str, Sequence[str]]) -> list[str]:
    """The sheets that are not current, written; their names."""
    image, made = photograph(), stale(families)
    for family, names in families.items():
        if (name := sheet_name(family)) in made:
            (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
            sheet(names, image).save(DOCS / name, quality=QUALITY, optimize=True)
            write(known() | {name: note(name, made_from(names, Path(__file__)))})
    return made


def write(notes: Mapping[str, dict[str, str]]) -> None:
    """pictures.json, of the pictures that there are."""
    kept = {name: notes[name] for name in sorted(notes) if (DOCS / name).exists()}
    PICTURES.write_text(json.dumps(kept, indent=1) + "\n")


def sheet_name(family: str) -> str:
    return f"families/{family}.jpg"
