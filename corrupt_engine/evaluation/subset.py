"""A part of a data set, chosen by a key: the same images whoever asks, and fewer of them among more."""

import hashlib

import numpy as np


def chosen_ids(samples: int, limit: int | None, seed: int) -> np.ndarray:
    """The sample ids of a run, ascending, int64: all, or `limit` of them by the seed.

    Each id has a place of its own in an order that the seed gives, so that a smaller limit takes a part of what a
    larger one takes, and a data set that grows keeps most of what was taken.

    >>> chosen_ids(10, None, 0).tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    >>> chosen_ids(1000, 3, 0).tolist(), chosen_ids(1000, 5, 0).tolist()
    ([364, 369, 994], [364, 369, 633, 707, 994])
    """
    everything = np.arange(samples)
    if limit is None or limit >= samples:
        return everything
    places = [hashlib.blake2b(f"limit {seed} {n}".encode(), digest_size=16).digest() for n in range(samples)]
    return np.sort(np.array(sorted(range(samples), key=places.__getitem__)[:limit], np.int64))
