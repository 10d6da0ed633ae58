"""A CorruptLoader in a plain PyTorch loop that is interrupted and continued: accuracy under one corruption.

    python examples/plain_loop.py [FOLDER] [--corruption fog] [--severity 3] [--stop-after 2]

Without a folder it makes a small one of its own.
"""

import argparse

import torch
from made_up import made_up_folder, small_model

import corrupt_engine as ce


def accuracy(
    folder: str, corruption: str, severity: float, stop_after: int | None = None, **options: object
) -> tuple[float, int]:
    """The accuracy on a folder of class folders, 0..1, and the number of images; after `stop_after` batches another
    loader takes over from the first one's state.
    """
    model = small_model().eval()
    correct, seen, state = 0, 0, None
    for limit in (stop_after, None):
        with ce.CorruptLoader(folder, corruption, severity, **options) as loader, torch.inference_mode():
            if state is not None:
                loader.load_state_dict(state)
            for number, (images, labels) in enumerate(loader, 1):
                correct += int((model(images).argmax(1) == labels).sum())
                seen += len(labels)
                if number == limit:
                    break
            else:  # the epoch is over, and nothing is left for another loader
                break
            state = loader.state_dict()
    return correct / seen, seen


def main() -> None:
    """Evaluate and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--corruption", default="fog")
    parser.add_argument("--severity", type=float, default=3)
    parser.add_argument("--stop-after", type=int)
    options = parser.parse_args()
    with made_up_folder(options.folder) as folder:
        right, images = accuracy(folder, options.corruption, options.severity, options.stop_after)
        print(f"accuracy {right:.3f} on {images} images")


if __name__ == "__main__":
    main()
