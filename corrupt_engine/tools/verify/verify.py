"""`verify()`: a model on RobustBench's images under RobustBench's conditions, held to its published row."""

from pathlib import Path
from typing import Any

from ...errors import OptionError, UnknownNameError
from ...evaluation.run import evaluate
from ...sources import open_source
from .images import chosen_files
from .judge import Verification, judge
from .published import published_rows

CONDITIONS = {"variant": "imagenet-c", "geometry": "imagenet-c", "as_stored": True}
"""Theirs: the published copies, 224 pixels, stored as JPEG, and nothing resized."""


def verify(
    model: Any, source: Any, *, row: str | None = None, record: str | Path | None = None, **options: Any
) -> Verification:
    """Whether this installation reproduces what RobustBench publishes of a model on ImageNet-C.

    Args:
        model: a name of `published_rows()`, whose weights come from torchvision; or, with `row`, the same model as for
            `evaluate`.
        source: ImageNet's validation set, a folder of its 1,000 class folders; the 5,000 images are taken from it.
        row: which published row it is held to; default the model's own.
        record: keeps the predictions, as for `evaluate`.
        options: of `evaluate`: how images are loaded (batch_size, num_workers, backend, device, ...), progress, mean
            and std of a model that has others than ImageNet's.

    Returns:
        A Verification: print it, or read `reproduces`.

    Raises:
        UnknownNameError: there is no such row.
        OptionError: no row is known for the model, the row has no weights to be had by name, an option is one that
            RobustBench's conditions fix, or the source is no folder of 1,000 class folders.
        SourceError: images are missing.
        ModelError, MissingExtraError, RecordError: as for `evaluate`, whose other errors may come too.
    """
    named, chosen = named_model(model, row)
    if fixed := sorted(CONDITIONS.keys() & options.keys()):
        raise OptionError(f"verify() does not take {fixed[0]!r}: the published conditions decide it")
    report = evaluate(
        named,
        chosen_files(open_source(source)),
        "imagenet-c",
        record=record,
        **{"mistakes": 0, **CONDITIONS, **options},
    )
    return judge(report, published_rows()[chosen])


def named_model(model: Any, row: str | None) -> tuple[Any, str]:
    """What to load, and the row that it is held to.

    Args:
        model: as for `verify`.
        row: likewise.

    Returns:
        (model, row): the model as for `evaluate`, and a key of `published_rows()`.

    Raises:
        UnknownNameError: there is no such row.
        OptionError: no row is known for the model, or the row has no weights to be had by name.
    """
    rows = published_rows()
    if row is None and not (isinstance(model, str) and model in rows):
        raise OptionError(
            f"say which published row the model is held to, row=NAME (--row NAME): {', '.join(rows)}; or give one of "
            "these names for the model"
        )
    chosen = model if row is None else row
    if chosen not in rows:
        raise UnknownNameError("published row", chosen, rows)
    if not (isinstance(model, str) and model in rows):
        return model, chosen
    found = rows[model].model
    if found is None:
        raise OptionError(
            f"no library has the weights of {model}; load the model yourself, and say row={model!r} (--row {model})"
        )
    return found, chosen
