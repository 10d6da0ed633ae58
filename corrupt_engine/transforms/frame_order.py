"""Videos whose frames come in another order, or of which some are missing: which frame stands at which time.

No pixel is changed, so that a clip of any library is indexed by what `frame_order` gives.
"""

from collections.abc import Callable
from numbers import Real

import numpy as np

from ..errors import OptionError, SeverityError
from ..runtime.checks import check_count, check_integer, check_name

MOST = 5
KEPT = (0.4, 0.2, 0.1, 0.05, 0.0)
"""Of a frozen clip the share of the frames that are seen, by severity; at least two at the fourth, one at the last."""


def frame_order(kind: str, severity: int, frames: int, *, clip: int = 0, seed: int = 0, trial: int = 0) -> np.ndarray:
    """Which frame of a clip stands at which time: `clip[frame_order("jumble", 3, len(clip), clip=7)]`.

    Args:
        kind: "sampling" (every second to every 32nd frame), "reverse_sampling" (the same backwards), "jumble" (frames
            shuffled within segments of 32 to 2), "box_jumble" (segments of 4 to 36 frames shuffled) or "freeze" (some
            frames, each held until the next).
        severity: 1 to 5.
        frames: how many the clip has.
        clip: its id: with seed and trial it fixes what is drawn.
        seed: any integer.
        trial: the number of a repetition with other draws.

    Returns:
        (T,) int64, indices of the clip's frames; T is `frames`, but for the two kinds of sampling, which leave less.

    Raises:
        UnknownNameError: there is no such kind.
        SeverityError: the severity is none of 1 to 5.
        OptionError: the clip has no frame, or an id is no integer.

    Source: Schiappa et al. 2023 (arXiv:2207.01398), temporal perturbations of UCF101-P and Kinetics-P.

    >>> frame_order("sampling", 1, 7).tolist(), frame_order("reverse_sampling", 1, 7).tolist()
    ([0, 2, 4, 6], [6, 4, 2, 0])
    >>> frame_order("box_jumble", 1, 10, clip=3).tolist()
    [4, 5, 6, 7, 0, 1, 2, 3, 8, 9]
    """
    from ..kernels.draws import Words
    from ..kernels.philox import condition_key

    check_name("order of frames", kind, KINDS)
    if isinstance(severity, bool) or not isinstance(severity, Real) or severity not in range(1, MOST + 1):
        raise SeverityError(f"severity {severity!r} is not 1, 2, 3, 4 or 5: orders of frames have nothing in between")
    check_count("frames", frames, 1)
    if frames > np.iinfo(np.int32).max:
        raise OptionError(f"frames {frames} is more than a clip can have")
    key = condition_key(check_integer("seed", seed), f"frames {kind}", float(severity), check_integer("trial", trial))
    words = Words(0, np.array([check_integer("clip", clip)], np.int64), key).array((frames,))[0]
    found: np.ndarray = KINDS[kind](int(severity), frames, words).astype(np.int64)
    return found


def sampling(severity: int, frames: int, words: np.ndarray) -> np.ndarray:
    """Every 2nd, 4th, ... 32nd frame."""
    return np.arange(0, frames, 2**severity)


def reverse_sampling(severity: int, frames: int, words: np.ndarray) -> np.ndarray:
    """The same, the last first."""
    return sampling(severity, frames, words)[::-1]


def jumble(severity: int, frames: int, words: np.ndarray) -> np.ndarray:
    """Frames shuffled within segments of 32, 16, ... 2."""
    size = 64 // 2**severity
    order = np.arange(frames)
    # By the segment, and within it by the words.
    return np.lexsort((words, order // size))


def box_jumble(severity: int, frames: int, words: np.ndarray) -> np.ndarray:
    """Segments of 4, 9, ... 36 frames, themselves whole, in another order."""
    size = (severity + 1) ** 2
    order = np.arange(frames)
    place = np.argsort(np.argsort(words[: -(-frames // size)], kind="stable"), kind="stable")
    return np.lexsort((order, place[order // size]))


def freeze(severity: int, frames: int, words: np.ndarray) -> np.ndarray:
    """Some frames at random, each held until the next; before the first of them, that one."""
    count = max(int(KEPT[severity - 1] * frames), 2 if severity == MOST - 1 else 1)
    kept = np.sort(np.argsort(words, kind="stable")[:count])
    return kept[np.maximum(np.searchsorted(kept, np.arange(frames), "right") - 1, 0)]


KINDS: dict[str, Callable[[int, int, np.ndarray], np.ndarray]] = {
    one.__name__: one for one in (sampling, reverse_sampling, jumble, box_jumble, freeze)
}
