"""Tables as text: columns as wide as what stands in them."""

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], gap: int = 2) -> list[str]:
    """Lines of a table: the first column from the left, the others from the right.

    Args:
        rows: of equally many cells, the heads among them.
        gap: how many spaces stand between columns.

    Returns:
        A line a row, without spaces at its end.

    >>> aligned([("", "error"), ("fog", "1.5"), ("defocus", "12.0")])
    ['         error', 'fog        1.5', 'defocus   12.0']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        (" " * gap)
        .join(
            f"{cell:>{width}}" if n else f"{cell:<{width}}"
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        .rstrip()
        for row in rows
    ]
