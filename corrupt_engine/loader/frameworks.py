"""Which framework goes through a loader, where that matters."""

import sys

PACKAGES = ("pytorch_lightning.loops.", "lightning.pytorch.loops.")
TRAINING = {"fit_loop": True, "training_epoch_loop": True, "evaluation_loop": False, "prediction_loop": False}


def trained_by_lightning() -> bool:
    """Whether the innermost of Lightning's loops that is running this code is one of `fit`'s: those exchange gradients
    at each batch, and validation does not.
    """
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__") or ""
        loop = name.rpartition(".")[2]
        if name.startswith(PACKAGES) and loop in TRAINING:
            return TRAINING[loop]
        frame = frame.f_back  # type: ignore[assignment]
    return False
