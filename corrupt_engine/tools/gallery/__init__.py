"""A page to look at: one photograph under every corruption, a slider for the severity of one or of all."""

from .making import Card, Picture, cards
from .page import render

__all__ = ["Card", "Picture", "cards", "render"]
