"""What the robustness papers do beyond an error table: training on corruptions, and what overlaps with what.

Each tool works through the public loader, the evaluation and its record; none touches a kernel. All say what they are
doing where it takes long, keep what they have done where a folder is given, and go on from it after a kill.
"""

from ..models.attacks import attack
from .calibration import Calibration, calibrate
from .categories import Categories, categories
from .committee import committee
from .correlate import correlate
from .correlation_page import correlation_page
from .defences import Defence, defended
from .design import draw, mean_overlap, save_benchmark, suggest, unbalance, uncovered
from .design_page import design_page
from .distance import minimal_sample_distances
from .distances_page import distances_page
from .distortion import Match, distortion, matching_level
from .distortion_curves import DistortionCurves, distortion_curves
from .m_tlat import m_tlat_loss
from .ood import OodDetection, ood_detection
from .overlap import overlap
from .overlap_matrix import OverlapMatrix
from .overlap_page import overlap_page
from .penultimate import penultimate
from .prediction import Correlation, mean_residual, natural_correlation
from .regularizer_table import RegularizerTable, RobustnessRow, regularizer_table
from .sample_distances import SampleDistances
from .splits import Split, csv_column, folder_levels, split_row, style_split, subtype_split
from .training import Epoch, fit, sgd
from .transfer import transfer

__all__ = [
    "Calibration",
    "Categories",
    "Correlation",
    "Defence",
    "DistortionCurves",
    "Epoch",
    "Match",
    "OodDetection",
    "OverlapMatrix",
    "RegularizerTable",
    "RobustnessRow",
    "SampleDistances",
    "Split",
    "attack",
    "calibrate",
    "categories",
    "committee",
    "correlate",
    "correlation_page",
    "csv_column",
    "defended",
    "design_page",
    "distances_page",
    "distortion",
    "distortion_curves",
    "draw",
    "fit",
    "folder_levels",
    "m_tlat_loss",
    "matching_level",
    "mean_overlap",
    "mean_residual",
    "minimal_sample_distances",
    "natural_correlation",
    "ood_detection",
    "overlap",
    "overlap_page",
    "penultimate",
    "regularizer_table",
    "save_benchmark",
    "sgd",
    "split_row",
    "style_split",
    "subtype_split",
    "suggest",
    "transfer",
    "unbalance",
    "uncovered",
]
