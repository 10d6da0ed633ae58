"""A node for DALI pipelines of your own; see `corrupt`."""

from .transforms.dali import corrupt

__all__ = ["corrupt"]
