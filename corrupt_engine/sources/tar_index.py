"""What is where in a tar shard, so that any member can be read alone: found once, and kept in the cache folder.

The cache folder is $CORRUPT_ENGINE_CACHE, else corrupt-engine in $XDG_CACHE_HOME or ~/.cache. An entry belongs to a
path, its size and times, its number on the disk and the bytes at its ends, so a shard that was written anew gets a new
one. A compressed shard cannot be read from the middle: an unpacked copy of it is kept there as well. Where the folder
cannot be written, plain shards are indexed anew each time, and compressed ones refused.
"""

import contextlib
import gzip
import hashlib
import json
import logging
import os
import posixpath
import stat
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from ..errors import SourceError
from ..kernels.cache import CACHE_VARIABLE, cache_folder, write_whole
from .files import SUFFIXES, path_text
from .protocol import digest

log = logging.getLogger("corrupt_engine")
LABELS = ("cls", "json", "txt")
COMPRESSED = (".gz", ".tgz")
VERSION = 3
BLOCK = 512
ENDS = 1 << 16
"""Bytes at each end of a shard that its entry depends on: the first headers, and a compressed one's checksum."""
MOST_UNPACKED = 100
"""How many times its own size a compressed shard may unpack to. Images hardly shrink (JPEG and PNG not at all, a BMP
to a half); zeros do to a thousandth, and would fill the disk.
"""
LEAST_REFUSED = 1 << 26
"""Bytes that any shard may unpack to."""


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
        before = state_of(shard)
        entry = cache_folder() / digest([VERSION, shard.resolve(), *before])[:32]
        plain = _unpacked(shard, entry.with_suffix(".tar")) if shard.suffix in COMPRESSED else shard
        members = _members(plain, entry.with_suffix(".json"))
        if state_of(shard) != before:
            entry.with_suffix(".json").unlink(missing_ok=True)
            raise OSError("it was changed while it was read; open it again when it is complete")
        return plain, members
    except (MemoryError, SourceError):
        raise
    except Exception as error:  # tarfile, gzip and zlib trip over damaged files in many ways
        raise SourceError(f"the shard {path_text(shard)} cannot be used: {error or type(error).__name__}") from error


def state_of(shard: Path) -> tuple[Any, ...]:
    """What tells a shard from another that was written in its place, also one of the same size and time."""
    with shard.open("rb") as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise OSError("it is no file")
        first = file.read(ENDS)
        file.seek(max(0, state.st_size - ENDS))
        ends = hashlib.sha256(first + file.read(ENDS)).hexdigest()
    found = state.st_size, state.st_mtime_ns, ends
    # A new name or right changes these two. An index is soon made anew; an unpacked copy is not, and of a compressed
    # shard the checksum is among the bytes at its end.
    return found if shard.suffix in COMPRESSED else (*found, state.st_ino, state.st_ctime_ns)


def _unpacked(shard: Path, copy: Path) -> Path:
    if not copy.exists():
        log.info("unpacking %s into %s", path_text(shard), path_text(copy))
        most = max(MOST_UNPACKED * shard.stat().st_size, LEAST_REFUSED)

        def unpack(target: IO[bytes]) -> None:
            written = 0
            with gzip.open(shard, "rb") as source:
                while part := source.read(1 << 20):
                    written += len(part)
                    if written > most:
                        raise OSError(
                            f"it unpacks to more than {most >> 20} MiB, as images do not (at most MOST_UNPACKED = "
                            f"{MOST_UNPACKED} times its size); if that is right, unpack it yourself and give the .tar: "
                            f"gunzip --keep {path_text(shard)}"
                        )
                    target.write(part)

        try:
            write_whole(copy, unpack)
        except (PermissionError, FileExistsError, NotADirectoryError) as error:
            raise OSError(
                f"it has to be unpacked, and {error}; name a folder that can be written in {CACHE_VARIABLE}"
            ) from error
    return copy


def listed(tar: tarfile.TarFile) -> list[Member]:
    """The files of a tar in order; a link to one of them is that file under another name.

    Raises tarfile.ReadError for a file whose bytes lie in pieces, and a link to an image or a label that is not there.
    """
    found: dict[str, Member] = {}
    members: list[Member | tarfile.TarInfo] = []
    for info in tar:
        if info.issparse():
            raise tarfile.ReadError(
                f"{path_text(Path(info.name))} is stored with holes, its bytes in pieces; write the tar without "
                "--sparse"
            )
        if info.isfile():
            member = Member(info.name, info.offset_data, info.size)
            found[posixpath.normpath(info.name)] = member
            members.append(member)
        elif info.islnk() or info.issym():
            members.append(info)
    return [
        resolved for one in members if (resolved := one if isinstance(one, Member) else linked(one, found)) is not None
    ]


def another_follows(file: IO[bytes]) -> bool:
    """Whether the first block from here on that is not of zeros is the header of a file: tarfile reads none of it."""
    while block := file.read(BLOCK):
        if any(block):
            with contextlib.suppress(tarfile.HeaderError):
                tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
                return True
            return False
    return False


def linked(link: tarfile.TarInfo, found: Mapping[str, Member]) -> Member | None:
    """The file that a link of a tar leads to, under the link's name; None for one that is no affair of a sample."""
    target = link.linkname if link.islnk() else posixpath.join(posixpath.dirname(link.name), link.linkname)
    member = found.get(posixpath.normpath(target))
    if member is not None:
        return member._replace(name=link.name)
    if not link.name.lower().endswith((*SUFFIXES, *(f".{ending}" for ending in LABELS))):
        return None
    raise tarfile.ReadError(
        f"{path_text(Path(link.name))} is a link to {path_text(Path(link.linkname))}, which is no file in the tar; "
        "write the tar with --dereference"
    )


def _members(plain: Path, index: Path) -> list[Member]:
    with contextlib.suppress(OSError, ValueError, TypeError):
        return [Member(*row) for row in json.loads(index.read_text(encoding="utf-8", errors="surrogateescape"))]
    with tarfile.open(plain, "r:") as tar:
        members = listed(tar)
        end = tar.offset
    # tarfile takes a tar that was cut short for a shorter one; whole ones end with blocks of zeros.
    with plain.open("rb") as file:
        file.seek(end)
        if file.read(BLOCK) != bytes(BLOCK):
            raise tarfile.ReadError("it ends before its end mark, so it is incomplete")
        if another_follows(file):
            raise tarfile.ReadError(
                "another tar follows behind its end mark, as cat writes them one behind the other; join tars with "
                "tar --concatenate, or give each as a shard"
            )
    text = json.dumps(members).encode("utf-8")
    try:
        write_whole(index, lambda target: target.write(text))
    except OSError as error:
        log.info("the index of %s is not kept: %s", path_text(plain), error)
    return members
