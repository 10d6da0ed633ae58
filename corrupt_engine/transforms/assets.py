"""What a corruption is handed beside its image, by the names that it asks for."""

from collections.abc import Callable, Mapping
from typing import Any

from .textures import texture_asset
from .tiles import tile_asset

ASSETS: Mapping[str, Callable[[str], Any]] = {"textures": texture_asset, "tiles": tile_asset}
"""From the kind, "published" or "procedural", to what the kernel takes."""


def assets_for(names: tuple[str, ...], kind: str) -> dict[str, Any]:
    """The assets of these names, checked; MissingTexturesError where they are not there."""
    return {name: ASSETS[name](kind) for name in names}
