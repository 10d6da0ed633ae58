"""Samples: what fixes the bytes of one, how one is read, and batches of them."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..catalogue import CLEAN, Condition, find_corruption
from ..errors import DecodeError, ImageError, OptionError
from ..runtime.threads import Threads
from ..sources import DatasetSource, Source, gives_depth
from ..sources.decoding import checked_shape
from ..sources.depth import as_depth
from ..transforms.content import content_ids
from ..transforms.corrupt import Settings, without_margin
from ..transforms.geometry import Geometry
from ..transforms.policies import Policy

ON_ERROR = ("raise", "skip")
CONTENT = "content"
"""Given for the ids of samples: made of the images themselves."""


class KeptImages(Protocol):
    """Where images that were brought to size are kept, (H, W, C) uint8 by sample number."""

    def get(self, index: int) -> np.ndarray | None:
        """One of them, not to be written to; None where it is not kept."""

    def put(self, index: int, image: np.ndarray) -> None:
        """Keep one."""

    def has(self, indices: Sequence[int]) -> bool:
        """Whether all of these are kept."""


@dataclass(frozen=True)
class Recipe:
    """What fixes the bytes of a sample: geometry, then its condition. Picklable, so that worker processes can hold it.

    Args:
        geometry: what happens first.
        policy: which condition each sample gets.
        settings: seed and the like.
        epoch: the epoch that the policy is asked for.
        on_error: "raise" or "skip" for a file that is no readable image.
        in_workers: worker processes corrupt too, where each sample is wanted under one condition.
        keys: the id that each sample's draws go by, (samples,) int64; CONTENT for ids made of the images brought to
            size, without a margin; None for the samples' own numbers.
        any_size: a batch may hold images of several sizes.
        kept: where images that were brought to size are kept, and taken from.
    """

    geometry: Geometry
    policy: Policy
    settings: Settings = field(default_factory=Settings)
    epoch: int = 0
    on_error: str = "raise"
    in_workers: bool = True
    keys: "np.ndarray | str | None" = None
    any_size: bool = False
    kept: KeptImages | None = None

    def keyed(self, batch: "Batch") -> "Batch":
        """The batch with the ids that its draws go by."""
        if self.keys is None or batch.keys is not None or not len(batch.ids):
            return batch
        if isinstance(self.keys, str):
            return replace(batch, keys=content_ids(self._wanted(batch.images), 1))
        return replace(batch, keys=self.keys[batch.ids])

    def _wanted(self, images: Any) -> Any:
        """What is wanted of the images, without what lies around it, as `content_ids` takes them."""
        margin = self.settings.margin
        if isinstance(images, list):
            return [without_margin(image[None], margin)[0] for image in images]
        inner = without_margin(images, margin)
        return inner if isinstance(inner, np.ndarray) else list(inner)

    def prepare(self, image: np.ndarray) -> np.ndarray:
        """(H, W, C) uint8 to (H', W', C) uint8, contiguous."""
        return np.ascontiguousarray(self.geometry(image))

    def prepare_sample(self, image: np.ndarray, index: int) -> np.ndarray:
        """As `prepare`; what it gives is kept for the next time."""
        sized = self.prepare(image)
        if self.kept is not None:
            self.kept.put(index, sized)
        return sized

    @functools.cached_property
    def needs_depth(self) -> bool:
        """Whether a condition of the policy needs a depth map beside each image."""
        return any(needs_depth(condition, self.settings) for condition in self.policy.conditions)

    def conditions(self, ids: np.ndarray, turn: int = 0) -> list[Condition]:
        """The condition of each sample."""
        return self.policy.assign(ids, epoch=self.epoch, seed=self.settings.seed, turn=turn)


class Sample(NamedTuple):
    """An image brought to size, (H, W, C) uint8, its label and its id; and its depth (H, W) float32, where that is
    needed.
    """

    image: np.ndarray
    label: Any
    id: int
    depth: np.ndarray | None = None


class Skipped(NamedTuple):
    """A sample left out because it could not be decoded: its id, its name, and why."""

    id: int
    name: str
    reason: str


@dataclass(frozen=True)
class Batch:
    """Images of one size, (N, H, W, C) uint8, with their labels and sample numbers (N,) int64; and what was left out.

    The images are a NumPy array, or a torch tensor on a device that decoded them; of several sizes a list of arrays
    (H, W, C). `corrupted` says that they have had their condition already, in a worker process. `depth` is (N, H, W)
    float32, or a list of (H, W), where a condition needs it. `keys` (N,) int64 are the ids that draws go by, where
    those are not the numbers.
    """

    images: Any
    labels: list[Any]
    ids: np.ndarray
    skipped: tuple[Skipped, ...] = ()
    corrupted: bool = False
    depth: Any = None
    keys: np.ndarray | None = None

    @property
    def drawn_by(self) -> np.ndarray:
        """(N,) int64: the ids that draws go by."""
        return self.ids if self.keys is None else self.keys


def load(source: Source, index: int, recipe: Recipe) -> Sample | Skipped:
    """Sample `index` with Pillow or the source's own code, on the calling thread; DecodeError as recipe.on_error
    says.
    """
    kept = recipe.kept.get(index) if recipe.kept is not None else None
    try:
        if kept is not None:
            return Sample(kept, source.label(index), index)  # type: ignore[attr-defined]
        if recipe.needs_depth:
            image, label, depth = source.decode_with_depth(index)  # type: ignore[attr-defined]
            image = checked(image, source, index)
            depth = as_depth(depth, image.shape, source.name(index))
            if isinstance(source, DatasetSource):
                depth = depth.copy()  # of the data set's own array, which the next item may overwrite
            return Sample(recipe.prepare(image), label, index, recipe.geometry.of_depth(depth))
        image, label = source.decode(index)
        if recipe.any_size and isinstance(source, DatasetSource):
            image = image.copy()  # likewise, where it is not laid into the batch at once
    except DecodeError as error:
        return left_out(source, index, error, recipe)
    return Sample(recipe.prepare_sample(checked(image, source, index), index), label, index)


def checked(image: Any, source: Source, index: int) -> np.ndarray:
    """What a source gave, if it is an image as it should be; else ImageError: laid into a batch of bytes, floats from 0
    to 1 would be black.
    """
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        given = f"an array of {image.dtype}" if isinstance(image, np.ndarray) else type(image).__name__
        raise ImageError(
            f"{source.name(index)} is {given}, and what {type(source).__name__} decodes must be a NumPy array (H, W, 1 "
            "or 3) of uint8, before any normalization"
        )
    return checked_shape(image, source.name(index))


def left_out(source: Source, index: int, error: DecodeError, recipe: Recipe) -> Skipped:
    """The record of a sample that cannot be decoded; raises the error where that is asked for."""
    if recipe.on_error == "raise":
        raise error
    return Skipped(index, source.name(index), str(error))


def stack(items: Sequence[Sample | Skipped], any_size: bool = False, room: np.ndarray | None = None) -> Batch:
    """One batch, or OptionError where the images differ in shape and may not. `room` (N, H, W, C) is where the images
    lie already, if each of its N places has one.
    """
    samples = [item for item in items if isinstance(item, Sample)]
    shapes = sorted({sample.image.shape for sample in samples})
    depths = [sample.depth for sample in samples if sample.depth is not None]
    if len(shapes) > 1 and not any_size:
        raise OptionError(
            f"a batch holds images of {len(shapes)} shapes ({shapes[0]}, {shapes[1]}, ...); give a geometry that makes "
            "them equal, batch_size=1, or a collate_fn, which is called with a list of (image, target) as torch's is, "
            "such as lambda batch: tuple(zip(*batch))"
        )
    if len(shapes) > 1:
        images: Any = [sample.image for sample in samples]
        depth: Any = depths or None
    else:
        if room is not None and len(samples) == len(room):
            images = room
        else:
            images = np.stack([sample.image for sample in samples]) if samples else np.empty((0, 1, 1, 3), np.uint8)
        depth = np.stack(depths) if depths else None
    return Batch(
        images,
        [sample.label for sample in samples],
        np.array([sample.id for sample in samples], np.int64),
        tuple(item for item in items if isinstance(item, Skipped)),
        depth=depth,
    )


def batch_of(one: Callable[[int], Sample | Skipped], count: int, any_size: bool, threads: Threads) -> Batch:
    """The batch of one(0), one(1), and so on to `count`.

    Each thread lays what it has made into the batch, while the bytes are near the processor. Stacked afterwards they
    took .04 ms an image, for which all threads but one had nothing to do.
    """
    rooms: dict[tuple[int, ...], np.ndarray] = {}

    def placed(n: int) -> Sample | Skipped:
        item = one(n)
        if any_size or isinstance(item, Skipped):
            return item
        shape = item.image.shape
        room = rooms.get(shape)
        if room is None:
            if rooms:  # of another size than the first, which is an error
                return item
            room = rooms.setdefault(shape, np.empty((count, *shape), np.uint8))
        room[n] = item.image
        return item._replace(image=room[n])

    items = threads.map(placed, count)
    return stack(items, any_size, next(iter(rooms.values()), None) if len(rooms) == 1 else None)


def thread_batches(
    source: Source, batches: Iterable[Sequence[int]], recipe: Recipe, threads: Threads
) -> Iterator[Batch]:
    """With the source's own decoder (Pillow for files) in threads."""
    for batch in batches:
        yield loaded(source, batch, recipe, threads)


