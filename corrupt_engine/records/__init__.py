"""The record of an evaluation: one SQLite file that survives a kill at any moment, and from which every report is
made.
"""

from .holder import release
from .reading import Held, held_of, read_held, read_results, results_of
from .results import Results
from .schema import SCHEMA
from .store import Record

__all__ = ["SCHEMA", "Held", "Record", "Results", "held_of", "read_held", "read_results", "release", "results_of"]
