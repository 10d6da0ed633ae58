"""Decoding: by DALI's threads, by Pillow in threads of ours, by torch's worker processes, or by a GPU."""

from .batches import decoded_batches
from .processes import lost_worker
from .workers import DALI_PACKAGES, Workers, check_decoder, choose_workers, dali_installed

__all__ = [
    "DALI_PACKAGES",
    "Workers",
    "check_decoder",
    "choose_workers",
    "dali_installed",
    "decoded_batches",
    "lost_worker",
]
