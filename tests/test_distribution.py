"""Every random corruption against the original's statistics over many seeds (tests/golden/stats.json)."""

import numpy as np
import pytest

import corrupt_engine as ce

from .golden_files import golden_image, stats

DRAWS = 32
SIGMAS = 4.5  # 165 comparisons: one of them beyond 4.5 standard errors has a chance of 1 in 900 if all is right


def summary(images, x):
    wide = images.astype(np.float64)
    flat = wide.reshape(len(wide), -1)
    return {"mean": flat.mean(1), "std": flat.std(1), "mae": np.abs(wide - x).reshape(len(wide), -1).mean(1)}


def compare(seen, row):
    for key in ("mean", "std", "mae"):
        error = (row[key]["std"] ** 2 / row["n"] + seen[key].var(ddof=1) / len(seen[key])) ** 0.5
        gap = abs(seen[key].mean() - row[key]["mean"])
        assert gap <= SIGMAS * error, (
            f"{key}: {seen[key].mean():.4f} against {row[key]['mean']:.4f}, {gap / error:.1f} standard errors"
        )


@pytest.mark.parametrize("row", stats(), ids=lambda r: f"{r['corruption']}-{r['severity']}")
def test_distribution_is_the_originals(row):
    x = golden_image("inputs/cat_224.png")
    images = ce.corrupt(np.stack([x] * DRAWS), row["corruption"], severity=row["severity"], ids=range(DRAWS))
    compare(summary(images, x), row)


def test_another_severity_is_noticed():
    x = golden_image("inputs/cat_224.png")
    row = next(r for r in stats() if r["corruption"] == "gaussian_noise" and r["severity"] == 3)
    with pytest.raises(AssertionError):
        compare(summary(ce.corrupt(np.stack([x] * DRAWS), "gaussian_noise", severity=2.95, ids=range(DRAWS)), x), row)


def test_frames_are_lost_as_often_as_is_said():
    images = np.full((3000, 1, 1, 3), 9, np.uint8)
    for severity, share in ((1, 1 / 3), (2, 2 / 3), (3, 5 / 6)):
        lost = (ce.corrupt(images, "frame_lost", severity, ids=range(len(images))) == 0).mean()
        assert abs(lost - share) < 4 * (share * (1 - share) / 3000) ** 0.5


def test_frames_of_a_clip_share_a_fog():
    """As the note on Mini Kinetics-C says: the clip's number is the sample id of each of its frames."""
    frames = np.stack([golden_image("inputs/cat_224.png")] * 3)
    clip = ce.corrupt(frames, "fog", 3, ids=[7, 7, 8], variant="mini-kinetics-c")
    assert (clip[0] == clip[1]).all() and (clip[0] != clip[2]).any()


def waves_of_random_phase(rs, side):
    """Blue noise as the original makes it: every frequency as strong as it is high, its phase at random."""
    centred = np.arange(side) - side / 2
    phases = rs.uniform(0, 2 * np.pi, (side, side // 2))
    waves = np.hypot(centred[:, None], centred) * np.exp(1j * np.concatenate([phases, phases[::-1, ::-1]], axis=1))
    noise = np.fft.ifft2(np.roll(waves, (side // 2, side // 2), (0, 1))).real
    return noise / noise.std()


def shares_of_pairs(hit):
    """How many pixels are hit, and how many pairs are at five distances of one and two pixels."""
    pairs = [(1, 0), (0, 1), (1, 1), (2, 0), (0, 2)]
    size = hit.shape[1] - 2
    others = [hit[:, y : y + size, x : x + size] for y, x in pairs]
    return np.stack([hit.mean((1, 2)), *((hit[:, :size, :size] & other).mean((1, 2)) for other in others)], axis=1)


def apart(a, b):
    """Standard errors between the means of two samples of shares."""
    return np.abs(a.mean(0) - b.mean(0)) / np.maximum(np.sqrt(a.var(0) / len(a) + b.var(0) / len(b)), 1e-9)


def test_blue_noise_keeps_its_pixels_apart_as_the_originals_do():
    rs, white = np.random.RandomState(0), np.full((DRAWS, 128, 128, 3), 255, np.uint8)
    originals = shares_of_pairs(np.stack([waves_of_random_phase(rs, 128) <= -0.82 for _ in white]))
    ours = shares_of_pairs(
        ce.corrupt(white, "blue_noise_sample", 5, ids=range(DRAWS), variant="imagenet-c-bar")[..., 0] == 0
    )
    assert apart(ours, originals).max() < SIGMAS
    pixels_alone = shares_of_pairs(np.random.RandomState(1).uniform(size=(DRAWS, 128, 128)) < 0.2061)
    assert apart(pixels_alone, originals).max() > 10 * SIGMAS  # white noise is noticed
