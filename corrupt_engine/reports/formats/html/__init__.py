"""Reports as one HTML page that needs nothing from outside: style, script and images are inside, and it reads as well
without the script.
"""

from collections.abc import Sequence

from ...rates import Rates
from ..registry import report_format


@report_format("html", suffix=".html")
def render(reports: Sequence[Rates]) -> str:
    """Reports side by side as one page.

    Args:
        reports: one or more, about the same benchmark and divided by the same baseline.

    Returns:
        The page as text, whole: style, charts and images are inside.
    """
    from . import page  # and with it jinja2, which nothing else needs

    return page.render(reports)
