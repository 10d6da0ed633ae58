"""What is where in a tar shard, so that any member can be read alone: found once, and kept in the cache folder.

The cache folder is $CORRUPT_ENGINE_CACHE, else corrupt-engine in $XDG_CACHE_HOME or ~/.cache. An entry belongs to a
path, size and time of change, so a shard that was written anew gets a new one. A compressed shard cannot be read from
the middle: an unpacked copy of it is kept there as well. Where the folder cannot be written, plain shards are indexed
anew each time, and compressed ones refused.
"""

import contextlib
import gzip
import json
import logging
import shutil
import tarfile
import zlib
from pathlib import Path
from typing import IO, NamedTuple

from ..errors import SourceError
from ..kernels.cache import CACHE_VARIABLE, cache_folder, write_whole
from .files import printable
from .protocol import digest

log = logging.getLogger("corrupt_engine")
COMPRESSED = (".gz", ".tgz")
VERSION = 1
BLOCK = 512


class Member(NamedTuple):
    """A file in a tar: its name, and where its bytes begin and how many they are."""

    name: str
    offset: int
    size: int


def indexed(shard: Path) -> tuple[Path, list[Member]]:
    """The plain tar of a shard (itself, or its unpacked copy) and its members in order.

    Raises SourceError where the shard is missing, damaged, or no tar; or compressed, and the cache folder cannot be
    written.
    """
    try:
        state = shard.stat()
        entry = cache_folder() / digest([VERSION, shard.resolve(), state.st_size, state.st_mtime_ns])[:32]
        plain = _unpacked(shard, entry.with_suffix(".tar")) if shard.suffix in COMPRESSED else shard
        return plain, _members(plain, entry.with_suffix(".json"))
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise SourceError(f"the shard {printable(shard)} cannot be used: {error}") from error


def _unpacked(shard: Path, copy: Path) -> Path:
    if not copy.exists():
        log.info("unpacking %s into %s", printable(shard), printable(copy))

        def unpack(target: IO[bytes]) -> None:
            with gzip.open(shard, "rb") as source:
                shutil.copyfileobj(source, target, 1 << 20)

        try:
            write_whole(copy, unpack)
        except (PermissionError, FileExistsError, NotADirectoryError) as error:
            raise OSError(
                f"it has to be unpacked, and {error}; name a folder that can be written in {CACHE_VARIABLE}"
            ) from error
    return copy


def _members(plain: Path, index: Path) -> list[Member]:
    with contextlib.suppress(OSError, ValueError, TypeError):
        return [Member(*row) for row in json.loads(index.read_text(encoding="utf-8", errors="surrogateescape"))]
    with tarfile.open(plain, "r:") as tar:
        members = [Member(member.name, member.offset_data, member.size) for member in tar if member.isfile()]
        end = tar.offset
    # tarfile takes a tar that was cut short for a shorter one; whole ones end with blocks of zeros.
    with plain.open("rb") as file:
        file.seek(end)
        if file.read(BLOCK) != bytes(BLOCK):
            raise tarfile.ReadError("it ends before its end mark, so it is incomplete")
    text = json.dumps(members).encode("utf-8")
    try:
        write_whole(index, lambda target: target.write(text))
    except OSError as error:
        log.info("the index of %s is not kept: %s", printable(plain), error)
    return members
