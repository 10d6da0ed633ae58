"""Decoding: by DALI's threads, by libjpeg-turbo or Pillow in threads or torch's worker processes, or by a GPU."""

from .batches import decoded_batches
from .processes import lost_worker
from .turbojpeg import TURBOJPEG_PACKAGE, turbojpeg_agrees, turbojpeg_installed
from .workers import DALI_PACKAGES, Workers, check_decoder, choose_workers, dali_installed

__all__ = [
    "DALI_PACKAGES",
    "TURBOJPEG_PACKAGE",
    "Workers",
    "check_decoder",
    "choose_workers",
    "dali_installed",
    "decoded_batches",
    "lost_worker",
    "turbojpeg_agrees",
    "turbojpeg_installed",
]
