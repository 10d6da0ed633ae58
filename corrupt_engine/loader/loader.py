"""`CorruptLoader`: corrupted batches in place of a torch DataLoader."""

import copy
import functools
import hashlib
import re
import warnings
import weakref
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..catalogue import CLEAN, Condition, find_variant
from ..devices import find_device
from ..errors import DecodeError, OptionError, UnknownNameError
from ..runtime.checks import (
    check_count,
    check_flag,
    check_function,
    check_integer,
    check_name,
    check_path,
    check_seconds,
)
from ..runtime.ranks import find_shard
from ..sources import ArraySource, DatasetSource, EncodedSource, Source, WithDepth, fingerprint, open_source
from ..transforms.arrays import check_ids
from ..transforms.corrupt import Settings, with_margin
from ..transforms.geometry import NONE, Geometry, find_geometry
from ..transforms.policies import Policy, as_policy
from ..transforms.tensors import IMAGENET_MEAN, IMAGENET_STD, TensorFormat, check_dtype, check_pinning
from .batch_transforms import BatchKey, BatchTransform, check_batch_transforms
from .collate import check_extras, collate
from .dataloader import DataLoaderAttributes, adopt, check_torch_options, is_dataloader, own_collate_fn
from .decode import check_decoder, choose_workers
from .decoded_cache import DecodedCache, check_decoded_cache
from .epochs import Schedule
from .frameworks import trained_by_lightning
from .iterator import Epoch, Progress
from .pipeline import Made, Pipeline
from .samples import CONTENT, ON_ERROR, Batch, Recipe, Skipped, check_condition
from .state import check_state, position_of, resume_at, resumed

if TYPE_CHECKING:
    import torch

ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")
"""What Python's own names of objects end in, another one in each process."""
BATCH_SIZE = 64
PREFETCH = 2


