"""`corrupt()`: one condition on arrays in memory."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..catalogue import CLEAN, Condition, check_severity, find_corruption, find_variant, is_chain, strength, variant_of
from ..catalogue.chain import FORM, links_of
from ..catalogue.lookup import Strength, is_file
from ..devices import device_of, plain_tensor
from ..errors import BenchmarkError, CorruptEngineError, DeviceError, ImageError, OptionError
from ..kernels import loaded
from ..kernels.kept import ENTRY, Kept
from ..runtime.checks import check_flag, check_integer, check_name
from ..runtime.threads import map_threads, thread_count
from .arrays import batch_shape, check_ids
from .assets import assets_for
from .depth import check_depth
from .geometry import Geometry
from .textures import TEXTURES

SIZES = 1 << 16  # bytes of the parameters that a condition keeps by the size of the image: for 128 sizes
PREPARED = 8192 * ENTRY  # as `Kept` counts: some 8,000 conditions, of 2 KB each, though each image may have another


def corrupt(
    images: Any,
    corruption: str,
    severity: float = 3,
    *,
    seed: int = 0,
    ids: Any = None,
    trial: int = 0,
    variant: str | None = None,
    as_stored: bool = False,
    textures: str = "published",
    threads: int | None = None,
    depth: Any = None,
) -> Any:
    """Corrupt one image, a batch, or a list of images of any sizes; what comes back is of the same kind and shape.

    The bytes depend on (image, sample id, corruption, severity, seed, trial) and the severity table, and on nothing
    else: not on the batch, the order or the number of threads.

    Args:
        images: uint8, (H, W), (H, W, 1) or (H, W, 3), a batch (N, H, W, 1 or 3), or a list of images of any
            sizes. NumPy, CuPy or torch; on a CUDA device the work is done there, on the stream that the library uses at
            the moment.
        corruption: a name of `corruptions()`; or a chain of different ones, which are applied one after the other:
            "motion_blur+jpeg_compression", both at the severity, or "motion_blur@2.5+jpeg_compression", the first
            at 2.5, which at severities below 1 fades with it.
        severity: 0 (no change) to the corruption's strongest level, 5 for ImageNet-C; between whole numbers the
            parameters are interpolated. NumPy's float32(2.3) is 2.3, here and wherever a severity is given.
        seed: any integer; with ids and trial it fixes all that is random.
        ids: the sample id of each image (an int, or N of them), such as its index in the data set, which is what a
            loader uses. Default: made of the image's own bytes (`content_ids`), so that the same picture gets the same
            draws wherever it comes, and another one others.
        trial: the number of a repetition with other draws.
        variant: the published variant whose severity table is used, such as "imagenet-c" or "cifar-10-c", or a
            benchmark file of your own, "mine.toml". Default: the corruption's home benchmark. In ImageNet-C's the table
            then follows the shorter side: up to 40 pixels that of cifar-10-c, up to 96 that of imagenet-64-c, else that
            of imagenet-c.
        as_stored: add the JPEG-85 4:2:0 stage of the published copies (the CIFAR variants were stored without one).
        textures: "published" for frost's photographs and for the tiles of your own bank (CORRUPT_ENGINE_TILES), or
            "procedural" for stand-ins that must not be published from.
        threads: on the CPU at most this many threads; default the number of processors.
        depth: how far away each pixel is, for corruptions that need it (fog_3d, near_focus, far_focus; others do not
            look at it): floats from 0 up, (N, H, W), of one image also (H, W), of a list a list of maps. The published
            densities of fog are for a unit of 15.625 m indoors, and for `sources.inverse_depth` of what MiDaS gives;
            what is in focus knows no unit. It is read on the host, wherever it lies.

    Returns:
        What was given, corrupted: the same library, device, shape and dtype; a list for a list. Of a subclass of
        torch.Tensor, such as torchvision's tv_tensors.Image, a plain tensor: what else it carried is not known here.

    Raises:
        UnknownNameError, SeverityError, OptionError, ImageError: for what is wrong with the arguments.
        BenchmarkError: a benchmark file of your own does not say what it must.
        PluginError: another package's corruptions or benchmarks cannot be loaded.
        MissingTexturesError: frost was asked for and its photographs are not installed, or stickers or mosaics, and
            there is no bank of tiles.
        DeviceError, MissingExtraError: the images are on a device on which the kernels cannot run.

    Source: Hendrycks and Dietterich 2019 (arXiv:1903.12261).

    >>> batch = np.zeros((2, 32, 32, 3), np.uint8)
    >>> both = corrupt(batch, "gaussian_noise", severity=2.5, seed=1, ids=[7, 8])
    >>> bool((both[1] == corrupt(batch[1], "gaussian_noise", severity=2.5, seed=1, ids=8)).all())
    True
    """
    # What was asked is kept by the arguments as they are. All between here and the kernel counts for one small image:
    # after other work, which leaves nothing of this in the caches, it took .15 ms, as long as a noise does.
    try:
        asked = _asked(corruption, severity, seed, trial, variant, as_stored, textures)
    except TypeError:  # something that cannot be looked up: what is wrong with it is said by `prepare`
        asked = _asked.__wrapped__(corruption, severity, seed, trial, variant, as_stored, textures)
    prepared = asked() if callable(asked) else asked
    count = 1 if type(threads) is int and threads == 1 else thread_count(threads)
    if isinstance(images, (list, tuple)):
        images = [image if isinstance(image, np.ndarray) else plain_tensor(image) for image in images]
        return corrupt_list(prepared, images, ids_for(prepared, len(images), ids), count, depth)
    if not isinstance(images, np.ndarray):
        images = plain_tensor(images)
    shape = batch_shape(images)
    return prepared.apply(images, shape, ids_for(prepared, shape[0], ids), count, depth)


@functools.lru_cache(maxsize=256, typed=True)
def _asked(
    corruption: Any, severity: Any, seed: Any, trial: Any, variant: Any, as_stored: Any, textures: Any
) -> "Prepared | Callable[[], Prepared]":
    """What the arguments of `corrupt` ask for; a function that prepares it where the next call may get another one:
    a benchmark file may change, and so may the folder of the textures.
    """
    settings = Settings(check_integer("seed", seed), variant, as_stored, textures)
    condition = Condition(corruption, severity, check_integer("trial", trial))
    prepared = settings.prepare(condition)
    if is_file(variant) or prepared.corruption.assets:
        return functools.partial(settings.prepare, condition)
    return prepared


def ids_for(prepared: "Prepared", count: int, ids: Any) -> np.ndarray | None:
    """Sample ids (N,) int64 for so many images: the given ones; None where something is drawn by those that the images'
    content makes.
    """
    if ids is not None:
        return check_ids(ids, count)
    return np.zeros(count, np.int64) if prepared.corruption.deterministic or not prepared.severity else None


@dataclass(frozen=True)
class Settings:
    """What fixes the bytes of every condition of a run, besides the image and its id; as the arguments of
    `corrupt()`. Images come with `margin` pixels around what is wanted, and lose them.
    """

    seed: int = 0
    variant: str | None = None
    as_stored: bool = False
    textures: str = "published"
    margin: int = 0

    def prepare(self, condition: Condition) -> "Prepared":
        """The condition under these settings, checked; raises as `corrupt()`."""
        try:
            # A file may change between two calls; all else is checked once. 3 of the 15 us that a small image takes.
            made = _prepared(self, *condition) if not is_file(self.variant) else self._prepare(*condition)
        except TypeError:  # something that cannot be looked up: what is wrong with it is said here
            made = self._prepare(*condition)
        if made.corruption.assets and made.severity:
            return replace(made, assets=assets_for(made.corruption.assets, self.textures))
        return made

    def _prepare(self, name: str, severity: float, trial: int) -> "Prepared":
        from ..kernels.philox import condition_key

        chosen = find_corruption(name, self.variant)
        file, _ = find_variant(self.variant, 224, 224, name)  # whatever the size: what is wrong is said now
        entry = file.entry(name)
        most = entry.most if entry else strength(name, self.variant, 224, 224).levels.most
        level = check_severity(severity, most, name)
        check_flag("as_stored", self.as_stored)
        check_name("textures", self.textures, TEXTURES)
        key = condition_key(self.seed, name, 0.0 if entry and entry.same_draws else level, trial)
        seen = min(margin_of(name, self.variant), self.margin)
        if chosen.form == FORM:
            return PreparedChain(name, chosen, level, key, {}, self, seen, trial)
        return Prepared(name, chosen, level, key, {}, self, seen, trial)

    def apply(self, src: Any, ids: np.ndarray, condition: Condition, threads: int = 1, depth: Any = None) -> Any:
        """The condition on a batch (N, H, W, C) uint8, on whatever device it is, and no margin; the clean one gives the
        batch itself back.
        """
        if condition.corruption == CLEAN.corruption:
            return without_margin(src, self.margin)
        return self.prepare(condition).apply(src, src.shape, ids, threads, depth)


@functools.lru_cache(maxsize=256, typed=True)  # 16 MiB with what each keeps by size
def _prepared(settings: Settings, name: str, severity: float, trial: int) -> "Prepared":
    return settings._prepare(name, severity, trial)


@dataclass(frozen=True)
class Prepared:
    """One condition, checked and ready to run on any device."""

    name: str
    corruption: Any
    severity: float
    key: tuple[int, int]
    assets: Mapping[str, Any]
    settings: Settings
    seen: int = 0
    """How many pixels of the images' margin the corruption looks at."""
    trial: int = 0
    _of_size: Kept = field(default_factory=lambda: Kept(SIZES), compare=False, repr=False)

    @property
    def needs(self) -> tuple[str, ...]:
        """What must come beside each image; nothing at severity 0."""
        return self.corruption.needs if self.severity else ()

    def apply(
        self, images: Any, shape: tuple[int, ...], ids: np.ndarray | None, threads: int = 1, depth: Any = None
    ) -> Any:
        """A new array of the same kind, on the same device; `shape` (N, H, W, C) is how the images' own shape is
        read. Without ids those that the images make, with what margin they have.
        """
        corruption, device = self.corruption, device_of(images)
        beside = [check_depth(depth, shape, self.name)] if "depth" in self.needs else []
        if corruption.host_only and not device.on_host:
            raise DeviceError(
                f"{corruption.name} is a plain NumPy function, which runs on the CPU alone; the images are on "
                f'{device.name}: pass images.cpu(), or write it in another form (see CONTRIBUTING, "Add a corruption")'
            )
        n, height, width, channels = shape
        if not self.settings.margin:
            return device.apply(self.run, images, (n, height, width, channels), ids, threads, *beside)
        looked_at, *beside = (without_margin(rows, self.settings.margin - self.seen) for rows in (images, *beside))
        made = device.apply(self.run, looked_at, tuple(looked_at.shape), ids, threads, *beside)
        return without_margin(made, self.seen)

    def run(self, ops: Any, src: Any, dst: Any, ids: np.ndarray, depth: np.ndarray | None = None) -> None:
        """dst = the condition on src: contiguous uint8 batches (N, H, W, 1 or 3) on the device of `ops`; ids (N,) int64
        and depth (N, H, W) float32 on the host. BenchmarkError where a person's file has parameters that make no sense.
        """
        if self.severity == 0 or src.size == 0:
            ops.copy(src, dst)
            return
        try:
            self._make(ops, src, dst, ids, depth)
        except CorruptEngineError:
            raise
        except (ArithmeticError, LookupError, ValueError) as error:
            if self.corruption.host_only or not is_file(self.settings.variant):
                raise  # no matter of parameters: those that are shipped all work
            params = self._strength(*src.shape[1:3]).levels.params(self.severity)
            given = ", ".join(f"{key} {value:g}" for key, value in params._asdict().items())
            raise BenchmarkError(
                f"{self.settings.variant}: {self.name} cannot be made with {given}, as of severity {self.severity:g} "
                f"({error}); change them in its table"
            ) from error

    def _make(self, ops: Any, src: Any, dst: Any, ids: np.ndarray, depth: np.ndarray | None) -> None:
        size = src.shape[1:3]
        params, quality, draws = self._of_size.get(size) or self._meaning(*size)
        assets = self.assets if depth is None else {**self.assets, "depth": depth}
        loaded("engine").run(ops, self.corruption, params, src, dst, ids, self.key, assets, draws)
        self._store(ops, dst, quality)

    def _store(self, ops: Any, dst: Any, quality: int | None) -> None:
        """dst = what a JPEG file of it holds, where that is asked for: its blocks begin at the image, not at what lies
        around.
        """
        if not self.settings.as_stored or quality is None:
            return
        wanted = inner = dst
        if self.seen:
            wanted = dst[:, self.seen : -self.seen, self.seen : -self.seen]
            inner = ops.empty(wanted.shape, dst.dtype)
            ops.copy(wanted, inner)
        ops.jpeg(inner, inner, quality)
        if self.seen:
            ops.copy(inner, wanted)

    def _meaning(self, height: int, width: int) -> tuple[Any, int | None, Any]:
        """For images of a size the parameters, the quality at which the published copies were stored, and what is
        drawn.
        """
        found: tuple[Any, int | None, Any] | None = self._of_size.get((height, width))
        if found is None:
            meant = self._strength(height, width)
            params = meant.levels.params(self.severity)
            found = params, meant.variant.stored_quality, self.corruption.draws(params, height, width)
            self._of_size.add((height, width), found)
        return found

    def _strength(self, height: int, width: int) -> Strength:
        """What the severities mean for images that are seen at a size: what lies around an image makes it no larger."""
        around = 2 * self.seen
        return strength(self.name, self.settings.variant, height - around, width - around)


