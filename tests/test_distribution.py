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
    images = ce.corrupt(np.stack([x] * DRAWS), row["corruption"], severity=row["severity"])
    compare(summary(images, x), row)


def test_another_severity_is_noticed():
    x = golden_image("inputs/cat_224.png")
    row = next(r for r in stats() if r["corruption"] == "gaussian_noise" and r["severity"] == 3)
    with pytest.raises(AssertionError):
        compare(summary(ce.corrupt(np.stack([x] * DRAWS), "gaussian_noise", severity=2.95), x), row)
