"""A contact sheet: every corruption of one image, with names and severities."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..catalogue import CLEAN, Condition, benchmarks, corruptions, strength
from ..catalogue.lookup import is_file
from ..errors import MissingTexturesError, OptionError, SeverityError
from ..runtime.checks import check_count
from ..sources.decoding import decode_bytes
from ..transforms.corrupt import Settings, corrupt
from ..transforms.depth import stand_in
from ..transforms.geometry import Geometry

MARGIN = 6
MANY = 8  # corruptions; of more, two share a row
GROUND, INK, SOFT = "#ffffff", "#1b1f24", "#57606a"


def contact_sheet(
    image: np.ndarray,
    names: Sequence[str] | None = None,
    severities: float | Sequence[float] | None = None,
    *,
    tile: int = 150,
    columns: int | None = None,
    seed: int = 0,
    variant: str | None = None,
    textures: str = "published",
) -> Image.Image:
    """One image under many conditions, each tile with its name; those that need a depth map have a synthetic ramp, near
    at the bottom and far at the top.

    Args:
        image: (H, W, 3) uint8.
        names: corruptions; default all that `showable` gives.
        severities: one or several; default the weakest, a middle one and the strongest of each corruption. Several are
            a row of tiles each corruption, unless columns says otherwise.
        tile: the longer side of a tile in pixels.
        columns: tiles in a row; default one or two corruptions a row for several severities, each after the clean
            image, else five.
        seed: fixes what is random.
        variant: the severity table, as in `corrupt()`.
        textures: as in `corrupt()`.

    Returns:
        A PIL image in RGB.

    Raises:
        UnknownNameError, SeverityError, OptionError, ImageError, BenchmarkError, MissingTexturesError: as `corrupt()`.
    """
    severities = [severities] if isinstance(severities, (int, float)) else severities
    chosen = showable(severities, variant, textures)[0] if names is None else list(names)
    wanted = {name: sampled(name, variant) if severities is None else tuple(severities) for name in chosen}
    most = max(map(len, wanted.values()), default=0)
    if not most:
        raise OptionError("a contact sheet needs at least one corruption and one severity")
    many = most > 1
    group = most + 1  # the clean image and the severities of one corruption
    across = check_count(
        "columns", columns if columns is not None else group * (1 + (len(chosen) > MANY)) if many else 5, 1
    )
    size = _fitted(image, check_count("tile", tile, 16))
    font = ImageFont.load_default(max(11, tile // 13))
    label = int(font.getbbox("Ag")[3]) + 4
    entries: list[tuple[str, float | None]] = [(CLEAN.corruption, None)] if not many or columns is not None else []
    for name, own in wanted.items():
        if many and columns is None:
            entries.append((CLEAN.corruption, None))
        entries += [(name, severity) for severity in own]
        if columns is None:
            entries += [("", None)] * (most - len(own))
    rows = -(-len(entries) // across)
    page = Image.new("RGB", (across * (size[0] + MARGIN) + MARGIN, rows * (size[1] + label + MARGIN) + MARGIN), GROUND)
    draw = ImageDraw.Draw(page)
    for place, (name, severity) in enumerate(entries):
        if not name:
            continue
        made, depth = image, {}
        if severity is not None:
            options: dict[str, Any] = {"seed": seed, "variant": variant, "textures": textures}
            depth = stand_in(name, image.shape, variant)
            made = corrupt(image, name, severity, **options, **depth)
        x = MARGIN + place % across * (size[0] + MARGIN)
        y = MARGIN + place // across * (size[1] + label + MARGIN)
        page.paste(Image.fromarray(made).resize(size, Image.Resampling.LANCZOS), (x, y + label))
        text = (name if severity is None or not many else f"{name} {severity:g}") + (", depth a ramp" if depth else "")
        draw.text((x, y), _cut(text, font, size[0]), fill=SOFT if severity is None else INK, font=font)
    return page


def showable(
    severities: Sequence[float] | None = None, variant: str | None = None, textures: str = "published"
) -> tuple[list[str], dict[str, str]]:
    """What a contact sheet can show where nothing is named.

    Args:
        severities: as for `contact_sheet`.
        variant: likewise.
        textures: likewise.

    Returns:
        (corruptions, left out): in the order of the benchmarks, and why others cannot be shown, by name.

    Raises:
        UnknownNameError, SeverityError, OptionError, BenchmarkError, MissingTexturesError: why none can be shown.
    """
    own = corruptions(variant) if variant is not None and is_file(variant) else ()
    everything = dict.fromkeys([*own, *(name for benchmark in benchmarks() for name in corruptions(benchmark))])
    settings = Settings(variant=variant, textures=textures)
    wrong = {name: why for name in everything if (why := hindrance(name, severities, settings)) is not None}
    found = [name for name in everything if name not in wrong]
    if not found:
        raise next(iter(wrong.values()))
    without = f"variant {variant!r} has no severities of it"
    return found, {name: without if isinstance(why, OptionError) else str(why) for name, why in wrong.items()}


def hindrance(name: str, severities: Sequence[float] | None, settings: Settings) -> Exception | None:
    """Why a corruption cannot be made: there is no such severity, or what it needs is not installed."""
    try:
        usual = sampled(name, settings.variant)
        for severity in severities or usual:
            settings.prepare(Condition(name, severity))
    except (OptionError, SeverityError, MissingTexturesError) as error:
        return error
    return None


def sampled(name: str, variant: str | None) -> tuple[float, ...]:
    """The weakest, a middle and the strongest severity of a corruption."""
    most = strength(name, variant, 224, 224).levels.most
    return tuple(sorted({1, (most + 1) // 2, most}))


def read_image(path: str | Path, geometry: Geometry) -> np.ndarray:
    """An image file as (H, W, 3) uint8 through a geometry; OptionError where it cannot be read, DecodeError where it is
    no image.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise OptionError(f"image {path} cannot be read: {error.strerror or error}") from error
    return np.ascontiguousarray(geometry(decode_bytes(data, str(path))))


def _fitted(image: np.ndarray, tile: int) -> tuple[int, int]:
    """(width, height) of a tile, the image's shape kept."""
    height, width = image.shape[:2]
    scale = tile / max(height, width)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _cut(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """The text, shortened until it fits."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"
