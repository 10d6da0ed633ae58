"""Models by name, and what an evaluation needs to know about one."""

from .loaded import LoadedModel
from .loading import as_loaded, is_code, load_model

__all__ = ["LoadedModel", "as_loaded", "is_code", "load_model"]
