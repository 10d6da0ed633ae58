"""Translucent disks, later ones in place of earlier ones, drawn and pasted by Pillow. Source: Di Salvo et al. 2024
(arXiv:2406.17536).
"""

import numpy as np
from PIL import Image, ImageDraw

from .tolerance import EXACT

TOLERANCE = EXACT


def draws(rng, x, p):
    most = max(1, p.bubbles)
    return {
        "count": np.array(rng.randint(min(7, p.bubbles), p.bubbles + 1)),
        "radius": rng.randint(3, max(3, p.radius) + 1, most),
        "middle": rng.uniform(size=(most, 2)),
    }


def apply(x: np.ndarray, p, d) -> np.ndarray:
    image, layer = Image.fromarray(x), Image.new("RGBA", x.shape[1::-1], (255, 255, 255, 0))
    draw = ImageDraw.Draw(layer)
    for k in range(int(d["count"])):
        r = int(d["radius"][k])
        y, z = (
            r + int(share * (size - 2 * r + 1)) if size >= 2 * r else int(share * size)
            for share, size in zip(d["middle"][k], x.shape[:2], strict=True)
        )
        for radius, opacity in ((r + 2, 130), (r, 100)):
            draw.ellipse((z - radius, y - radius, z + radius, y + radius), fill=(255, 255, 255, opacity))
    image.paste(layer, mask=layer)
    return np.asarray(image)
