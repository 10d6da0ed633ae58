"""Sample ids from an image's content: the same wherever the picture comes, on every device, and different for what
differs.
"""

import numpy as np
import pytest
import torch

import corrupt_engine as ce
from corrupt_engine.kernels import content

RNG = np.random.default_rng(5)
SHAPES = ((1, 1, 3), (5, 7, 1), (8, 8, 3), (33, 47, 3), (224, 224, 3))


def oracle(image):
    """The definition, a word at a time in Python's own whole numbers."""

    def mixed(z):
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return z ^ (z >> 31)

    height, width, channels = image.shape
    data = image.tobytes()
    data += bytes(-len(data) % 8)
    total = 0
    for n in range(len(data) // 8):
        word = int.from_bytes(data[8 * n : 8 * n + 8], "little")
        total += mixed((word + (n + 1) * 0x9E3779B97F4A7C15) % 2**64)
    sized = mixed(total % 2**64 ^ mixed(height * 2**32 + width))
    return mixed((sized + channels) % 2**64) >> 1


def images(shape, count=3):
    return RNG.integers(0, 256, (count, *shape), np.uint8)


@pytest.mark.parametrize("shape", SHAPES)
def test_as_defined(shape):
    batch = images(shape)
    wanted = [oracle(image) for image in batch]
    assert ce.content_ids(batch).tolist() == wanted
    assert content.ids_of(content.sums_of(batch), shape).tolist() == wanted
    assert ce.content_ids(torch.from_numpy(batch)).tolist() == wanted
    assert ce.content_ids([torch.from_numpy(batch[0]), batch[1]]).tolist() == wanted[:2]
    assert min(wanted) >= 0 and max(wanted) < 2**63


def test_neither_memory_nor_threads_count():
    batch = images((33, 47, 3), 9)
    wanted = ce.content_ids(batch, threads=1).tolist()
    frozen = batch.copy()
    frozen.flags.writeable = False
    room = np.zeros(batch.size + 1, np.uint8)
    room[1:] = batch.reshape(-1)
    for same in (frozen, room[1:].reshape(batch.shape), np.asfortranarray(batch), batch[::-1][::-1]):
        assert ce.content_ids(same, threads=4).tolist() == wanted
    assert ce.content_ids(np.empty((0, 8, 8, 3), np.uint8)).shape == (0,)
    assert ce.content_ids([]).shape == (0,)


def test_grey_is_one_channel():
    grey = images((6, 4, 1), 1)[0]
    assert ce.content_ids(grey) == ce.content_ids(grey[..., 0])
    assert ce.content_ids(grey) != ce.content_ids(np.repeat(grey, 3, axis=2))


def test_what_differs_has_another_id():
    """Single bits, places exchanged, and the same bytes in another shape."""
    image = images((16, 16, 3), 1)[0]
    changed = [image]
    for place in range(0, image.size, 5):
        other = image.copy()
        other.reshape(-1)[place] ^= 1 << place % 8
        changed.append(other)
    words = image.reshape(-1, 8)
    for first, second in ((0, 1), (3, 90)):
        other = words.copy()
        other[[first, second]] = other[[second, first]]
        changed.append(other.reshape(image.shape))
    changed += [
        image.reshape(8, 32, 3),
        image.reshape(32, 8, 3),
        image.reshape(16, 48),
        np.zeros((16, 16, 3), np.uint8),
    ]
    ids = [int(ce.content_ids(one)[0]) for one in changed]
    assert len(set(ids)) == len(ids)
    # the bits of ids are as good as drawn: of so many words each bit is set in about half
    share = np.unpackbits(np.array(ids, ">u8").view(np.uint8).reshape(-1, 8), axis=1)[:, 1:].mean(0)
    assert abs(share - 0.5).max() < 5 * 0.5 / len(ids) ** 0.5


def test_corrupt_without_ids_goes_by_the_picture():
    pair = images((24, 24, 3), 2)
    alone = [ce.corrupt(image, "gaussian_noise", 3) for image in pair]
    both = ce.corrupt(pair[::-1], "gaussian_noise", 3)[::-1]
    assert (both == alone).all()
    assert all((a == b).all() for a, b in zip(ce.corrupt(list(pair), "gaussian_noise", 3), alone, strict=True))
    assert (ce.corrupt(pair, "gaussian_noise", 3, ids=ce.content_ids(pair)) == both).all()
    grey = np.full((2, 64, 64, 3), 128, np.uint8)
    grey[1, 0, 0, 0] += 1
    first, second = (ce.corrupt(image, "gaussian_noise", 3).astype(int) for image in grey)
    assert (first != second).mean() > 0.8  # one element more or less is other noise everywhere