class CorruptLoader(DataLoaderAttributes):
    """Iterate over (images, labels) with every image corrupted on the way; used like a torch DataLoader.

    The bytes of an image follow from (image, sample id, corruption, severity, seed, trial): not from the batch, the
    order, the workers, the shard, the point of resumption or the backend. The sample id is the index in the data set,
    or what `ids` says.

    Args:
        dataset: a folder of class folders, a list of (path, label) pairs, tar shards, arrays (images, labels), a list
            of images, a Hugging Face or torch Dataset, a DataLoader (whose order, batches and workers are taken over,
            but not persistent_workers), or a Source: see `corrupt_engine.sources`. Corruptions that need depth take it
            from (images, labels, depth maps) or `sources.WithDepth`.
        corruption: a name of `corruptions()`, "clean", a Condition, a Mixture (drawn for each sample) or a Grid (all of
            them).
        severity: 0 to 5, fractions allowed; default 3. Only with a name, as trial.
        batch_size: images a batch, 64 unless given; the last one may be smaller unless drop_last.
        shuffle: another order in each epoch, fixed by `seed`, or by `generator`.
        generator: a torch.Generator, from which one number is drawn for each shuffled epoch.
        sampler, batch_sampler, drop_last: as in torch. A sampler that splits the samples itself, such as
            DistributedSampler, is not split again. One without len(), or that gives more than that, may be endless: it
            is asked when its samples are needed, and `state_dict` refuses a position in it.
        collate_fn: called as torch's is, with a list of the samples of a batch, (image, target, ...) each, the image a
            finished tensor (C, H, W); what it gives is given out. The images may then be of several sizes. Default
            torch's `default_collate`.
        num_workers: how many decode: DALI threads, our threads, or torch worker processes, which corrupt too; 0 for the
            calling thread, with nothing made ahead (backend="dali" then has one thread, for which the calling one
            waits). Default as many as num_threads says, else the number of processors.
        num_threads: how many threads of this process corrupt and normalize; default as many as decode, or with
            backend="torch" the number of processors for a Grid, which this process corrupts, and else none.
        prefetch_factor: batches made ahead (by each process with backend="torch"); None for 2.
        pin_memory: page-locked tensors, where there is a CUDA device; else a warning.
        timeout, worker_init_fn, multiprocessing_context: as in torch, for backend="torch".
        persistent_workers: changes nothing, because threads have nothing to keep; refused where there are worker
            processes, which start with each epoch.
        in_order: changes nothing: batches always come in the sampler's order.
        pin_memory_device: changes nothing: page-locked memory is the same for every device.
        seed, trial: fix all that is random, with the sample id.
        variant, as_stored, textures: as in `corrupt()`.
        geometry: a name ("imagenet-c": Resize(256), CenterCrop(224); "none"; ...) or a Geometry. Default "imagenet-c"
            for image files, "none" for arrays, for a torch Dataset, which has its own transform, and for image files
            whose labels are dicts, such as boxes, which fit the whole image.
        mean, std: images come as float32 (x / 255 - mean) / std; mean=None gives the bytes. Default: ImageNet's.
        backend: who decodes: "dali", "threads", "torch" (worker processes), or "auto". All give the same bytes.
        device: "cpu"; "cuda" or "cuda:N": decoded on the host, then corrupted and normalized there, on a stream of its
            own, and given out with the labels on that device; "auto": CUDA where it can be used. The bytes that are
            normalized are the same.
        decoder: what threads and processes decode image files with. "turbojpeg": JPEGs by libjpeg-turbo through
            simplejpeg, all else by Pillow; "pillow"; "cpu": the former where it is installed, and gives Pillow's bytes,
            else the latter, and backend="auto" DALI. "gpu" decodes JPEGs with nvJPEG, with device="cuda" and
            backend="dali"; its pixels differ a little from everyone else's, so it is never chosen by itself.
        decoded_cache: a file that keeps images decoded and brought to size, N x H x W x C bytes: made in the first pass
            over image files, and read by all later ones, of this or another process, in place of decoding. It is
            refused where the files' names, sizes or labels, the geometry or Pillow's version are others; that the
            contents alone have changed is not noticed.
        dtype: float32, float16 or bfloat16 (by name, or torch's), rounded from float32.
        channels_last: the memory layout torch.channels_last.
        on_error: "raise" at a file that is no readable image, or "skip" it: batches get smaller, and `skipped` lists
            it.
        batch_transforms: what is done to each finished batch, in this order: Cutout, MixUp, CutMix, LabelSmoothing, or
            a BatchTransform of your own, see `corrupt_engine.loader.batch_transforms`.
        extras: of "ids", "names", "conditions", "padded"; they come as a dict at the end of each batch.
        num_shards, shard_id: the part that this process takes; default by torch.distributed, or RANK and WORLD_SIZE, as
            they are when an epoch begins. The shards together are the data set exactly, so they may differ by a sample
            (a batch, with a batch_sampler). With drop_last they do not.
        pad_shards: make the shards equal by giving the first samples a second time, as DistributedSampler does: for
            what waits for every process at each batch, such as training in Lightning or accelerate's
            gather_for_metrics. The extra "padded" is True for them, so that a metric can leave them out.
        ids: the id of each sample that all draws go by, one for each of the data set: that of a torch Subset,
            `ids=subset.indices`, gets the bytes that the whole set gets; "content" makes them of the images, as
            `Corrupt` does. Default the index in the data set.

    Yields:
        (images, labels, ...): images (N, C, H, W) of dtype or uint8, labels (N,) int64, further targets as the data
        set has them, and the extras. Of a data set whose items are dicts a dict, of one without labels the images.

    Raises:
        SourceError: the data set cannot be used.
        OptionError, UnknownNameError, SeverityError: for what is wrong with the other arguments; on reaching a sample
            that there is not, or images of several sizes in a batch, OptionError too.
        BenchmarkError, PluginError: a benchmark file of your own, or another package's addition, cannot be used.
        MissingExtraError, MissingTexturesError: something that was asked for is not installed.
        DeviceError: device="cuda" without a device that can be used; or memory that does not suffice for a batch.
        DecodeError: on reaching a file that is no readable image, with on_error="raise".
        ImageError: on reaching an image of a torch Dataset, or of a Source of your own, that is no uint8 of one or
            three channels.
        WorkerError: a worker process was killed, or did not answer in time.

    Source: the vocabulary is that of torch.utils.data.DataLoader.
    """

    def __init__(
        self,
        dataset: Any,
        corruption: "str | Condition | Policy" = CLEAN.corruption,
        severity: float | None = None,
        *,
        batch_size: int | None = None,
        shuffle: bool = False,
        sampler: Iterable[int] | None = None,
        batch_sampler: Iterable[Sequence[int]] | None = None,
        num_workers: int | None = None,
        num_threads: int | None = None,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: "torch.Generator | None" = None,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
        seed: int = 0,
        trial: int = 0,
        variant: str | None = None,
        as_stored: bool = False,
        textures: str = "published",
        geometry: Geometry | str | None = None,
        mean: Sequence[float] | float | None = IMAGENET_MEAN,
        std: Sequence[float] | float = IMAGENET_STD,
        backend: str = "auto",
        device: Any = "cpu",
        decoder: str = "cpu",
        decoded_cache: str | Path | None = None,
        dtype: Any = "float32",
        channels_last: bool = False,
        on_error: str = "raise",
        batch_transforms: "Sequence[BatchTransform] | BatchTransform" = (),
        extras: Sequence[str] = (),
        num_shards: int | None = None,
        shard_id: int | None = None,
        pad_shards: bool = False,
        ids: Sequence[int] | np.ndarray | str | None = None,
    ) -> None:
        order: dict[str, Any] = {
            "batch_size": batch_size,
            "shuffle": check_flag("shuffle", False if shuffle is None else shuffle),
            "sampler": sampler,
            "batch_sampler": batch_sampler,
        }
        order |= {
            "drop_last": check_flag("drop_last", drop_last),
            "num_workers": num_workers,
            "pin_memory": check_flag("pin_memory", pin_memory),
            "collate_fn": collate_fn,
            "timeout": check_seconds("timeout", timeout),
            "worker_init_fn": worker_init_fn,
            "multiprocessing_context": multiprocessing_context,
            "prefetch_factor": prefetch_factor,
        }
        if is_dataloader(dataset):
            dataset, order = adopt(dataset, order, backend)
        num_workers, pin_memory = order.pop("num_workers"), order.pop("pin_memory")
        prefetch = order.pop("prefetch_factor")
        self.own_collate_fn = own_collate_fn(order.pop("collate_fn"))
        if order["batch_sampler"] is not None and order["batch_size"] is not None:
            raise OptionError("batch_sampler decides the batches; leave batch_size out")
        for name, function in (("collate_fn", self.own_collate_fn), ("worker_init_fn", worker_init_fn)):
            check_function(name, function)
        check_name("on_error", on_error, ON_ERROR)
        self.source: Source = open_source(dataset)
        self.dataset: Any = getattr(self.source, "dataset", self.source)
        self.keys = check_keys(ids, len(self.source))
        self.trial = check_integer("trial", trial)
        self.policy = as_policy(corruption, severity, self.trial)
        variant = str(variant) if isinstance(variant, Path) else variant
        stored = check_flag("as_stored", as_stored)
        self.settings = Settings(check_integer("seed", seed), variant, stored, textures)
        find_variant(variant, 224, 224)  # what is no variant is told so, before its geometry is looked up
        self.geometry = default_geometry(self.source, variant) if geometry is None else find_geometry(geometry)
        self.workers = choose_workers(
            backend,
            self.source,
            num_workers,
            num_threads,
            decoder,
            prefetch=PREFETCH if prefetch is None else check_count("prefetch_factor", prefetch, 1),
            timeout=order.pop("timeout"),
            context=order.pop("multiprocessing_context"),
            init=order.pop("worker_init_fn"),
        )
        check_torch_options(check_flag("persistent_workers", persistent_workers), pin_memory_device, self.workers)
        place = find_device(device)
        self.workers = check_decoder(decoder, self.workers, place.name)
        self.decoded_cache: Path | None = None
        if decoded_cache is not None:
            self.decoded_cache = check_decoded_cache(
                check_path("decoded_cache", decoded_cache), self.source, self.workers
            )
        pinned = check_pinning(pin_memory and place.on_host)
        self.tensor_format = TensorFormat(
            mean, std, place.name, pinned, check_dtype(dtype, mean), check_flag("channels_last", channels_last)
        )
        self.schedule = Schedule(
            len(self.source),
            **{**order, "batch_size": BATCH_SIZE if order["batch_size"] is None else order["batch_size"]},
            generator=generator,
            seed=self.settings.seed,
            pad_shards=check_flag("pad_shards", pad_shards),
            find=functools.partial(find_shard, num_shards, shard_id),
        )
        find_shard(num_shards, shard_id)  # what is wrong with it is said now
        self.pin_memory_device = pin_memory_device
        self.on_error, self.extras = on_error, check_extras(extras)
        self.batch_transforms = check_batch_transforms(
            batch_transforms, bytes_asked=mean is None, frames=self.policy.frames is not None
        )
        self._resume: Mapping[str, Any] | None = None
        self._latest: Progress | None = None
        self._warned = False
        self._fingerprint: str | None = None
        self._running: weakref.WeakSet[Epoch] = weakref.WeakSet()
        self._buffers = self.workers.buffers()
        for condition in self.policy.conditions:
            check_condition(condition, self.settings, self.source)

    def __len__(self) -> int:
        """Batches an epoch of this shard, counting each of a Grid's conditions."""
        return len(self.schedule) * self.policy.turns

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What has been left out of the latest epoch so far: (id, name, reason) each."""
        return tuple(self._latest.skipped) if self._latest is not None else ()

    def set_epoch(self, epoch: int) -> None:
        """Make `epoch` the next one; without, each iteration takes the next. It decides the shuffled order and what a
        Mixture draws.

        Args:
            epoch: its number, from 0.

        Raises:
            OptionError: it is no whole number from 0 up.
        """
        self.schedule.set_epoch(epoch)

    def __iter__(self) -> Epoch:
        numbers: list[int] = []  # the epoch's, once it has begun

        def begin() -> tuple[Progress, Generator[Made, None, None]]:
            progress, made = self._begin()
            numbers.append(progress.plan.epoch)
            return progress, made

        def form(made: Made) -> Any:
            given = collate(made, self.source, self.own_collate_fn, self.extras, self.policy.turns)
            if not self.batch_transforms:
                return given
            images, labels, *others = parts_of(given)
            for transform in self.batch_transforms:
                key = BatchKey(made.batch.drawn_by, numbers[0], self.settings.seed)
                images, labels = transform(images, labels, key)
            return (images, labels, *others)

        epoch = Epoch(begin, form, self.__len__)
        self._running.add(epoch)
        return epoch

    def under(self, corruption: "str | Condition | Policy", severity: float | None = None) -> "CorruptLoader":
        """The same loader with another corruption, at the beginning of an epoch.

        Args:
            corruption: as for the class; a name is in the loader's own trial.
            severity: likewise.

        Returns:
            Another CorruptLoader, over the same data set.

        Raises:
            UnknownNameError, SeverityError, OptionError, MissingTexturesError: as for the class.
        """
        made = copy.copy(self)
        made._resume, made._buffers = None, self._buffers
        made.schedule = self.schedule.copied_at(self.schedule.present_epoch)
        made.policy = as_policy(corruption, severity, self.trial if isinstance(corruption, str) else 0)
        for condition in made.policy.conditions:
            check_condition(condition, made.settings, made.source)
        return made

    def _pending(self) -> Mapping[str, Any] | None:
        """The loaded state, unless another epoch than its own has been set since, here or on the sampler."""
        state = self._resume
        return state if state is not None and state["epoch"] == self.schedule.present_epoch else None

    def _begin(self) -> tuple[Progress, Generator[Made, None, None]]:
        state, self._resume = self._pending(), None
        if state is None:
            progress = Progress(self.schedule.next_plan(), self.policy.turns)
        else:
            progress = resumed(state, self.schedule, self.policy.turns)
        self._latest = progress
        if self.schedule.batches_differ and not self._warned and trained_by_lightning():
            self._warned = True
            warnings.warn(
                "the shards have different numbers of batches, and Lightning's fit waits for every process at each "
                'batch: pad_shards=True gives some samples twice (extras=["padded"] tells which), drop_last=True '
                "leaves the surplus out",
                UserWarning,
                stacklevel=2,
            )
        return progress, self.pipeline(progress.plan.epoch).run(progress.work)

    def pipeline(
        self,
        epoch: int = 0,
        *,
        policy: Policy | None = None,
        tensor_format: TensorFormat | None = None,
    ) -> Pipeline:
        """What makes this loader's batches, for those who ask for other batches of it than an epoch has.

        Args:
            epoch: what the policy is asked for.
            policy: another one than the loader's.
            tensor_format: another one than the loader's.

        Returns:
            A Pipeline, on which nothing runs yet.

        Raises:
            OptionError: the policy needs depth maps, and the images come from a decoded_cache.
        """
        output = tensor_format or self.tensor_format
        chosen = policy or self.policy
        geometry, settings = with_margin(self.geometry, self.settings, chosen.conditions)
        recipe = Recipe(
            geometry,
            chosen,
            settings,
            epoch,
            self.on_error,
            in_workers=find_device(output.device).on_host,
            keys=self.keys,
            any_size=self.own_collate_fn is not None and chosen.frames is None,
            kept=self._kept(geometry),
        )
        if recipe.kept is not None and recipe.needs_depth:
            raise OptionError("decoded_cache keeps no depth maps, which a corruption asks for; leave it out")
        return Pipeline(self.source, recipe, self.workers, output, self._buffers)

    def _kept(self, geometry: Geometry) -> DecodedCache | None:
        if self.decoded_cache is None:
            return None
        if self._fingerprint is None:
            self._fingerprint = fingerprint(self.source)
        return DecodedCache(self.decoded_cache, self._fingerprint, geometry, len(self.source))

    def state_dict(self) -> dict[str, Any]:
        """Where the latest iterator is: what was received counts, not what was made ahead.

        After the last batch that is the end of the epoch: continuing there, the epoch is over at once, and the next
        iteration is the next epoch, whole, as with torchdata's StatefulDataLoader. When the iterator has said so
        itself, as it has after a loop that was not left early, it is the next epoch's beginning. All of this however
        the batches are made; a framework that sets the next epoch, as Lightning does, leaves the end behind.

        Returns:
            Plain values, which JSON and torch.save can keep.

        Raises:
            StateError: the iterator is somewhere in the order of an endless sampler.
        """
        pending = self._pending()
        if pending is not None:
            return dict(pending)
        return position_of(self._latest, self.schedule, self.identity())

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Make the next iteration continue where `state_dict` was called, with the same bytes.

        The batch size, the number of workers and the backend may be others; a batch that is in the middle of a Grid's
        conditions is finished as it was begun. A loader whose state is refused stays as it was.

        Args:
            state: what `state_dict` gave.

        Raises:
            StateError: the state belongs to another data set, order, shard or corruption, is no position in this epoch,
                or lies within a batch of a batch_sampler.
        """
        check_state(state, self.identity())
        self._resume = resume_at(state, self.schedule, self.policy.turns)
        self.close()
        self._latest = None

    def identity(self) -> dict[str, Any]:
        """What a state must agree in with the loader that continues from it.

        Returns:
            By name, in JSON's types: how many samples, the shard, the kind of order, and what fixes the bytes.
        """
        return {
            "samples": len(self.source),
            "shard": list(self.schedule.shard),
            "order": self.schedule.kind,
            "corruption": self.policy.to_dict(),
            "settings": asdict(self.settings),
            "geometry": repr(self.geometry),
            **({"batch_transforms": ADDRESS.sub("", repr(self.batch_transforms))} if self.batch_transforms else {}),
            **self.named_keys(),
        }

    def named_keys(self) -> dict[str, str]:
        """Which ids the draws go by, where they were given.

        Returns:
            Nothing, or by the name "ids" what they are, or a hash of them.
        """
        if self.keys is None:
            return {}
        told = self.keys if isinstance(self.keys, str) else hashlib.sha256(self.keys.tobytes()).hexdigest()[:16]
        return {"ids": told}

    def keyed(self, index: int, image: np.ndarray) -> np.ndarray:
        """The id that a sample's draws go by.

        Args:
            index: the sample's number, from 0.
            image: as it was decoded, (H, W, C) uint8.

        Returns:
            (1,) int64.
        """
        recipe = Recipe(self.geometry, self.policy, keys=self.keys)
        sized = recipe.prepare(image) if isinstance(self.keys, str) else image  # only content asks for the pixels
        return recipe.keyed(Batch(sized[None], [None], np.array([index], np.int64))).drawn_by

    def close(self) -> None:
        """End the threads and processes of all iterators that have not come to their end, and free the memory that is
        kept for the next epoch's batches. The loader can be iterated over again.
        """
        for epoch in list(self._running):
            epoch.close()
        self._running.clear()
        self._buffers.free()

    def __enter__(self) -> "CorruptLoader":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        kept = self._latest is None or self._latest.plan.made_from is not None
        state = self.state_dict() if kept else None  # a place in an endless sampler's order is not kept
        return {
            **self.__dict__,
            "_resume": state if state is not None and state["made_from"] is not None else None,
            "_latest": None,
            "_running": None,
            "_buffers": None,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _running=weakref.WeakSet(), _buffers=state["workers"].buffers())
        if self._resume is not None:
            self.schedule = self.schedule.copied_at(self._resume["epoch"])


