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
