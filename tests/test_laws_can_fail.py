"""For each law a corruption broken in just that way, on which it must fail."""

import itertools

import numpy as np
import pytest

import corrupt_engine as ce

from . import laws

COUNTER = itertools.count()


def sound(images, severity, ids=None, seed=0, trial=0, threads=None):
    return ce.corrupt(images, "gaussian_noise", severity=severity, ids=ids, seed=seed, trial=trial, threads=threads)


def as_float(images, severity, **key):
    return sound(images, severity, **key).astype(np.float32)


def writes_its_input(images, severity, **key):
    images[...] = sound(images, severity, **key)
    return images


def needs_an_image(images, severity, **key):
    if len(images) == 0:
        raise AssertionError("the batch is empty")
    return sound(images, severity, **key)


def rounds_up_to_eight(images, severity, **key):
    out = sound(images, severity, **key)
    return np.pad(out, [(0, -out.shape[0] % 8), (0, -out.shape[1] % 8), (0, 0)])


def reads_the_buffer_behind(images, severity, **key):
    whole = images if images.base is None else images.base.reshape(-1)[: images.size].reshape(images.shape)
    return sound(np.ascontiguousarray(whole), severity, **key)


def one_draw_for_the_batch(images, severity, ids=None, **key):
    return sound(images, severity, ids=None if ids is None else np.full(np.shape(ids), np.max(ids)), **key)


def draws_by_position(images, severity, ids=None, **key):
    return sound(images, severity, ids=range(len(images)) if images.ndim == 4 else 0, **key)


def depends_on_threads(images, severity, threads=None, **key):
    return sound(images, severity, trial=threads or 0, **{k: v for k, v in key.items() if k != "trial"})


def draws_afresh(images, severity, **key):
    return sound(images, severity, **{**key, "trial": next(COUNTER)})


def ignores_the_key(images, severity, **key):
    return sound(images, severity)


def ignores_the_upper_half_of_the_id(images, severity, ids=0, **key):
    return sound(images, severity, ids=ids % 2**32, **key)


def never_quite_zero(images, severity, **key):
    return sound(images, max(severity, 0.1), **key)


def does_nothing(images, severity, **key):
    return images.copy()


def strongest_in_the_middle(images, severity, **key):
    return sound(images, min(severity, 5 - severity), **key)


def jumps_down_at_one(images, severity, **key):
    return sound(images, 0.1 if severity == 1 else severity, **key)


BROKEN = [
    (laws.keeps_shape_and_dtype, as_float),
    (laws.leaves_input_alone, writes_its_input),
    (laws.takes_an_empty_batch, needs_an_image),
    (laws.takes_any_size, rounds_up_to_eight),
    (laws.takes_non_contiguous_input, reads_the_buffer_behind),
    (laws.batch_is_one_by_one, one_draw_for_the_batch),
    (laws.order_does_not_matter, draws_by_position),
    (laws.threads_do_not_matter, depends_on_threads),
    (laws.same_key_same_bytes, draws_afresh),
    (laws.other_key_other_bytes, ignores_the_key),
    (laws.other_key_other_bytes, ignores_the_upper_half_of_the_id),
    (laws.key_does_not_matter, sound),
    (laws.severity_zero_changes_nothing, never_quite_zero),
    (laws.changes_the_image, does_nothing),
    (laws.distance_grows_with_severity, strongest_in_the_middle),
    (laws.fractions_lie_between, jumps_down_at_one),
]


@pytest.mark.parametrize(("law", "broken"), BROKEN, ids=lambda f: f.__name__)
def test_law_fails_on_what_breaks_it(law, broken):
    with pytest.raises(AssertionError):
        law(broken)


def test_every_law_is_shown_to_fail():
    assert {law for law, _ in BROKEN} == set(laws.ALL_LAWS)


def test_a_sound_corruption_breaks_none():
    for law in [*laws.LAWS, *laws.RANDOM_LAWS, *laws.MONOTONE_LAWS]:
        law(sound)
