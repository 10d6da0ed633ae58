"""WebDataset's tar shards: files with the same name up to the first dot are one sample."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from ..errors import DecodeError, SourceError
from .decoding import decode_bytes
from .files import SUFFIXES, entries, is_folder, path_text
from .opening import opener
from .protocol import Indexable, digest
from .tar_index import LABELS, Member, indexed

TARS = (".tar", ".tar.gz", ".tgz")


class TarSample(NamedTuple):
    """Which shard, the name that the sample's files share, and where its image and its label are."""

    shard: int
    key: str
    image: Member
    label: Member | None


class TarSource(Indexable):
    """Samples in tar shards, in the order of the shards and of the files in them, each readable alone through an index.

    Args:
        shards: a path, several, or one with a range in braces: "train-{0000..0146}.tar". Ending in .tar, .tar.gz or
            .tgz.
        label: the ending of the file that holds a sample's label: "cls" (a whole number), "json" (what it says) or
            "txt" (the text); another one gives its bytes. Default the first of these that the first sample has.

    Raises:
        SourceError: for a shard that is missing or damaged, no images in all of them, a sample without the label, or an
            image whose name has dots before its ending.
    """

    def __init__(self, shards: str | Path | Iterable[str | Path], label: str | None = None) -> None:
        given = [shards] if isinstance(shards, (str, Path)) else list(shards)
        self.shards = [Path(path) for item in given for path in expanded(str(item))]
        found = [indexed(shard) for shard in self.shards]
        self.tars = [tar for tar, _ in found]
        groups = [(number, key, files) for number, (_, members) in enumerate(found) for key, files in grouped(members)]
        groups = [(number, key, files) for number, key, files in groups if self._has_image(number, files)]
        if not groups:
            raise SourceError(
                f"the {len(self.shards)} shard(s) from {path_text(self.shards[0])} on hold no images; known are "
                f"{', '.join(SUFFIXES)}"
            )
        for number, key, files in groups:
            if REPEATED in files:
                raise SourceError(
                    f"{path_text(self.shards[number])}:{key} holds {path_text(Path(files[REPEATED].name))} a second "
                    "time, and one of the two would be lost; give each sample of a shard a name of its own"
                )
        chosen = label or next((name for name in LABELS if name in groups[0][2]), None)
        self.samples = [self._sample(number, key, files, chosen) for number, key, files in groups]

    def _has_image(self, shard: int, files: dict[str, Member]) -> bool:
        """Whether a sample has an image; SourceError where it has one under an ending that is none of an image's."""
        if any(f".{ending}" in IMAGE_ENDINGS for ending in files):
            return True
        for ending, member in files.items():
            name = PurePosixPath(member.name).name
            if name.lower().endswith(SUFFIXES) and not name.startswith("."):
                raise SourceError(
                    f"{path_text(self.shards[shard])}:{path_text(Path(member.name))} would be left out: in these "
                    f"shards an ending is all that follows the first dot, and .{ending} is none of an image's; give "
                    "the files names with one dot"
                )
        return False

    def _sample(self, shard: int, key: str, files: dict[str, Member], label: str | None) -> TarSample:
        image = next(member for ending, member in files.items() if f".{ending}" in IMAGE_ENDINGS)
        if label is None or label not in files:
            raise SourceError(
                f"{path_text(self.shards[shard])}:{key} has no label .{label or '|.'.join(LABELS)}; it has "
                f".{', .'.join(files)}: "
                'name the file that holds the label, corrupt_engine.sources.TarSource(shards, label="...")'
            )
        return TarSample(shard, key, image, files[label])

    def __len__(self) -> int:
        return len(self.samples)

    def name(self, index: int) -> str:
        """What messages call the sample.

        Args:
            index: the sample's number, from 0.

        Returns:
            SHARD:NAME of the image's file.
        """
        return f"{path_text(self.shards[self.samples[index].shard])}:{self._in_shard(index)}"

    def short_name(self, index: int) -> str:
        """The same without the folders of the shard.

        Args:
            index: the sample's number, from 0.

        Returns:
            SHARD:NAME of the image's file.
        """
        return f"{path_text(Path(self.shards[self.samples[index].shard].name))}:{self._in_shard(index)}"

    def _in_shard(self, index: int) -> str:
        return path_text(Path(self.samples[index].image.name))

    def encoded(self, index: int) -> bytes:
        """The image file as it is stored in the shard.

        Args:
            index: the sample's number, from 0.

        Returns:
            Its bytes.

        Raises:
            DecodeError: the shard cannot be read, or ends before the file does.
        """
        return self._read(index, self.samples[index].image)

    def label(self, index: int) -> Any:
        """What the label's file says.

        Args:
            index: the sample's number, from 0.

        Returns:
            A whole number for "cls", what it says for "json", the text for "txt", else the bytes.

        Raises:
            DecodeError: it does not say what its ending promises, or the shard cannot be read.
        """
        member = self.samples[index].label
        if member is None:
            return None
        data, ending = self._read(index, member), member.name.rpartition(".")[2].lower()
        try:
            return (
                int(data)
                if ending == "cls"
                else json.loads(data)
                if ending == "json"
                else data.decode()
                if ending == "txt"
                else data
            )
        except (ValueError, RecursionError) as error:
            raise DecodeError(
                f"{self.name(index)} (sample {index}) has a label that cannot be read: {error}"
            ) from error

    def decode(self, index: int) -> tuple[np.ndarray, Any]:
        """Read and decode with Pillow.

        Args:
            index: the sample's number, from 0.

        Returns:
            (image, label): (H, W, 3) uint8 RGB, and what the label's file says.

        Raises:
            DecodeError: the image or the label cannot be read.
        """
        return decode_bytes(self.encoded(index), self.name(index), index), self.label(index)

    def fingerprint(self) -> str:
        """A digest over the samples' names and the sizes of their images; not over the shards' names.

        Returns:
            64 hexadecimal digits.
        """
        return digest(part for sample in self.samples for part in (sample.key, sample.image.size))

    def _read(self, index: int, member: Member) -> bytes:
        # Opened for each read: nothing to close, to pickle or to share between processes.
        try:
            with self.tars[self.samples[index].shard].open("rb") as tar:
                tar.seek(member.offset)
                data = tar.read(member.size)
        except OSError as error:
            raise DecodeError(
                f"{self.name(index)} (sample {index}) cannot be read: {error.strerror or error}"
            ) from error
        if len(data) < member.size:
            raise DecodeError(f"{self.name(index)} (sample {index}) cannot be read: the shard ends before it does")
        return data


