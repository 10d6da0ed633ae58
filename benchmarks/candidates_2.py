"""Corruptions that albumentations 2.0.8 has too, held to it under the same draws; writes results/candidates_2.md.

    pip install --no-deps --target build/albumentations_2 albumentations==2.0.8 albucore==0.0.24 \
        pydantic==2.11.7 pydantic-core==2.33.2 annotated-types typing-inspection stringzilla==3.12.6 simsimd==6.4.9
    PYTHONPATH=build/albumentations_2 python -m benchmarks.candidates_2

`benchmarks.candidates` holds the candidates of Laugros to 1.0.3, which is nearer to what their authors used. Between
the two the library has changed several of them; where it has, the number here is of that change. Not held: perspective
and random_fog, which it draws otherwise now, and noises that are drawn from their law.
"""

import math
from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist

import albucore
import albumentations
import cv2
import numpy as np
from albumentations.augmentations.blur import functional as blurring
from albumentations.augmentations.dropout import functional as dropping
from albumentations.augmentations.geometric import functional as geometric
from albumentations.augmentations.pixel import functional

from .replayed import SIDE, Held, write

RESULT = Path(__file__).parent / "results" / "candidates_2.md"
LINEAR, MIRRORED = cv2.INTER_LINEAR, cv2.BORDER_REFLECT_101
BYTES = "the library rounds hue, saturation and lightness to bytes on the way, hue to 180 a turn"
REASONS = {
    "autocontrast": "the library rounds; Pillow truncates, as here",
    "color_jitter": BYTES + "; a step multiplies what differs before it",
    "grid_distortion": "what is left over beside five cells ends with the image; in the library, a cell's length later",
    "hue_saturation_value": BYTES,
    "line_blur": "half a level is rounded up, the library rounds it to even",
    "piecewise_affine": "triangles go with their corners; since 2.0 the library mixes all points by 1 / distance^2",
    "random_rain": "since 2.0 the library adds its drops to the image and darkens R, G and B",
    "random_shadow": "since 2.0 the library darkens R, G and B, before that lightness",
    "random_snow": BYTES + "; pixels whose lightness is the limit",
    "random_sun_flare": "since 2.0 the sun of the library is as bright as its circles are",
    "rgb_shift": "the library truncates the shift",
    "ringing": "edges repeated, reflected in the library",
    "rotate": "since 2.0 the library turns about the middle, before that half a pixel to the lower right of it",
    "to_sepia": "OpenCV's weights have ten bits",
    "transpose": "since 2.0 the library moves by whole pixels",
    "unsharp_mask": "bytes after the blur, and a Gaussian cut off at 3 sigma",
}
HELD: dict[str, tuple[Held, str]] = {}


def held(benchmark: str) -> Callable[[Held], Held]:
    def register(function: Held) -> Held:
        HELD[function.__name__] = function, benchmark
        return function

    return register


CANDIDATES, OWN = "laugros-candidates", "albumentations-2"
HELD |= {
    name: (function, CANDIDATES)
    for name, function in {
        "blur": lambda x, p, d: blurring.box_blur(x, p.low + 2 * int(d["step"])),
        "median_blur": lambda x, p, d: blurring.median_blur(x, p.low + 2 * int(d["step"])),
        "channel_dropout": lambda x, p, d: dropping.channel_dropout(x, (int(d["channel"]),), 0),
        "downscale": lambda x, p, d: functional.downscale(x, p.factor, cv2.INTER_NEAREST, cv2.INTER_NEAREST),
        "invert": lambda x, p, d: functional.invert(x),
        "multiplicative_noise": lambda x, p, d: albucore.multiply(x, d["factor"].astype(np.float32)[..., None]),
        "posterize": lambda x, p, d: functional.posterize(x, p.bits),
        "random_brightness": lambda x, p, d: albucore.multiply_add(x, 1.0, 255.0 * float(d["change"]), False),
        "random_contrast": lambda x, p, d: albucore.multiply_add(x, 1.0 + float(d["change"]), 0.0, False),
        "random_gamma": lambda x, p, d: functional.gamma_transform(x, gamma=float(d["gamma"])),
        "random_snow": lambda x, p, d: functional.add_snow_bleach(x, float(d["point"]), p.factor),
        "rgb_shift": lambda x, p, d: albucore.add(x, d["shift"].astype(np.float32)),
        "rotate": lambda x, p, d: turned(x, float(d["angle"])),
        "solarize": lambda x, p, d: functional.solarize(x, p.threshold / 255),
        "to_sepia": lambda x, p, d: albumentations.ToSepia(p=1)(image=x)["image"],
    }.items()
}


