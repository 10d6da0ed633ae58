"""Corrupted copies on disk in the published layouts, for those who must have them."""

from .export import LAYOUTS, Exported, export

__all__ = ["LAYOUTS", "Exported", "export"]