class PreparedChain(Prepared):
    """A chain: each member as it is by itself under the same settings, on what the one before it has made. The bytes
    are stored once, in the end.
    """

    def _make(self, ops: Any, src: Any, dst: Any, ids: np.ndarray, depth: np.ndarray | None) -> None:
        severities, quality, _ = self._meaning(*src.shape[1:3])
        *others, last = severities._asdict().items()
        for name, severity in others:
            made = ops.empty(src.shape, src.dtype)
            self._member(name, severity).run(ops, src, made, ids, depth)
            src = made
        self._member(*last).run(ops, src, dst, ids, depth)
        self._store(ops, dst, quality)

    def _member(self, name: str, severity: float) -> Prepared:
        own = variant_of(name, self.settings.variant)
        settings = replace(self.settings, variant=own, as_stored=False, margin=0)
        member = settings.prepare(Condition(name, severity, self.trial))
        # What is kept by size is that of images without a margin.
        return replace(member, seen=self.seen, _of_size=Kept(SIZES)) if self.seen else member


class Conditions:
    """The conditions of a run, each checked and prepared once as long as it is kept: those that were used last are."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._prepared = Kept(PREPARED)

    def prepared(self, condition: Condition) -> Prepared:
        """The condition, ready to run; raises as `corrupt()`."""
        found: Prepared | None = self._prepared.get(condition)
        return self._prepared.add(condition, self.settings.prepare(condition)) if found is None else found

    def apply(self, images: Any, ids: np.ndarray, condition: Condition, depth: np.ndarray | None = None) -> Any:
        """The condition on a batch (N, H, W, C) uint8, on the calling thread, and no margin; the clean one gives the
        batch itself back. depth: (N, H, W), where it comes beside the images.
        """
        if condition.corruption == CLEAN.corruption:
            return without_margin(images, self.settings.margin)
        return self.prepared(condition).apply(images, images.shape, ids, 1, depth)


def without_margin(images: Any, margin: int) -> Any:
    """The batch (N, H, W, C) without so many pixels on each side, as one contiguous array; itself where there are
    none.
    """
    if not margin:
        return images
    inner = images[:, margin:-margin, margin:-margin]
    return np.ascontiguousarray(inner) if isinstance(inner, np.ndarray) else inner.contiguous()


def with_margin(geometry: Geometry, settings: Settings, conditions: Iterable[Condition]) -> tuple[Geometry, Settings]:
    """Both with as many pixels around the crop as some of the conditions look at; as they are where nothing is
    cropped, for then there is nothing around.
    """
    margin = 0
    for name in {condition.corruption for condition in conditions} - {CLEAN.corruption}:
        margin = max(margin, margin_of(name, settings.variant))
    if not margin or geometry.crop is None:
        return geometry, settings
    return replace(geometry, margin=margin), replace(settings, margin=margin)


def margin_of(name: str, variant: str | None) -> int:
    """How many pixels around an image a corruption looks at; of a chain that no file has, as many as a member does."""
    entry = find_variant(variant, 224, 224, name)[0].entry(name)
    if entry is None and is_chain(name):
        return max(margin_of(member, variant_of(member, variant)) for member, _ in links_of(name))
    return entry.margin if entry else 0


def corrupt_list(
    prepared: Prepared, images: Sequence[Any], ids: np.ndarray | None, threads: int, depth: Sequence[Any] | None = None
) -> list[Any]:
    """Images of any sizes and kinds, one by one on the host; those on another device as one batch a size."""
    shapes = [batch_shape(image) for image in images]
    for k, shape in enumerate(shapes):
        if shape[0] != 1 or len(images[k].shape) == 4:
            raise ImageError(
                f"item {k} of the list has shape {tuple(images[k].shape)}; a list holds single images, (H, W) or (H, "
                "W, 1 or 3)"
            )
    maps: list[Any] = [None] * len(images)
    if "depth" in prepared.needs:
        given = maps if depth is None else depth
        count = len(given) if hasattr(given, "__len__") else None
        if count != len(images):
            held = repr(given) if count is None else f"{count} maps"
            raise OptionError(f"depth holds {held}, and there are {len(images)} images")
        maps = [check_depth(one, shape, prepared.name) for one, shape in zip(given, shapes, strict=True)]
    results: list[Any] = [None] * len(images)
    host: list[int] = []
    groups: dict[Any, list[int]] = {}
    for k, image in enumerate(images):
        device = device_of(image)
        if device.on_host:
            host.append(k)
        else:
            groups.setdefault((type(image), device.name, tuple(image.shape)), []).append(k)

    def one(i: int) -> None:
        k = host[i]
        results[k] = prepared.apply(images[k], shapes[k], None if ids is None else ids[k : k + 1], 1, maps[k])

    map_threads(one, len(host), threads)
    for members in groups.values():
        batch = device_of(images[members[0]]).stack([images[k] for k in members])
        shape = (len(members), *shapes[members[0]][1:])
        beside = np.concatenate([maps[k] for k in members]) if "depth" in prepared.needs else None
        own = None if ids is None else ids[members]
        for k, result in zip(members, prepared.apply(batch, shape, own, 1, beside), strict=True):
            results[k] = result
    return results
