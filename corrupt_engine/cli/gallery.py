"""`corrupt-engine gallery`: a page of one photograph under every corruption."""

import argparse
from pathlib import Path

from ..errors import OptionError
from .arguments import Commands, command, geometry, page
from .console import Console

EXAMPLES = """\
  corrupt-engine gallery photo.jpg
  corrupt-engine gallery photo.jpg --benchmark imagenet-c --tile 224 -o imagenet_c.html
  corrupt-engine gallery photo.jpg --corruptions fog frost snow
"""


def add(commands: Commands) -> None:
    """Describe the command."""
    about = (
        "Write a page (HTML) of one photograph under every corruption, with a slider for the severity of each and all."
    )
    made = command(commands, "gallery", run, "a page of one photograph with sliders", about, EXAMPLES)
    made.add_argument("image", type=Path, help="any image file")
    made.add_argument(
        *("-o", "--output", "--out"),
        type=Path,
        default=Path("gallery.html"),
        metavar="FILE",
        help="default: gallery.html",
    )
    made.add_argument("--corruptions", nargs="+", metavar="NAME", help="default: all")
    made.add_argument(
        "--benchmark", metavar="NAME|FILE", help="its names and severities (default: those of each corruption's home)"
    )
    made.add_argument("--tile", type=int, default=160, metavar="PIXELS", help="longer side of a picture (default: 160)")
    made.add_argument("--seed", type=int, default=0, help="default: 0")
    made.add_argument(
        "--geometry",
        default="imagenet-c",
        metavar="NAME|SIZE,CROP",
        help='"imagenet-c", "none", ... or for example 256,224 (default: imagenet-c)',
    )
    made.add_argument(
        "--textures",
        default="published",
        metavar="KIND",
        help="frost's, and stickers' tiles: published or procedural (default: published)",
    )


def run(options: argparse.Namespace, output: Console) -> int:
    """Make it and save it."""
    from ..tools.gallery import cards, render
    from ..tools.gallery.making import encoded
    from ..tools.preview import read_image
    from ..transforms.geometry import find_geometry

    page(options.output)
    image = read_image(options.image, find_geometry(geometry(options.geometry)))
    found, left_out = cards(
        image,
        options.corruptions,
        benchmark=options.benchmark,
        tile=options.tile,
        seed=options.seed,
        textures=options.textures,
    )
    side = min(options.tile, max(image.shape[:2]))
    text = render(found, encoded(image, options.tile), f"{options.image.name}, corrupted", side, left_out)
    try:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OptionError(
            f"{options.output} cannot be written: {error.strerror or error}; name a file in a folder that is writable"
        ) from error
    for name, reason in left_out.items():
        output.remark(f"{name} is not shown: {reason}")
    size = len(text.encode())
    count = f"{len(found)} corruption{'' if len(found) == 1 else 's'}"
    output.result(
        f"{options.output} ({count}, {size / 1e6:.1f} MB)",
        {"output": str(options.output), "corruptions": len(found), "bytes": size, "left_out": left_out},
    )
    return 0
