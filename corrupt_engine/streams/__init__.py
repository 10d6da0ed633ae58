"""Streams for adaptation at test time: corruptions that change over time, and models that change with them."""

from .loader import StreamBatch, StreamLoader
from .report import StreamReport
from .run import evaluate_stream
from .saving import save_streams
from .stream import Stream
from .walk import PairAccuracies, measure_pairs

__all__ = [
    "PairAccuracies",
    "Stream",
    "StreamBatch",
    "StreamLoader",
    "StreamReport",
    "evaluate_stream",
    "measure_pairs",
    "save_streams",
]