def check_keys(ids: Any, count: int) -> np.ndarray | str | None:
    """The id of each sample, or CONTENT, or None; OptionError for anything else."""
    if ids is None or (isinstance(ids, str) and ids == CONTENT):
        return ids
    if isinstance(ids, str):
        raise UnknownNameError("ids", ids, (CONTENT,))
    return check_ids(ids, count)


def parts_of(given: Any) -> tuple[Any, ...]:
    """(images, labels, ...) for transforms of batches, or OptionError."""
    if type(given) is not tuple or len(given) < 2:
        raise OptionError(f"batch_transforms need batches (images, labels, ...), and these are {type(given).__name__}")
    return given


def default_geometry(source: Source, variant: str | None) -> Geometry:
    """The variant's for image files, ImageNet-C's where none is named; arrays are ready, a Dataset has
    its own transform, and boxes and masks, which come in dicts, fit the whole image alone.
    """
    if isinstance(source, WithDepth):
        return default_geometry(source.source, variant)
    if isinstance(source, (ArraySource, DatasetSource)) or (isinstance(source, EncodedSource) and has_dicts(source)):
        return find_geometry(NONE)
    return find_geometry(find_variant(None, 224, 224)[0].usual.name if variant is None else variant)


def has_dicts(source: EncodedSource) -> bool:
    """Whether the first label is a dict; False where it cannot be read, which is said when it is reached."""
    try:
        return len(source) > 0 and isinstance(source.label(0), Mapping)
    except DecodeError:
        return False
