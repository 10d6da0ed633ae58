"""The candidates of Laugros held to albumentations 1.0.3 under the same draws; writes results/candidates.md.

    pip install --no-deps --target build/albumentations albumentations==1.0.3
    PYTHONPATH=build/albumentations python -m benchmarks.candidates

The authors used 0.5, and imgaug through it for four of them; 1.0.3 is the nearest that runs with NumPy 2, and has those
four itself.
"""

import math
from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist

import albumentations
import cv2
import numpy as np
from albumentations.augmentations import functional
from albumentations.augmentations.geometric import functional as geometric

from .replayed import SIDE, Held, write

RESULT = Path(__file__).parent / "results" / "candidates.md"
LINEAR, MIRRORED = cv2.INTER_LINEAR, cv2.BORDER_REFLECT_101
BYTES = "the library rounds hue, saturation and lightness to bytes on the way, hue to 180 a turn"
REASONS = {
    "color_jitter": BYTES + "; a step multiplies what differs before it",
    "hue_saturation_value": BYTES,
    "iso_noise": "float32; a hue at the end of a sixth. The counts of photons are the same here: how they are drawn is "
    "another matter, see the docstring",
    "line_blur": "half a level is rounded up, the library rounds it to even",
    "perspective": "the library resizes its warped copy a second time; sampled once, .02 % differ, by 1",
    "random_fog": "a box of even side lies half a pixel beside in the library; with an odd one, 2 % differ, by 1",
    "random_rain": BYTES,
    "random_shadow": BYTES + "; pixels on the edge of a polygon",
    "random_snow": BYTES + "; pixels whose lightness is the limit",
    "random_sun_flare": "the library rounds each layer",
    "to_sepia": "OpenCV's weights have ten bits: with such, none differs",
}
HELD: dict[str, Held] = {
    "blur": lambda x, p, d: functional.blur(x, p.low + 2 * int(d["step"])),
    "channel_dropout": lambda x, p, d: functional.channel_dropout(x, (int(d["channel"]),)),
    "downscale": lambda x, p, d: functional.downscale(x, scale=p.factor, interpolation=cv2.INTER_NEAREST),
    "invert": lambda x, p, d: functional.invert(x),
    "multiplicative_noise": lambda x, p, d: functional.multiply(x, d["factor"].astype(float)[..., None]),
    "posterize": lambda x, p, d: functional.posterize(x, p.bits),
    "random_brightness": lambda x, p, d: functional.brightness_contrast_adjust(x, 1.0, float(d["change"]), True),
    "random_contrast": lambda x, p, d: functional.brightness_contrast_adjust(x, 1.0 + float(d["change"]), 0.0, True),
    "random_gamma": lambda x, p, d: functional.gamma_transform(x, gamma=float(d["gamma"])),
    "random_snow": lambda x, p, d: functional.add_snow(x, float(d["point"]), p.factor),
    "rgb_shift": lambda x, p, d: functional.shift_rgb(x, *d["shift"]),
    "rotate": lambda x, p, d: geometric.rotate(x, float(d["angle"]), LINEAR, MIRRORED, None),
    "solarize": lambda x, p, d: functional.solarize(x, p.threshold),
    "to_sepia": lambda x, p, d: albumentations.ToSepia(p=1)(image=x)["image"],
}


def held(function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    HELD[function.__name__] = function
    return function


@held
def affines(x, p, d):
    s = float(d["scale"])
    moved = (SIDE - 1) / 2 * (1 - s)
    return cv2.warpAffine(x, np.array([[s, 0, moved], [0, s, moved]]), (SIDE, SIDE), flags=LINEAR, borderMode=MIRRORED)


@held
def transpose(x, p, d):
    down, aside = map(float, d["shift"])
    return geometric.shift_scale_rotate(x, 0, 1, aside, down, LINEAR, MIRRORED, None)


@held
def perspective(x, p, d):
    quantile = np.vectorize(lambda rank: NormalDist().inv_cdf(0.5 + rank / 2))
    corners = quantile(d["rank"]) * float(d["scale"]) % 1.0
    corners = np.where([[0, 0], [1, 0], [1, 1], [0, 1]], 1 - corners, corners) * SIDE
    a, b, c, e = albumentations.Perspective._order_points(corners)
    wide, tall = (int(max(math.dist(*one), math.dist(*two))) for one, two in (((a, b), (e, c)), ((b, c), (a, e))))
    target = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.array([a, b, c, e], np.float32), target)
    return cv2.resize(cv2.warpPerspective(x, matrix, (wide, tall), flags=LINEAR), (SIDE, SIDE), interpolation=LINEAR)


@held
def grid_distortion(x, p, d):
    rows, columns = ([*stretch, 1.0] for stretch in d["stretch"])
    return functional.grid_distortion(x, 5, columns, rows, LINEAR, MIRRORED)


@held
def optical_distortion(x, p, d):
    down, aside = np.rint(d["shift"]).astype(int)
    return functional.optical_distortion(x, float(d["bend"]), int(aside), int(down), LINEAR, MIRRORED)


