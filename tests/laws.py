"""Laws that every corruption keeps. Each takes `apply(images, severity, ids, seed, trial)` and raises AssertionError
where it is broken.
"""

import numpy as np

from .golden_files import golden_image
from .levels import grows

CAT = golden_image("inputs/cat_64.png")
PAIR = np.stack([CAT, golden_image("inputs/astronaut_224.png")[64:128, 64:128]])
ODD_SIZES = [(1, 1), (1, 40), (40, 1), (5, 7), (33, 47)]


def sized(height, width):
    tiles = np.tile(CAT, (height // 64 + 1, width // 64 + 1, 1))
    return np.ascontiguousarray(tiles[:height, :width])


def keeps_shape_and_dtype(apply):
    for images in (CAT, PAIR, CAT[..., :1], CAT[..., 0], PAIR[..., :1]):
        out = apply(images, severity=3)
        assert out.shape == images.shape
        assert out.dtype == np.uint8


def leaves_input_alone(apply):
    images = PAIR.copy()
    apply(images, severity=5)
    assert (images == PAIR).all()


def takes_an_empty_batch(apply):
    assert apply(PAIR[:0], severity=3).shape == (0, 64, 64, 3)


def takes_any_size(apply):
    for height, width in ODD_SIZES:
        for severity in (1, 3, 5):
            out = apply(sized(height, width), severity=severity)
            assert out.shape == (height, width, 3)
            assert (out == apply(sized(height, width), severity=severity)).all()


def takes_non_contiguous_input(apply):
    wide = np.repeat(PAIR, 2, axis=2)[:, :, ::2]
    assert not wide.flags.c_contiguous
    assert (apply(wide, severity=3) == apply(PAIR, severity=3)).all()
    flipped = PAIR[:, ::-1]
    assert (apply(flipped, severity=3) == apply(flipped.copy(), severity=3)).all()


def batch_is_one_by_one(apply):
    whole = apply(PAIR, severity=4, ids=[5, 9])
    assert (whole[0] == apply(PAIR[0], severity=4, ids=5)).all()
    assert (whole[1] == apply(PAIR[1], severity=4, ids=9)).all()


def order_does_not_matter(apply):
    forward = apply(PAIR, severity=4, ids=[5, 9])
    assert (apply(PAIR[::-1], severity=4, ids=[9, 5])[::-1] == forward).all()


def threads_do_not_matter(apply):
    many = np.concatenate([PAIR] * 4)
    alone = apply(many, severity=4, threads=1)
    assert (apply(many, severity=4, threads=3) == alone).all()


def same_key_same_bytes(apply):
    key = {"severity": 3, "ids": 7, "seed": 11, "trial": 2}
    assert (apply(CAT, **key) == apply(CAT, **key)).all()


def other_key_other_bytes(apply):
    key = {"severity": 5, "ids": 7, "seed": 11, "trial": 2}
    base = apply(CAT, **key)
    for name, step in (("ids", 1), ("ids", 2**32), ("seed", 1), ("trial", 1)):
        # Some draw but one of two sides: of a coin, 24 more tosses are all the same once in 2^24.
        others = ({**key, name: key[name] + k * step} for k in range(1, 25))
        assert any((apply(CAT, **other) != base).any() for other in others), f"another {name}, by {step}: no change"


def key_does_not_matter(apply):
    base = apply(CAT, severity=5, ids=7, seed=11, trial=2)
    assert (apply(CAT, severity=5, ids=8, seed=12, trial=3) == base).all()


def severity_zero_changes_nothing(apply):
    assert (apply(PAIR, severity=0) == PAIR).all()


def changes_the_image(apply):
    """But at levels that are the image itself, as the middle one of a shift that goes from above to below."""
    for severity in {0.5, 1, 2.5, 3, 5} - getattr(apply, "identities", set()):
        # Some leave an image as it is by chance: of 24 all, with one chance in six each, once in 80 times.
        assert any((apply(CAT, severity=severity, ids=key) != CAT).any() for key in range(24))


def distance(apply, severity, draws=8):
    """Mean absolute change of a photograph, over a few draws: one plasma or one crop says little."""
    images = np.stack([golden_image("inputs/cat_224.png")] * draws)
    return np.abs(apply(images, severity=severity, ids=range(draws)).astype(int) - images).mean()


def distance_grows_with_severity(apply):
    distances = [distance(apply, s) for s in (1, 2, 3, 4, 5)]
    assert distances == sorted(distances) and len(set(distances)) == 5, distances


def fractions_lie_between(apply):
    low, middle, high = (distance(apply, s) for s in (0.25, 0.75, 1))
    assert low <= middle <= high and low < high, (low, middle, high)


LAWS = [
    keeps_shape_and_dtype,
    leaves_input_alone,
    takes_an_empty_batch,
    takes_any_size,
    takes_non_contiguous_input,
    batch_is_one_by_one,
    order_does_not_matter,
    threads_do_not_matter,
    same_key_same_bytes,
    severity_zero_changes_nothing,
    changes_the_image,
]
RANDOM_LAWS = [other_key_other_bytes]
DETERMINISTIC_LAWS = [key_does_not_matter]
MONOTONE_LAWS = [distance_grows_with_severity, fractions_lie_between]
ALL_LAWS = [*LAWS, *RANDOM_LAWS, *DETERMINISTIC_LAWS, *MONOTONE_LAWS]


def applicable(corruption):
    """The laws that bind a corruption of the registry."""
    yield from LAWS
    yield from DETERMINISTIC_LAWS if corruption.deterministic else RANDOM_LAWS
    if grows(corruption.name):
        yield from MONOTONE_LAWS
