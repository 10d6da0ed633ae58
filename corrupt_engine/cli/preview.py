"""`corrupt-engine preview`: a contact sheet."""

import argparse
from pathlib import Path

from ..errors import OptionError
from ..runtime.messages import some
from .arguments import Commands, add_bytes, command, geometry
from .console import Console

EXAMPLES = """\
  corrupt-engine preview photo.jpg
  corrupt-engine preview photo.jpg --corruptions fog frost --severities 1 2 3 4 5 -o weather.png
  corrupt-engine preview small.png --geometry none --variant cifar-10-c --tile 96
"""


def add(commands: Commands) -> None:
    """Describe the command."""
    about = "Write a contact sheet (PNG or JPEG): one image under every corruption, with names and severities."
    made = command(commands, "preview", run, "a contact sheet of one image", about, EXAMPLES)
    made.add_argument("image", type=Path, help="any image file")
    made.add_argument(
        "-o", "--output", type=Path, default=Path("preview.png"), metavar="FILE", help="default: preview.png"
    )
    made.add_argument("--corruptions", nargs="+", metavar="NAME", help="default: all that can be made here")
    made.add_argument(
        "--severities",
        type=float,
        nargs="+",
        metavar="S",
        help="default: weakest, middle and strongest of each",
    )
    made.add_argument("--tile", type=int, default=150, metavar="PIXELS", help="longer side of a tile (default: 150)")
    made.add_argument("--columns", type=int, metavar="N", help="tiles in a row (default: one corruption a row)")
    add_bytes(made, "imagenet-c", "that of each corruption's home")


def run(options: argparse.Namespace, output: Console) -> int:
    """Make it and save it."""
    if options.output.exists() and options.image.exists() and options.output.samefile(options.image):
        raise OptionError(f"{options.output} is the image itself, which would be lost: name another file with --output")
    from ..tools.preview import contact_sheet, read_image, showable
    from ..transforms.geometry import find_geometry

    image = read_image(options.image, find_geometry(geometry(options.geometry or "imagenet-c")))
    names: list[str] | None = options.corruptions
    left_out: dict[str, str] = {}
    if names is None:
        names, left_out = showable(options.severities, options.variant, options.textures)
    page = contact_sheet(
        image,
        names,
        options.severities,
        tile=options.tile,
        columns=options.columns,
        seed=options.seed,
        variant=options.variant,
        textures=options.textures,
    )
    try:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        page.save(options.output)
    except (OSError, ValueError) as error:
        raise OptionError(
            f"{options.output} cannot be written: {error}; name a .png or .jpg file in a folder that is writable"
        ) from error
    for reason in dict.fromkeys(left_out.values()):
        output.remark(f"not shown: {some([name for name, own in left_out.items() if own == reason])}: {reason}")
    output.result(
        f"{options.output} ({page.width} x {page.height})",
        {"output": str(options.output), "width": page.width, "height": page.height, "left_out": left_out},
    )
    return 0
