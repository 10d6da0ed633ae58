"""Every law, and equality with the CPU, on arrays of a device (or of the host, where the kernels are only emulated)."""

import traceback

import numpy as np

import corrupt_engine as ce
from corrupt_engine.kernels.registry import registry
from tests import laws
from tests.golden_files import golden_image

SEVERITIES = (1, 2, 2.5, 3, 4, 5)
LEVELS, SHARE = 1, 0.001  # the bound of the promise: 1 level on 0.1 % of the bytes; identical is the goal


def broken_laws(corrupt) -> list[str]:
    """The laws that `corrupt(images, name, **settings)` breaks, each with its reason."""
    reasons = (
        (name, law.__name__, failure(law, lambda images, name=name, **settings: corrupt(images, name, **settings)))
        for name, corruption in sorted(registry().items())
        for law in laws.applicable(corruption)
    )
    return [f"{name}: {law}: {reason}" for name, law, reason in reasons if reason]


def failure(law, apply) -> str | None:
    """Why a law is broken, whatever was raised; None where it holds."""
    try:
        law(apply)
    except Exception:
        return traceback.format_exc(limit=-1).strip()
    return None


def batches():
    """Images of several sizes, odd ones and one table of small images among them."""
    pair = np.stack([golden_image("inputs/cat_224.png"), golden_image("inputs/astronaut_224.png")])
    yield "224 x 224", pair, None
    yield "224 x 224, table 299", pair, "imagenet-c-299"
    yield "64 x 64", np.ascontiguousarray(pair[:, 60:124, 60:124]), None
    yield "32 x 32", np.ascontiguousarray(pair[:, 90:122, 90:122]), None
    yield "33 x 47", np.ascontiguousarray(pair[:, 100:133, 60:107]), None
    yield "37 x 301", np.ascontiguousarray(np.tile(pair, (1, 1, 2, 1))[:, 90:127, :301]), None
    yield "1 x 1", np.ascontiguousarray(pair[:, :1, :1]), None
    yield "grey", np.ascontiguousarray(pair[..., :1]), None


def differences(corrupt, textures: str) -> list[dict]:
    """For each corruption and batch where the bytes are not the CPU's: how many differ, and by how much."""
    found = []
    for name in sorted(registry()):
        for label, images, variant in batches():
            for severity in SEVERITIES:
                settings = {"severity": severity, "ids": [3, 2**33 + 1], "variant": variant, "textures": textures}
                mine = corrupt(images, name, **settings).astype(int)
                apart = np.abs(mine - ce.corrupt(images, name, **settings))
                if apart.any():
                    share, most = float((apart > 0).mean()), int(apart.max())
                    within = most <= LEVELS and share <= SHARE
                    row = {
                        "corruption": name,
                        "batch": label,
                        "severity": severity,
                        "share": share,
                        "levels": most,
                        "within": within,
                    }
                    found.append(row)
    return found
