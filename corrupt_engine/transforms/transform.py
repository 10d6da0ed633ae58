"""`Corrupt`: a corruption as a transform, for the pipelines of others."""

import copy
import math
import warnings
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from numbers import Real
from typing import Any

from ..catalogue import CLEAN, Condition
from ..errors import OptionError
from ..runtime.checks import as_written, check_count, check_flag, check_integer, check_numbers
from .arrays import batch_shape, check_ids
from .content import content_ids
from .corrupt import Conditions, Settings, corrupt_list
from .image_forms import IMAGE_KEYS, Form, check_layout, form_of, may_be_images
from .policies import Mixture, Policy, Single, several

PLACE_KEYS = ("boxes", "bboxes", "bbox", "masks", "mask", "keypoints", "segmentation", "annotation", "objects")
"""What says where something is in the image, and no longer fits when a corruption moves pixels."""

TENTHS = 10
"""Steps of a range of severities for each whole one: what a severity means is worked out once for each step."""


class Corrupt:
    """A corruption as a transform: for torchvision's Compose, a Dataset of your own, albumentations, Hugging Face.

    What is drawn follows from the picture itself (`content_ids`), the seed and the epoch: the same picture becomes the
    same bytes in any order, batch, worker and pipeline. What comes back is of the kind that was given.

    A call takes an image, or a sample that holds one:

        transform(image)                           the image
        transform([image, image, ...])             a list of images of any sizes
        transform((image, target))                 the tuple; its first element is the image
        transform(image, target)                   likewise, as torchvision's v2 transforms are called
        transform({"image": image, "boxes": ...})  the dict: the image, or the list or batch of them, under `keys`
        transform(image=image, mask=mask)          a dict, as albumentations calls

    What else a sample holds is passed through untouched. An image is a PIL image (RGB or L), a uint8 array or tensor of
    one or three channels, (H, W, C), (C, H, W), (H, W) or a batch, of NumPy, CuPy or torch, or one of torchvision's
    tv_tensors; on a CUDA device the work is done there.

    Args:
        corruption: a name of `corruptions()`; several, of which each image gets one; a Condition; or a Mixture.
        severity: with names: a number, default 3, or a pair (low, high), between which each image gets a tenth.
        p: with names: how likely each image is to be corrupted, 0..1; default 1.
        seed: any integer; it fixes all that is drawn.
        variant: as for `corrupt`.
        as_stored: as for `corrupt`.
        textures: as for `corrupt`.
        keys: the keys of a sample that is a dict under which images are; those of IMAGE_KEYS that it has, by default.
        id_key: the key under which such a sample has its sample id, or a list of them: taken in place of the content.
            `transform(sample, id=7)` goes before it, and serves samples of every kind.
        layout: "channels_first" or "channels_last" of arrays and tensors; "auto" takes what torchvision (tensors) and
            NumPy (arrays) are used to, where both can be.

    Raises:
        UnknownNameError, SeverityError, OptionError, BenchmarkError, MissingTexturesError: for what is wrong with
            these. A call raises ImageError for what is no such image, and OptionError for a sample without one.

    Warns:
        UserWarning: once, when a corruption moves pixels and a sample has boxes or masks, which stay where they are.

    >>> from PIL import Image
    >>> photo = Image.new("RGB", (64, 48), "grey")
    >>> foggy, label = Corrupt("fog", 3)(photo, 7)
    >>> foggy.size, foggy.mode, label
    ((64, 48), 'RGB', 7)
    >>> drawn = Corrupt(["fog", "snow", "frost"], (1, 5), p=0.5, textures="procedural")
    """

    def __init__(
        self,
        corruption: "str | Sequence[str] | Condition | Mixture",
        severity: "float | tuple[float, float] | None" = None,
        *,
        p: float | None = None,
        seed: int = 0,
        variant: str | None = None,
        as_stored: bool = False,
        textures: str = "published",
        keys: str | Iterable[str] | None = None,
        id_key: str | None = None,
        layout: str = "auto",
    ) -> None:
        self.policy = policy_of(corruption, severity, p)
        self.settings = Settings(check_integer("seed", seed), variant, check_flag("as_stored", as_stored), textures)
        if keys is not None and not isinstance(keys, Iterable):
            raise OptionError(f"keys {keys!r} is neither the name of an image in a sample nor several")
        self.keys = (keys,) if isinstance(keys, str) else None if keys is None else tuple(keys)
        self.id_key, self.layout, self.epoch = id_key, check_layout(layout), 0
        self._conditions = Conditions(self.settings)
        self._warned = False
        moving: dict[str, None] = {}
        for condition in self.policy.conditions:
            if condition.corruption != CLEAN.corruption:
                prepared = self._conditions.prepared(condition)
                if prepared.needs:
                    raise OptionError(
                        f"{condition.corruption} needs a depth map beside each image, which a transform has not; "
                        "corrupt(image, name, depth=map) and a CorruptLoader take one"
                    )
                if prepared.corruption.moves_pixels:
                    moving[condition.corruption] = None
        self.moving = tuple(moving)
        """The corruptions among them that move pixels."""
        others = {"p": p, "seed": seed or None, "variant": variant, "as_stored": as_stored or None}
        said = [repr(corruption), *([] if severity is None else [repr(severity)])]
        self._said = ", ".join([*said, *(f"{name}={value!r}" for name, value in others.items() if value is not None)])

    def set_epoch(self, epoch: int) -> None:
        """Make an epoch the present one: what is drawn is then drawn anew, as training may want it. Worker processes
        learn of it when they start: with persistent_workers they stay in the epoch that they began with.

        Args:
            epoch: its number, from 0.

        Raises:
            OptionError: it is no whole number from 0 up.
        """
        self.epoch = check_count("epoch", epoch, 0)

    def __call__(self, *sample: Any, **named: Any) -> Any:
        """A sample with its images corrupted.

        Args:
            sample: see the class.
            named: likewise; beside a sample only `id` is looked at, its sample id, or a list of them. (What
                albumentations' Lambda says of the image comes here too.)

        Returns:
            The same kinds of things in the same order.

        Raises:
            ImageError, OptionError: see the class.
        """
        if not sample:
            return self._mapping(named)
        ids = named.get("id")
        if len(sample) > 1:
            return self._sequence(sample, ids)
        (only,) = sample
        if isinstance(only, Mapping):
            return self._mapping(only, ids)
        if isinstance(only, tuple):
            made = self._sequence(only, ids)
            return type(only)(*made) if hasattr(only, "_fields") else made
        if isinstance(only, list) and len(only) > 1 and may_be_images(only[0]) and not may_be_images(only[1]):
            return list(self._sequence(only, ids))
        return self._images(only, ids)

    def _sequence(self, sample: Sequence[Any], ids: Any) -> tuple[Any, ...]:
        if not sample:
            raise OptionError("the sample is empty; its first element must be the image")
        for other in sample[1:]:
            self._check_places(other)
        return (self._images(sample[0], ids), *sample[1:])

    def _mapping(self, sample: Mapping[str, Any], ids: Any = None) -> Any:
        wanted = self.keys if self.keys is not None else [key for key in IMAGE_KEYS if key in sample]
        if not wanted or any(key not in sample for key in wanted):
            asked = f"none of {', '.join(IMAGE_KEYS)}" if self.keys is None else f"not each of keys={list(self.keys)}"
            raise OptionError(f"the sample has {list(sample)}, {asked}; say with keys= under which its images are")
        if ids is None and self.id_key is not None and self.id_key not in sample:
            raise OptionError(f"the sample has {list(sample)}, and not the sample's id under id_key={self.id_key!r}")
        if ids is None and self.id_key is not None:
            ids = sample[self.id_key]
        self._check_places(sample)
        made = copy.copy(sample) if isinstance(sample, MutableMapping) else dict(sample)
        for key in wanted:
            made[key] = self._images(sample[key], ids)
        return made

    def _check_places(self, other: Any) -> None:
        """Warn, once, of what says where things are in an image whose pixels move."""
        if self._warned or not self.moving:
            return
        inner = other[0] if isinstance(other, (list, tuple)) and other else other
        keys = [key for key in inner if key in PLACE_KEYS] if isinstance(inner, Mapping) else []
        if not keys and type(inner).__name__ in ("BoundingBoxes", "Mask", "KeyPoints"):
            keys = [type(inner).__name__]
        if keys:
            self._warned = True
            warnings.warn(
                f"{', '.join(self.moving)} moves pixels, and {', '.join(keys)} of the sample stays as it is: the "
                "places that it names are no longer exact",
                UserWarning,
                stacklevel=4,
            )

    def _images(self, value: Any, ids: Any) -> Any:
        if not isinstance(value, list):
            return self._made([form_of(value, self.layout)], ids)[0]
        return self._made([form_of(one, self.layout) for one in value], ids) if value else []

    def _made(self, forms: list[Form], given: Any) -> list[Any]:
        images = [image for form in forms for image in form.images_one_by_one()]
        ids = content_ids(images, 1) if given is None else check_ids(host_numbers(given), len(images))
        conditions = self.policy.assign(ids, epoch=self.epoch, seed=self.settings.seed)
        if len(forms) == 1 and len(set(conditions)) == 1 and conditions[0].corruption != CLEAN.corruption:
            shape = batch_shape(forms[0].images)
            return [forms[0].back(self._conditions.prepared(conditions[0]).apply(forms[0].images, shape, ids))]
        made = list(images)
        for condition in dict.fromkeys(conditions):
            if condition.corruption != CLEAN.corruption:
                members = [n for n, one in enumerate(conditions) if one == condition]
                given_to = [images[n] for n in members]
                corrupted = corrupt_list(self._conditions.prepared(condition), given_to, ids[members], 1)
                for n, image in zip(members, corrupted, strict=True):
                    made[n] = image
        results, place = [], 0
        for form in forms:
            results.append(form.joined(made[place : place + form.count], images[place : place + form.count]))
            place += form.count
        return results

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._said})"

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_conditions"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _conditions=Conditions(state["settings"]))