def turned(x, angle):
    transform = albumentations.Rotate(limit=(angle, angle), border_mode=MIRRORED, crop_border=False, p=1)
    return transform(image=x)["image"]


@held("randaugment")
def equalize(x, p, d):
    return functional.equalize(x, mode="cv", by_channels=True)


@held("randaugment")
def autocontrast(x, p, d):
    return functional.auto_contrast(x, cutoff=0, ignore=None, method="pil")


@held(OWN)
def planckian_jitter(x, p, d):
    return functional.planckian_jitter(x, float(d["kelvin"]), "blackbody")


@held(OWN)
def chromatic_aberration(x, p, d):
    sign = -1 if d["primary"][0] < 0 else 1
    (red, blue), (red2, blue2) = (
        sign * most * abs(d[kind]) for kind, most in (("primary", p.primary), ("secondary", p.secondary))
    )
    return functional.chromatic_aberration(x, float(red), float(red2), float(blue), float(blue2), LINEAR)


@held(OWN)
def ringing(x, p, d):
    side = 2 * p.radius + 1
    transform = albumentations.RingingOvershoot(blur_limit=(side, side), cutoff=(p.cutoff, p.cutoff), p=1)
    return transform(image=x)["image"]


@held(OWN)
def unsharp_mask(x, p, d):
    return functional.unsharp_mask(x, 0, p.sigma, p.amount, -1)


@held(OWN)
def piecewise_affine(x, p, d):
    class Replayed:
        def normal(self, mean, std, size):
            ranks = np.clip(d["rank"], 1e-9, 1 - 1e-9)
            return np.vectorize(NormalDist().inv_cdf)(ranks) * p.scale * SIDE

    maps = geometric.create_piecewise_affine_maps((SIDE, SIDE), (p.points, p.points), p.scale, False, Replayed())
    return geometric.remap(x, *maps, LINEAR, MIRRORED, 0)


@held(CANDIDATES)
def affines(x, p, d):
    s = float(d["scale"])
    transform = albumentations.Affine(scale=(s, s), border_mode=MIRRORED, p=1)
    return transform(image=x)["image"]


@held(CANDIDATES)
def transpose(x, p, d):
    down, aside = (float(share) for share in d["shift"])
    moved = {"x": (aside, aside), "y": (down, down)}
    transform = albumentations.Affine(translate_percent=moved, border_mode=MIRRORED, p=1)
    return transform(image=x)["image"]


@held(CANDIDATES)
def grid_distortion(x, p, d):
    rows, columns = ([*map(float, stretch), 1.0] for stretch in d["stretch"])
    maps = geometric.generate_grid((SIDE, SIDE), columns, rows, 5)
    return geometric.remap(x, *maps, LINEAR, MIRRORED, 0)


@held(CANDIDATES)
def random_grid_shuffle(x, p, d):
    size, order = SIDE // p.grid, np.argsort(d["rank"], kind="stable")
    tiles = [(size * i, size * j, size * i + size, size * j + size) for i in range(p.grid) for j in range(p.grid)]
    return geometric.swap_tiles_on_image(x, np.array(tiles), np.argsort(order).tolist())


