"""Orders of the fifteen corruptions in which adaptation at test time is evaluated."""

from collections.abc import Sequence
from numbers import Integral
from pathlib import Path
from typing import Any

from ..catalogue import find_benchmark
from ..errors import OptionError
from ..runtime.checks import check_name

WALKS = {
    "easy": (0.4, ("brightness",), ()),
    "medium": (0.2, ("brightness", "jpeg_compression"), ()),
    "hard": (0.0, (), ("gaussian_noise", "shot_noise", "impulse_noise", "contrast")),
}
"""CCC's three (Press et al. 2023, arXiv:2306.05401): the accuracy that is held, and of ImageNet-C's fifteen the
corruptions that are left out, or those alone that are taken."""
STEP = 0.25
"""Between the severities of a walk: 21 from 0 to 5."""

TEN = (
    (
        *(
            "brightness",
            "pixelate",
            "gaussian_noise",
            "motion_blur",
            "zoom_blur",
            "glass_blur",
            "impulse_noise",
            "jpeg_compression",
        ),
        *("defocus_blur", "elastic_transform", "shot_noise", "frost", "snow", "fog", "contrast"),
    ),
    (
        *(
            "jpeg_compression",
            "shot_noise",
            "zoom_blur",
            "frost",
            "contrast",
            "fog",
            "defocus_blur",
            "elastic_transform",
        ),
        *("gaussian_noise", "brightness", "glass_blur", "impulse_noise", "pixelate", "snow", "motion_blur"),
    ),
    (
        *("contrast", "defocus_blur", "gaussian_noise", "shot_noise", "snow", "frost", "glass_blur", "zoom_blur"),
        *("elastic_transform", "jpeg_compression", "pixelate", "brightness", "impulse_noise", "motion_blur", "fog"),
    ),
    (
        *("shot_noise", "fog", "glass_blur", "pixelate", "snow", "elastic_transform", "brightness", "impulse_noise"),
        *("defocus_blur", "frost", "contrast", "gaussian_noise", "motion_blur", "jpeg_compression", "zoom_blur"),
    ),
    (
        *("pixelate", "glass_blur", "zoom_blur", "snow", "fog", "impulse_noise", "brightness", "motion_blur"),
        *("frost", "jpeg_compression", "gaussian_noise", "shot_noise", "contrast", "defocus_blur", "elastic_transform"),
    ),
    (
        *("motion_blur", "snow", "fog", "shot_noise", "defocus_blur", "contrast", "zoom_blur", "brightness"),
        *(
            "frost",
            "elastic_transform",
            "glass_blur",
            "gaussian_noise",
            "pixelate",
            "jpeg_compression",
            "impulse_noise",
        ),
    ),
    (
        *("frost", "impulse_noise", "jpeg_compression", "contrast", "zoom_blur", "glass_blur", "pixelate", "snow"),
        *("defocus_blur", "motion_blur", "brightness", "elastic_transform", "shot_noise", "fog", "gaussian_noise"),
    ),
    (
        *("glass_blur", "zoom_blur", "impulse_noise", "fog", "snow", "jpeg_compression", "gaussian_noise", "frost"),
        *("shot_noise", "brightness", "contrast", "motion_blur", "pixelate", "defocus_blur", "elastic_transform"),
    ),
    (
        *(
            "defocus_blur",
            "motion_blur",
            "zoom_blur",
            "shot_noise",
            "gaussian_noise",
            "glass_blur",
            "jpeg_compression",
            "fog",
        ),
        *("contrast", "pixelate", "frost", "snow", "brightness", "elastic_transform", "impulse_noise"),
    ),
    (
        *("contrast", "gaussian_noise", "defocus_blur", "zoom_blur", "frost", "glass_blur", "jpeg_compression", "fog"),
        *("pixelate", "elastic_transform", "shot_noise", "impulse_noise", "snow", "motion_blur", "brightness"),
    ),
)
"""CoTTA's ten orders, over which published results are means (Wang et al. 2022, arXiv:2203.13591, as its code has
them). PeTTA's recurring stream has number 5 (Hoang et al. 2024, arXiv:2311.18193)."""


def names_in_order(order: Any) -> tuple[str, ...]:
    """The corruptions of an order.

    Args:
        order: "imagenet-c" or another benchmark, in its own order, which is the standard one; a number from 0 to 9, of
            TEN; or the names themselves.

    Returns:
        The names, not checked.

    Raises:
        OptionError: it is none of these.
        UnknownNameError, BenchmarkError: there is no such benchmark.
    """
    if isinstance(order, (str, Path)):
        return find_benchmark(order).corruptions
    if isinstance(order, Integral) and not isinstance(order, bool):
        number = int(order)
        if not 0 <= number < len(TEN):
            raise OptionError(f"order {number} is none of CoTTA's, which are 0 to {len(TEN) - 1}")
        return TEN[number]
    if isinstance(order, Sequence) and order and all(isinstance(name, str) for name in order):
        return tuple(order)
    raise OptionError(f"order {order!r} is neither a benchmark, nor a number, nor a list of corruptions")


def walk_of(difficulty: Any) -> tuple[float, tuple[str, ...] | None]:
    """The accuracy that a walk holds, and its corruptions.

    Args:
        difficulty: a key of WALKS, or the accuracy itself, 0..1.

    Returns:
        (accuracy, names); None for names where an accuracy was given.

    Raises:
        UnknownNameError: there is no such difficulty.
        OptionError: it is no number on 0..1.
    """
    if isinstance(difficulty, str):
        check_name("walk", difficulty, WALKS)
        target, without, only = WALKS[difficulty]
        return target, only or tuple(name for name in names_in_order("imagenet-c") if name not in without)
    if isinstance(difficulty, bool) or not isinstance(difficulty, (int, float)) or not 0 <= difficulty <= 1:
        raise OptionError(f"walk {difficulty!r} is none of {', '.join(WALKS)}, nor an accuracy from 0 to 1")
    return float(difficulty), None
