"""Two configurations: where they differ, in words."""

from collections.abc import Mapping
from typing import Any

from ..runtime.messages import shortened


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as one of dotted keys.

    >>> flat({"data": {"samples": 3}, "seed": 0})
    {'data.samples': 3, 'seed': 0}
    """
    found: dict[str, Any] = {}
    for key, value in values.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return found


def differences(
    recorded: Mapping[str, Any], wanted: Mapping[str, Any], words: str = "{} was {} and is {} now"
) -> list[str]:
    """Each key whose values differ, in words.

    >>> differences({"seed": 0, "model.name": "a"}, {"seed": 1, "model.name": "a"})
    ['seed was 0 and is 1 now']
    """
    keys = [key for key in dict.fromkeys([*recorded, *wanted]) if recorded.get(key) != wanted.get(key)]
    was, now = ([shortened(str(values.get(key))) for key in keys] for values in (recorded, wanted))
    return [words.format(*found) for found in zip(keys, was, now, strict=True)]
