"""`load_model()`: a model by name."""

from .loaded import LoadedModel


def load_model(spec: str) -> LoadedModel:
    """To be completed."""
    raise NotImplementedError(spec)
