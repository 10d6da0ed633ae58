"""Models by name, and what an evaluation needs to know about one."""

from .loaded import LoadedModel
from .loading import as_loaded, is_code, load_model
from .precision import Precision, precision_of

__all__ = ["LoadedModel", "Precision", "as_loaded", "is_code", "load_model", "precision_of"]
