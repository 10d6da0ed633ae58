"""Reports as one HTML page that needs nothing from outside: no scripts, no fonts, no requests."""

from .page import render

__all__ = ["render"]