def policy_of(corruption: Any, severity: Any, p: float | None) -> Policy:
    """What each image gets: as a Mixture that draws anew in each epoch, where names are given."""
    if isinstance(corruption, Mixture):
        policy: Policy = corruption
    elif isinstance(corruption, Policy):
        raise OptionError(
            f"{type(corruption).__name__} makes several images of one, and a transform gives one back; Corrupt takes a "
            "name, several names, a Condition or a Mixture"
        )
    elif isinstance(corruption, Condition):
        policy = Single((corruption,))
    elif not isinstance(corruption, Iterable):
        raise OptionError(f"corruption {corruption!r} is neither a name, several, a Condition nor a Mixture")
    else:
        names = several(corruption)
        levels = levels_of(3 if severity is None else severity)
        share = 1.0 if p is None else p
        if not isinstance(share, Real) or not 0 <= share <= 1:
            raise OptionError(
                f"p {p!r} is no probability from 0 to 1; a share that grows over the epochs is a Mixture's: corrupted="
            )
        return Mixture(tuple(Condition(name, level) for name in names for level in levels), share)
    if severity is not None or p is not None:
        raise OptionError(f"severity and p belong to names of corruptions; {type(corruption).__name__} holds its own")
    return policy


def levels_of(severity: Any) -> list[float]:
    """One severity, or the tenths of a range with both its ends."""
    if not isinstance(severity, (tuple, list)):
        return [severity]
    ends = check_numbers("severity", tuple(map(as_written, severity)))
    if len(ends) != 2 or not all(map(math.isfinite, ends)) or ends[0] > ends[1]:
        raise OptionError(f"severity {severity!r} is neither a number nor a pair (low, high) of them")
    low, high = ends
    steps = int(round((high - low) * TENTHS, 6))
    return sorted({*(round(low + n / TENTHS, 6) for n in range(steps + 1)), float(high)})


def host_numbers(ids: Any) -> Any:
    """Sample ids, of a tensor too, as NumPy reads them."""
    return ids.cpu().numpy() if hasattr(ids, "cpu") else ids