IMAGE_ENDINGS = frozenset(SUFFIXES)


REPEATED = "/"  # which is no ending


def grouped(members: Iterable[Member]) -> Iterator[tuple[str, dict[str, Member]]]:
    """(key, {ending: file}) of each sample: neighbours whose paths agree up to the first dot of the last part. A file
    whose ending the sample has already is under REPEATED.
    """
    key: str | None = None
    files: dict[str, Member] = {}
    for member in members:
        path = PurePosixPath(member.name)
        stem, _, ending = path.name.partition(".")
        here = str(path.with_name(stem)) if stem else member.name
        if here != key:
            if key is not None:
                yield key, files
            key, files = here, {}
        files[REPEATED if ending.lower() in files else ending.lower()] = member
    if key is not None:
        yield key, files


def expanded(pattern: str) -> list[str]:
    """A path with ranges in braces as the paths it stands for.

    >>> expanded("val-{08..10}.tar")
    ['val-08.tar', 'val-09.tar', 'val-10.tar']
    """
    match = re.search(r"\{(\d+)\.\.(\d+)\}", pattern)
    if match is None:
        return [pattern]
    first, last = match.groups()
    numbers = range(int(first), int(last) + 1)
    if not numbers:
        raise SourceError(f"the range {match.group()} in {pattern!r} is empty; write {{first..last}}")
    texts = [str(number).zfill(len(first)) for number in numbers]
    return [path for text in texts for path in expanded(pattern[: match.start()] + text + pattern[match.end() :])]


@opener("tar shards")
def _open(given: Any) -> TarSource | None:
    if isinstance(given, (tuple, list)) and given and all(_is_tar(item) for item in given):
        return TarSource(given)
    if not isinstance(given, (str, Path)):
        return None
    if _is_tar(given):
        return TarSource(given)
    found = entries(given) if Path(given).is_dir() else []
    shards = [Path(entry.path) for entry in found if _is_tar(entry.path)]
    # Beside class folders, a tar is taken for what they were unpacked from.
    return TarSource(shards) if shards and not any(is_folder(entry) for entry in found) else None


def _is_tar(value: Any) -> bool:
    return isinstance(value, (str, Path)) and str(value).endswith(TARS)
