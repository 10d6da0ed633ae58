"""AI Verify's corruptions held to albumentations 2.0.8, which it calls; writes results/ai_verify.md.

    pip install ... as `benchmarks.candidates_2` says
    PYTHONPATH=build/albumentations_2 python -m benchmarks.ai_verify

Not held: gaussian_noise and poisson_noise, which are drawn from their law.
"""

from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist

import albumentations
import cv2
import numpy as np
from albumentations.augmentations.blur import functional as blurring
from albumentations.augmentations.geometric import functional as geometric
from albumentations.augmentations.pixel import functional

from .replayed import SIDE, Held, write

RESULT = Path(__file__).parent / "results" / "ai_verify.md"
TRUNCATED = "truncated, as in ImageNet-C, where the library rounds"
BYTES = "the library rounds hue and saturation to bytes on the way, hue to 180 a turn"
REASONS = {
    "defocus_blur": TRUNCATED,
    "fog": "OpenCV's disks differ by pixels at their rims, and its Gaussian has weights of eight bits",
    "gaussian_blur": "sums in float32",
    "glass_blur": "OpenCV's Gaussian on bytes has weights of eight bits",
    "jpeg_compression": "the library hands R, G and B to OpenCV, which takes them for B, G and R: they have each "
    "other's weights in the luma",
    "rain": "OpenCV's rounding of a half, and drops that leave the image at its side",
    "saturate_down": BYTES,
    "saturate_up": BYTES,
    "snow": "float32 takes a byte of H, S or V to the next; OpenCV's way back from HSV has tables",
}
HELD: dict[str, tuple[Held, str]] = {}


def held(function: Held) -> Held:
    HELD[function.__name__] = function, "ai-verify"
    return function


def called(name: str, transform: Callable[..., albumentations.BasicTransform]) -> None:
    """Hold a corruption without draws to a transform, which is made of its parameters."""
    HELD[name] = (lambda x, p, d: transform(p)(image=x)["image"]), "ai-verify"


def toned(**limits: float) -> albumentations.BasicTransform:
    both = {"brightness_limit": (0.0, 0.0), "contrast_limit": (0.0, 0.0)}
    return albumentations.RandomBrightnessContrast(**both | {key: (f, f) for key, f in limits.items()}, p=1)


def saturated(shift: float) -> albumentations.BasicTransform:
    none = (0.0, 0.0)
    return albumentations.HueSaturationValue(none, (255 * shift, 255 * shift), none, p=1)


def straight(side: int, angle: float) -> albumentations.BasicTransform:
    return albumentations.MotionBlur(
        blur_limit=(side, side), angle_range=(angle, angle), direction_range=(0.0, 0.0), allow_shifted=False, p=1
    )


called("gaussian_blur", lambda p: albumentations.GaussianBlur(sigma_limit=(p.sigma, p.sigma), p=1))
called("defocus_blur", lambda p: albumentations.Defocus((int(p.radius),) * 2, (p.alias_sigma,) * 2, p=1))
called("horizontal_motion_blur", lambda p: straight(p.columns, 0.0))
called("vertical_motion_blur", lambda p: straight(p.rows, 90.0))
called("zoom_blur", lambda p: albumentations.ZoomBlur((p.stop, p.stop), (p.step, p.step), p=1))
for way in ("down", "up"):
    called(f"brightness_{way}", lambda p: toned(brightness_limit=round(p.added, 2)))
    called(f"contrast_{way}", lambda p: toned(contrast_limit=p.factor - 1))
    called(f"saturate_{way}", lambda p: saturated(p.add))
called("jpeg_compression", lambda p: albumentations.ImageCompression(quality_range=(p.quality, p.quality), p=1))


@held
def salt_and_pepper_noise(x, p, d):
    amount = np.float32(p.amount)
    pepper = d["luck"] < amount / 2
    return functional.apply_salt_and_pepper(x, (d["luck"] < amount) & ~pepper, pepper)


@held
def glass_blur(x, p, d):
    upwards = range(SIDE - p.delta, p.delta, -1)
    swaps = [
        [(d["down"][k * SIDE + h, w], d["aside"][k * SIDE + h, w]) for k in range(p.passes)]
        for w in upwards
        for h in upwards
    ]
    return blurring.glass_blur(x, p.sigma, p.delta, p.passes, np.array(swaps, int), "fast")


@held
def perspective(x, p, d):
    quantile = np.vectorize(lambda rank: NormalDist().inv_cdf(0.5 + rank / 2))
    moved = quantile(d["rank"]) * p.scale % p.most
    corners = np.where([[0, 0], [1, 0], [1, 1], [0, 1]], 1 - moved, moved) * SIDE
    matrix, wide, tall = geometric.compute_perspective_params(geometric.order_points(corners), (SIDE, SIDE))
    return geometric.perspective(x, matrix, wide, tall, 0, cv2.BORDER_CONSTANT, True, cv2.INTER_LINEAR)


@held
def snow(x, p, d):
    texture = cv2.GaussianBlur(d["texture"].astype(float), (0, 0), sigmaX=1, sigmaY=1)
    return functional.add_snow_texture(x, p.point, p.light, texture, d["luck"] < np.float32(p.sparkles))


@held
def fog(x, p, d):
    least, middle, places, side = max(1, int(SIDE // 3 * p.intensity)), int((SIDE - 1) / 2), iter(d["place"]), SIDE
    particles = []
    while side > least and len(particles) < len(d["place"]):
        count = int(side * side / (least * least) * p.intensity * 10)
        drawn = np.array([next(places) for _ in range(count)])
        particles += (middle - side // 2 + (drawn * (2 * (side // 2) + 1)).astype(int))[:, ::-1].tolist()
        side = int(side * 0.9)
    most = max(2, int(SIDE * 0.1 * p.intensity))
    radii = [max(1, most // 2) + int(share * (most - max(1, most // 2))) for share in d["size"]]
    return functional.add_fog(x, p.intensity, p.alpha, particles, radii)


@held
def rain(x, p, d):
    fall = int(p.length * SIDE)
    drops = np.array([(int(aside * SIDE), int(down * (SIDE - fall))) for down, aside in d["drop"]])
    return functional.add_rain(x, float(d["slant"]), fall, 1, (200, 200, 200), p.side, p.factor, drops)


def main() -> None:
    library = f"albumentations {albumentations.__version__}"
    write(RESULT, "AI Verify's corruptions beside albumentations 2", "ai_verify", library, HELD, REASONS)


if __name__ == "__main__":
    main()