def loaded(source: Source, ids: Sequence[int], recipe: Recipe, threads: Threads) -> Batch:
    """A batch of these samples, as `load` gives them."""

    def one(n: int) -> Sample | Skipped:
        return load(source, ids[n], recipe)

    return batch_of(one, len(ids), recipe.any_size, threads)


def needs_depth(condition: Condition, settings: Settings) -> bool:
    """Whether a condition needs a depth map beside each image."""
    return (
        condition.corruption != CLEAN.corruption
        and condition.severity != 0
        and "depth" in find_corruption(condition.corruption, settings.variant).needs
    )


def check_condition(condition: Condition, settings: Settings, source: Source) -> None:
    """Fail before the first batch: run the condition on a tiny image. OptionError where it needs a depth map beside
    each image, and the source has none.
    """
    tiny, depth = np.zeros((1, 8, 8, 3), np.uint8), np.ones((1, 8, 8), np.float32)
    settings.apply(tiny, np.zeros(1, np.int64), condition, threads=1, depth=depth)
    if needs_depth(condition, settings) and not gives_depth(source):
        raise OptionError(f"{condition.corruption} {lacking_depth(source)}")


def lacking_depth(source: Source) -> str:
    """What a source lacks, and the way out."""
    return (
        f"needs a depth map beside each image, and {type(source).__name__} gives none; "
        "corrupt_engine.sources.WithDepth(source, maps) puts them beside those of any source, depth_folder(source, "
        "folder) and --depth FOLDER beside image files"
    )
