"""`python -m benchmarks.gpu.once TEXTURES [NAME ...]`: each corruption once on two small images, for NVIDIA's tools."""

import sys

import numpy as np

from .checkout import use_checkout


def main() -> None:
    """Run them, and say which."""
    use_checkout()
    import cupy

    import corrupt_engine as ce
    from benchmarks.guard import severities
    from corrupt_engine.transforms.depth import stand_in
    from tests.golden_files import golden_image

    textures, *names = sys.argv[1:]
    cat = golden_image("inputs/cat_64.png")
    images = cupy.asarray(np.ascontiguousarray(np.stack([cat, cat[::-1]])[:, :61, :47]))
    for name in names or ce.corruptions():
        for severity in severities(name):
            ce.corrupt(images, name, severity, textures=textures, **stand_in(name, images.shape))
        cupy.cuda.Device().synchronize()
        print(f"{name}: done", flush=True)


if __name__ == "__main__":
    main()
