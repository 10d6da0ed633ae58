"""Orders of frames: against the published procedure written out frame by frame, keyed, and what is refused."""

import numpy as np
import pytest

import corrupt_engine as ce
from corrupt_engine.catalogue import find_benchmark
from corrupt_engine.transforms.frame_order import KINDS

FRAMES = (1, 2, 5, 16, 31, 64, 100)
SEVERITIES = range(1, 6)


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("frames", FRAMES)
def test_sampling_leaves_every_so_many(frames, severity):
    step = (2, 4, 8, 16, 32)[severity - 1]
    wanted = [n for n in range(frames) if n % step == 0]
    assert ce.frame_order("sampling", severity, frames).tolist() == wanted
    assert ce.frame_order("reverse_sampling", severity, frames).tolist() == wanted[::-1]


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("frames", FRAMES)
def test_jumbles_keep_their_segments(frames, severity):
    size = (32, 16, 8, 4, 2)[severity - 1]
    made = ce.frame_order("jumble", severity, frames, clip=5).tolist()
    for start in range(0, frames, size):
        assert sorted(made[start : start + size]) == list(range(start, min(start + size, frames)))
    size = (4, 9, 16, 25, 36)[severity - 1]
    made = ce.frame_order("box_jumble", severity, frames, clip=5).tolist()
    segments = [list(range(start, min(start + size, frames))) for start in range(0, frames, size)]
    while made:
        segment = next(one for one in segments if one[0] == made[0])
        assert made[: len(segment)] == segment
        segments.remove(segment)
        made = made[len(segment) :]
    assert not segments


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("frames", FRAMES)
def test_a_frozen_clip_holds_each_frame_until_the_next(frames, severity):
    made = ce.frame_order("freeze", severity, frames, clip=9).tolist()
    count = (0.4 * frames, 0.2 * frames, 0.1 * frames, max(0.05 * frames, 2), 1)[severity - 1]
    kept = sorted(set(made))
    assert len(made) == frames and len(kept) == min(max(int(count), 1), frames)
    for time, frame in enumerate(made):
        assert frame == max([one for one in kept if one <= time], default=kept[0])


@pytest.mark.parametrize("kind", ["jumble", "box_jumble", "freeze"])
def test_it_is_keyed(kind):
    def made(**key):
        return ce.frame_order(kind, 2, 64, **key).tolist()

    assert made(clip=3, seed=4, trial=1) == made(clip=3, seed=4, trial=1)
    several = {tuple(made(**key)) for key in ({}, {"clip": 1}, {"seed": 1}, {"trial": 1}, {"clip": 2**40})}
    assert len(several) == 5
    assert made() != ce.frame_order(kind, 3, 64).tolist()


def test_every_order_is_as_likely():
    """Of a segment of two, and of four segments: shares of 4,000 clips within four standard errors."""
    swapped = np.array([ce.frame_order("jumble", 5, 2, clip=n)[0] for n in range(4000)])
    assert abs(swapped.mean() - 0.5) < 4 * 0.5 / 4000**0.5
    first = np.array([ce.frame_order("box_jumble", 1, 16, clip=n)[0] // 4 for n in range(4000)])
    shares = np.bincount(first, minlength=4) / 4000
    assert (abs(shares - 0.25) < 4 * (0.25 * 0.75 / 4000) ** 0.5).all()


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (("jumbled", 1, 8), ce.UnknownNameError, "'jumble'"),
        ((["jumble"], 1, 8), ce.UnknownNameError, "'jumble'"),
        (("jumble", np.array([1, 2]), 8), ce.SeverityError, "nothing in between"),
        (("jumble", 1, [8]), ce.OptionError, "frames"),
        (("jumble", 6, 8), ce.SeverityError, "severity 6"),
        (("jumble", 2.5, 8), ce.SeverityError, "nothing in between"),
        (("jumble", True, 8), ce.SeverityError, "True"),
        (("jumble", 1, 0), ce.OptionError, "frames 0"),
    ],
)
def test_what_is_wrong_is_said(arguments, error, said):
    with pytest.raises(error, match=said):
        ce.frame_order(*arguments)


def test_the_benchmark_names_all_that_are_here():
    missing = find_benchmark("ucf101-p").missing
    assert set(missing) == set(KINDS)
    assert all("frame_order" in reason for reason in missing.values())