@held
def random_grid_shuffle(x, p, d):
    size, order = SIDE // p.grid, np.argsort(d["rank"], kind="stable")
    places = [(divmod(k, p.grid), divmod(int(tile), p.grid)) for k, tile in enumerate(order)]
    return functional.swap_tiles_on_image(
        x, np.array([[i * size, j * size, a * size, b * size, size, size] for (i, j), (a, b) in places])
    )


@held
def cutout(x, p, d):
    side = round(p.side * SIDE)
    top, left = (int(share * SIDE) - side // 2 for share in d["middle"])
    return functional.cutout(x, [(max(left, 0), max(top, 0), min(left + side, SIDE), min(top + side, SIDE))])


@held
def coarse_dropout(x, p, d):
    side = round(p.side * SIDE)
    corners = [(int(a * (SIDE - side + 1)), int(b * (SIDE - side + 1))) for a, b in d["corner"][: int(d["count"])]]
    return functional.cutout(x, [(left, top, left + side, top + side) for top, left in corners])


@held
def line_blur(x, p, d):
    side = p.low + 2 * int(d["step"])
    second, first = divmod(int(d[f"ends{side}"]), side**2)
    (y0, x0), (y1, x1) = divmod(first, side), divmod(second + (second >= first), side)
    line = cv2.line(np.zeros((side, side), np.uint8), (x0, y0), (x1, y1), 1)
    return functional.convolve(x, line.astype(np.float32) / line.sum())


@held
def sharpen(x, p, d):
    alpha, effect = float(d["alpha"]), -np.ones((3, 3), np.float32)
    effect[1, 1] = 8 + d["lightness"]
    return functional.convolve(x, (1 - alpha) * np.pad(np.ones((1, 1), np.float32), 1) + alpha * effect)


@held
def emboss(x, p, d):
    s = float(d["strength"])
    return functional.convolve(x, np.array([[-1 - s, -s, 0], [-s, 1, s], [0, s, 1 + s]], np.float32))


@held
def hue_saturation_value(x, p, d):
    return functional.shift_hsv(x, float(d["hue"]) / 2, float(d["saturation"]), float(d["value"]))


@held
def color_jitter(x, p, d):
    names = ("brightness", "contrast", "saturation", "hue")
    for step in np.argsort(d["rank"], kind="stable"):
        x = getattr(functional, f"adjust_{names[step]}_torchvision")(x, float(d[names[step]]))
    return x


@held
def iso_noise(x, p, d):
    class Replayed:
        def poisson(self, mean, size):
            m, z = float(np.ravel(mean)[0]), d["light"].astype(float)
            return np.maximum(np.floor(m + math.sqrt(m) * z + (z * z - 1) / 6 + 0.5), 0)

        def normal(self, mean, std, size):
            return d["hue"] * std

    return functional.iso_noise(x, float(d["color"]), float(d["intensity"]), random_state=Replayed())


@held
def random_rain(x, p, d):
    slant = int(d["slant"])
    drops = [(min(slant, 0) + int(b * (SIDE - slant + 1)), int(a * (SIDE - p.length))) for a, b in d["drop"]]
    return functional.add_rain(x, slant, p.length, 1, (200, 200, 200), p.side, p.factor, drops)


@held
def random_fog(x, p, d):
    coefficient = float(d["coefficient"])
    size = int(SIDE // 3 * coefficient)
    places, disks = iter(d["place"]), []
    top, left = SIDE // 2 - size, SIDE // 2 - 2 * size
    for ring in range(1, 100):
        if top <= -size and left <= -size:
            break
        for _ in range(size // 10 * ring):
            down, aside = next(places)
            y, z = (
                first + math.floor(share * (SIDE - 2 * first - size + 1))
                for first, share in ((top, down), (left, aside))
            )
            disks.append((z, y))
        top, left = (first - 3 * size * SIDE // (2 * SIDE) for first in (top, left))
    return functional.add_fog(x, coefficient, p.alpha, disks)


@held
def random_shadow(x, p, d):
    polygons = d["corner"][: int(d["count"])]
    return functional.add_shadow(
        x, [np.array([[(int(b * (SIDE + 1)), int(a * (SIDE + 1))) for a, b in polygon]]) for polygon in polygons]
    )


@held
def random_sun_flare(x, p, d):
    y, z = int(d["sun"][0] * SIDE / 2), int(d["sun"][1] * SIDE)
    columns, slope, disks = range(0, SIDE, 10), math.tan(2 * math.pi * float(d["angle"])), []
    for k in range(int(d["count"])):
        column = columns[int(d["along"][k] * len(columns))]
        row = int(np.clip(y - slope * (column - z), -30000, 30000))
        colour = tuple(int(level) for level in d["colour"][k])
        disks.append((float(d["opacity"][k]), (column, row), (1 + int(d["size"][k] * 2)) ** 3, colour))
    return functional.add_sun_flare(x, z, y, p.radius, (255, 255, 255), disks)


def main() -> None:
    library = f"albumentations {albumentations.__version__}"
    write(
        RESULT,
        "The candidates of Laugros beside albumentations",
        "candidates",
        library,
        {name: (f, "laugros-candidates") for name, f in HELD.items()},
        REASONS,
    )


if __name__ == "__main__":
    main()