@held(CANDIDATES)
def cutout(x, p, d):
    side = round(p.side * SIDE)
    top, left = (int(share * SIDE) - side // 2 for share in d["middle"])
    hole = (max(left, 0), max(top, 0), min(left + side, SIDE), min(top + side, SIDE))
    return dropping.cutout(x, np.array([hole]), 0, None)


@held(CANDIDATES)
def coarse_dropout(x, p, d):
    side = round(p.side * SIDE)
    corners = [(int(a * (SIDE - side + 1)), int(b * (SIDE - side + 1))) for a, b in d["corner"][: int(d["count"])]]
    return dropping.cutout(x, np.array([(left, top, left + side, top + side) for top, left in corners]), 0, None)


@held(CANDIDATES)
def line_blur(x, p, d):
    side = p.low + 2 * int(d["step"])
    second, first = divmod(int(d[f"ends{side}"]), side**2)
    (y0, x0), (y1, x1) = divmod(first, side), divmod(second + (second >= first), side)
    line = cv2.line(np.zeros((side, side), np.uint8), (x0, y0), (x1, y1), 1)
    return functional.convolve(x, line.astype(np.float32) / line.sum())


@held(CANDIDATES)
def sharpen(x, p, d):
    alpha, effect = float(d["alpha"]), -np.ones((3, 3), np.float32)
    effect[1, 1] = 8 + d["lightness"]
    return functional.convolve(x, (1 - alpha) * np.pad(np.ones((1, 1), np.float32), 1) + alpha * effect)


@held(CANDIDATES)
def emboss(x, p, d):
    s = float(d["strength"])
    return functional.convolve(x, np.array([[-1 - s, -s, 0], [-s, 1, s], [0, s, 1 + s]], np.float32))


@held(CANDIDATES)
def hue_saturation_value(x, p, d):
    return functional.shift_hsv(x, float(d["hue"]) / 2, float(d["saturation"]), float(d["value"]))


@held(CANDIDATES)
def color_jitter(x, p, d):
    names = ("brightness", "contrast", "saturation", "hue")
    for step in np.argsort(d["rank"], kind="stable"):
        x = getattr(functional, f"adjust_{names[step]}_torchvision")(x, float(d[names[step]]))
    return x


@held(CANDIDATES)
def random_rain(x, p, d):
    slant = int(d["slant"])
    drops = [(min(slant, 0) + int(b * (SIDE - slant + 1)), int(a * (SIDE - p.length))) for a, b in d["drop"]]
    return functional.add_rain(x, slant, p.length, 1, (200, 200, 200), p.side, p.factor, np.array(drops))


@held(CANDIDATES)
def random_shadow(x, p, d):
    polygons = d["corner"][: int(d["count"])]
    corners = [
        np.array([[(int(b * (SIDE + 1)), int(a * (SIDE + 1))) for a, b in polygon]], np.int32)[0]
        for polygon in polygons
    ]
    return functional.add_shadow(x, corners, np.full(len(corners), 1 - p.factor))


@held(CANDIDATES)
def random_sun_flare(x, p, d):
    y, z = int(d["sun"][0] * SIDE / 2), int(d["sun"][1] * SIDE)
    columns, slope, disks = range(0, SIDE, 10), math.tan(2 * math.pi * float(d["angle"])), []
    for k in range(int(d["count"])):
        column = columns[int(d["along"][k] * len(columns))]
        row = int(np.clip(y - slope * (column - z), -30000, 30000))
        colour = tuple(int(level) for level in d["colour"][k])
        disks.append((float(d["opacity"][k]), (column, row), (1 + int(d["size"][k] * 2)) ** 3, colour))
    return functional.add_sun_flare_overlay(x, (z, y), p.radius, (255, 255, 255), disks)


def main() -> None:
    library = f"albumentations {albumentations.__version__}"
    write(RESULT, "Corruptions beside albumentations 2", "candidates_2", library, HELD, REASONS)


if __name__ == "__main__":
    main()
