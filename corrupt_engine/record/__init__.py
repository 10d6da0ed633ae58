"""The record of an evaluation: one SQLite file that survives a kill at any moment, and from which every report is made."""

from .reading import load_report
from .schema import SCHEMA
from .store import Record

__all__ = ["SCHEMA", "Record", "load_report"]
