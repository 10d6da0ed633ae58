"""The images that RobustBench's numbers are about, out of ImageNet's validation set."""

import functools
import re

from ...errors import OptionError, SourceError
from ...sources.files import FileSource
from .published import packaged

NUMBERED = re.compile(r"ILSVRC2012_val_(\d{8})\.\w+")
CLASSES = 1000


@functools.cache
def published_images() -> tuple[int, ...]:
    """The numbers of the 5,000 images in ImageNet's validation set, in RobustBench's order."""
    return tuple(int(number) for number in packaged("robustbench_ids.txt").split())


def chosen_files(source: object) -> FileSource:
    """The 5,000 images out of ImageNet's validation set.

    Args:
        source: a FileSource of the 1,000 class folders, the files under their published names.

    Returns:
        A FileSource of the 5,000, in RobustBench's order.

    Raises:
        OptionError: it is no folder of image files, or has not 1,000 classes.
        SourceError: some of the images are not there.
    """
    if not isinstance(source, FileSource) or len(source.classes) != CLASSES:
        found = f"{len(source.classes)} class folders" if isinstance(source, FileSource) else type(source).__name__
        raise OptionError(
            f"the published numbers are about ImageNet's validation set: a folder of {CLASSES} class folders such as "
            f"n01440764 is needed, not {found}"
        )
    places = {
        int(match.group(1)): place
        for place, path in enumerate(source.files)
        if (match := NUMBERED.fullmatch(path.name)) is not None
    }
    wanted = published_images()
    if missing := [number for number in wanted if number not in places]:
        raise SourceError(
            f"{len(missing):,} of the {len(wanted):,} images are not there, the first is "
            f"ILSVRC2012_val_{missing[0]:08d}.JPEG; the files must have their published names"
        )
    at = [places[number] for number in wanted]
    return FileSource(tuple(source.files[n] for n in at), tuple(source.labels[n] for n in at), source.classes)
