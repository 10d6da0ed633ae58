"""Who is compared. imagecorruptions-imaug makes the same nineteen corruptions; the others have some operations, same or
similar.

An operation is called the same where the formula is, so that equal parameters give images of equal law; else similar,
which says that the two do not make the same image and that the time is there for orientation only. Nothing is called
faithful here.
"""

import importlib.util
import os
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

import corrupt_engine as ce
from corrupt_engine.catalogue import strength
from corrupt_engine.transforms.depth import stand_in

MAIN = "imagecorruptions-imaug"
MISSING = {
    "torch-uncertainty": "needs torchvision, of which there is no build for the CPU build of torch that is used here"
}


class Operation(NamedTuple):
    """One call that is timed; `same` as said above."""

    call: Callable[[], Any]
    same: bool


def ours(image: np.ndarray, name: str, severity: float) -> np.ndarray:
    return ce.corrupt(image, name, severity, variant=variant_of(name), threads=1, ids=0, **stand_in(name, image.shape))


def variant_of(name: str) -> str | None:
    """ImageNet-C's table of the large images, which the peer has, whatever the size; of other corruptions their own."""
    return "imagenet-c" if name in ce.corruptions("imagenet-c-all") else None


def imaug(image: np.ndarray, name: str, severity: int) -> np.ndarray:
    from imagecorruptions import corrupt

    return corrupt(image, corruption_name=name, severity=severity)


def peer_has(name: str) -> bool:
    """Whether the peer makes a corruption."""
    from imagecorruptions import get_corruption_names

    return name in get_corruption_names("all")


def albumentations(name: str, p: Any) -> tuple[Any, bool] | None:
    """(the transform at the parameters of a severity, whether it is the same operation), or None where it has nothing
    of the kind.
    """
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # or importing it asks the network for a newer version
    import albumentations as A

    def pair(value: float) -> tuple[float, float]:
        return value, value

    makers: dict[str, tuple[Callable[[], Any], bool]] = {
        "gaussian_noise": (lambda: A.GaussNoise(std_range=pair(p.sigma), p=1), True),
        "shot_noise": (lambda: A.ShotNoise(scale_range=pair(1 / p.photons), p=1), False),
        "impulse_noise": (lambda: A.SaltAndPepper(amount=pair(p.amount), p=1), False),
        "speckle_noise": (
            lambda: A.MultiplicativeNoise(
                multiplier=(1 - p.sigma, 1 + p.sigma), per_channel=True, elementwise=True, p=1
            ),
            False,
        ),
        "defocus_blur": (lambda: A.Defocus(radius=pair(p.radius), alias_blur=pair(p.alias_sigma), p=1), True),
        "gaussian_blur": (lambda: A.GaussianBlur(blur_limit=0, sigma_limit=pair(p.sigma), p=1), True),
        "glass_blur": (lambda: A.GlassBlur(sigma=p.sigma, max_delta=p.delta, iterations=p.passes, p=1), False),
        "motion_blur": (lambda: A.MotionBlur(blur_limit=pair(2 * p.radius + 1), p=1), False),
        "zoom_blur": (lambda: A.ZoomBlur(max_factor=pair(p.stop), step_factor=pair(p.step), p=1), True),
        "snow": (lambda: A.RandomSnow(snow_point_range=pair(p.mean), p=1), False),
        "fog": (lambda: A.RandomFog(fog_coef_range=pair(min(p.strength / 3, 1.0)), p=1), False),
        "spatter": (
            lambda: A.Spatter(pair(p.mean), pair(p.std), pair(p.sigma), pair(p.threshold), mode="rain", p=1),
            False,
        ),
        "brightness": (
            lambda: A.RandomBrightnessContrast(brightness_limit=pair(p.added), contrast_limit=pair(0.0), p=1),
            False,
        ),
        "contrast": (
            lambda: A.RandomBrightnessContrast(brightness_limit=pair(0.0), contrast_limit=pair(p.factor - 1), p=1),
            False,
        ),
        "saturate": (lambda: A.HueSaturationValue(pair(0), pair(min(255 * p.add, 100)), pair(0), p=1), False),
        "elastic_transform": (lambda: A.ElasticTransform(alpha=p.alpha, sigma=p.sigma, p=1), False),
        "pixelate": (lambda: A.Downscale(scale_range=pair(p.factor), p=1), False),
        "jpeg_compression": (lambda: A.ImageCompression(quality_range=pair(p.quality), p=1), True),
    }
    if name not in makers:
        return None
    maker, same = makers[name]
    return maker(), same


def kornia(name: str, p: Any) -> tuple[Any, bool] | None:
    """As `albumentations`; its transforms take float tensors, which are made outside of the timed region."""
    import kornia.augmentation as K

    def pair(value: float) -> tuple[float, float]:
        return float(value), float(value)

    makers: dict[str, tuple[Callable[[], Any], bool]] = {
        "gaussian_noise": (lambda: K.RandomGaussianNoise(std=p.sigma, p=1.0), True),
        "impulse_noise": (lambda: K.RandomSaltAndPepperNoise(amount=pair(p.amount), p=1.0), False),
        "gaussian_blur": (lambda: K.RandomGaussianBlur(2 * int(4 * p.sigma + 0.5) + 1, pair(p.sigma), p=1.0), True),
        "motion_blur": (lambda: K.RandomMotionBlur(2 * p.radius + 1, 45.0, 1.0, p=1.0), False),
        "snow": (lambda: K.RandomSnow(p=1.0), False),
        "brightness": (lambda: K.RandomBrightness(pair(1 + p.added), p=1.0), False),
        "contrast": (lambda: K.RandomContrast(pair(p.factor), p=1.0), False),
        "saturate": (lambda: K.RandomSaturation(pair(2.0), p=1.0), False),
        "jpeg_compression": (lambda: K.RandomJPEG(float(p.quality), p=1.0), False),
    }
    if name not in makers:
        return None
    maker, same = makers[name]
    return maker(), same


def on_tensor(transform: Any, image: np.ndarray) -> Callable[[], Any]:
    import torch

    tensor = torch.from_numpy(image.transpose(2, 0, 1)[None].astype(np.float32) / 255)

    def call() -> Any:
        with torch.inference_mode():
            return transform(tensor)

    return call


OTHERS = {"albumentations": albumentations, "kornia": kornia}


def not_installed() -> list[str]:
    """The other libraries that cannot be compared with here."""
    return [library for library in OTHERS if importlib.util.find_spec(library) is None]


def operations(image: np.ndarray, name: str, severity: int) -> Iterator[tuple[str, Operation]]:
    """Ours first, then of the peer and of every other library that is installed the operation, where they have it."""
    p = strength(name, None, 224, 224).levels.params(severity)
    yield "ours", Operation(partial(ours, image, name, severity), True)
    if peer_has(name):
        yield MAIN, Operation(partial(imaug, image, name, severity), True)
    absent = not_installed()
    for library in (library for library in OTHERS if library not in absent):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = OTHERS[library](name, p)
        if made:
            transform, same = made
            call = on_tensor(transform, image) if library == "kornia" else partial(transform, image=image)
            yield library, Operation(call, same)
