"""Half of every batch corrupted, as training for an overlap needs it: CorruptLoader beside a torch DataLoader that
calls imagecorruptions-imaug, on small images in memory. Two workers each, rounds in turns.

    python -m benchmarks.training_loader [--images 8000] [--rounds 5]

Contract: the clock runs from the first request to the last batch of an epoch, decoding, corrupting, normalizing and
collating included; kernels are compiled and worker processes' imports done before. Medians of rounds.
"""

import argparse
import statistics
import time
import warnings

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

import corrupt_engine as ce

NAMES = (
    *("gaussian_noise", "shot_noise", "impulse_noise", "gaussian_blur"),
    *("pixelate", "jpeg_compression", "contrast", "brightness"),
)
LEVELS = (1, 3, 5)
BATCH, WORKERS = 128, 2


class Peer(Dataset):
    """What people write: a coin for each image, and the library's function. All images where `share` is 1, none where
    it is 0.
    """

    def __init__(self, images, labels, name, levels=LEVELS, share=0.5):
        self.images, self.labels, self.name, self.levels, self.share = images, labels, name, levels, share

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        from imagecorruptions import corrupt

        image = self.images[index]
        if np.random.rand() < self.share:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                image = corrupt(image, severity=int(np.random.choice(self.levels)), corruption_name=self.name)
        return torch.from_numpy(np.array(image)).permute(2, 0, 1).float().div(255), int(self.labels[index])


def loaders(images, labels, name):
    """Ours and the peer's, half of the images of each batch corrupted."""
    ours = ce.CorruptLoader(
        (images, labels), ce.Mixture.half([(name, s) for s in LEVELS]), batch_size=BATCH, shuffle=True,
        num_workers=WORKERS, mean=0.0, std=1.0,
    )  # fmt: skip
    theirs = DataLoader(
        Peer(images, labels, name), batch_size=BATCH, shuffle=True, num_workers=WORKERS, persistent_workers=True
    )
    return ours, theirs


def once(batches):
    """Seconds for an epoch."""
    start, seen = time.perf_counter(), 0
    for images, _ in batches:
        seen += len(images)
    return time.perf_counter() - start, seen


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=8000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (options.images, 32, 32, 3), dtype=np.uint8)
    labels = np.arange(options.images) % 10
    print(f"| corruption | images/s | {'imagecorruptions-imaug':>22} | times |\n|---|---|---|---|")
    ratios = []
    for name in NAMES:
        ours, theirs = loaders(images, labels, name)
        once(ours), once(theirs)  # what is compiled, imported and forked
        times = [(once(ours)[0], once(theirs)[0]) for _ in range(options.rounds)]
        own, other = (options.images / statistics.median(column) for column in zip(*times, strict=True))
        ratios.append(statistics.median(b / a for a, b in times))
        print(f"| {name} | {own:,.0f} | {other:,.0f} | {ratios[-1]:.1f} |", flush=True)
    print(f"\nMedian of the {len(NAMES)}: {statistics.median(ratios):.1f} times; least {min(ratios):.1f}.")


if __name__ == "__main__":
    main()
