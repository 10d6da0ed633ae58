"""What fixes the numbers of an evaluation, and what does not but belongs on record."""

import os
import platform
from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import __version__
from ..catalogue import Benchmark, BenchmarkFile, Condition, find_corruption, find_variant, shipped
from ..devices import kinds
from ..errors import DecodeError, OptionError, RecordError
from ..loader.decode import DALI_PACKAGES, TURBOJPEG_PACKAGE
from ..loader.loader import CorruptLoader
from ..loader.samples import check_condition, lacking_depth
from ..models import LoadedModel, Precision
from ..records.differences import differences, flat
from ..runtime.ranks import Processes
from ..runtime.versions import installed
from ..sources import gives_depth
from ..transforms.tiles import bank_fingerprint
from .attacks import Attacks
from .fingerprints import data_fingerprint, model_fingerprint
from .labels import Labels

PACKAGES = ("numpy", "numba", "pillow", "torch")


def describe(
    model: LoadedModel,
    loader: CorruptLoader,
    benchmark: Benchmark,
    labels: Labels,
    limit: int | None,
    precision: Precision,
    attacks: Attacks,
) -> dict[str, Any]:
    """What must be equal for two runs to have the same predictions; `limit` is how many images are taken, None for
    all.
    """
    return {
        **describe_bytes(loader, benchmark),
        **attacks.describe(),
        "mean": plain(model.mean),
        "std": plain(model.std),
        "dtype": precision.dtype,
        "autocast": precision.autocast,
        "scores": model.scores,
        "model": {"fingerprint": model_fingerprint(model.function)},
        "data": {
            **describe_data(loader),
            "limit": limit,
            "labels": label_pairs(labels.mapping),
            "restrict_to_labels": labels.restrict,
            "unlabelled": labels.unlabelled,
        },
    }


def agreed(own: dict[str, Any], group: Processes) -> dict[str, Any]:
    """The first process's configuration; RecordError in one that has other images or another model."""
    told: dict[str, Any] = group.first_does(lambda: own)
    if told != own and (different := differences(flat(told), flat(own), "{} is {} in the first process and {} here")):
        raise RecordError(f"process {group.rank} would evaluate something else: {'; '.join(different)}")
    return told


def describe_bytes(loader: CorruptLoader, benchmark: Benchmark) -> dict[str, Any]:
    """What, besides the data, fixes the bytes of the corrupted images; also checks that each condition of the
    benchmark, or of the part that is asked for, can be made.
    """
    check_depth(loader, benchmark)
    for name in benchmark.formulas:
        check_condition(Condition(name, benchmark.severities[name][-1]), loader.settings, loader.source)
    return {
        **describe_settings(loader),
        "benchmark": benchmark.name,
        # A benchmark of this version is known by its name; another one is kept whole, so that the record can be read
        # without its file.
        **({} if shipped(benchmark.file) else {"definition": benchmark.file.text}),
        "variant": variant_names(loader, benchmark.whole),
        **variant_definition(loader, benchmark.file),
        **bank_of(loader, benchmark),
    }


def check_depth(loader: CorruptLoader, benchmark: Benchmark) -> None:
    """OptionError where some of the corruptions need a depth map beside each image and the source has none: it names
    them, and what is left without them.
    """
    names = {name: "depth" in find_corruption(benchmark.of(name)).needs for name in benchmark.formulas}
    if not any(names.values()) or gives_depth(loader.source):
        return
    asking, others = ([name for name, needs in names.items() if needs is wanted] for wanted in (True, False))
    left = f"; or leave them out: corruptions={','.join(others)!r} ({len(others)} of {len(names)})" if others else ""
    raise OptionError(f"{', '.join(asking)} of {benchmark.name}: each {lacking_depth(loader.source)}{left}")


def bank_of(loader: CorruptLoader, benchmark: Benchmark) -> dict[str, str]:
    """Which bank of tiles is used, where a corruption of the whole benchmark is made of one."""
    if not any("tiles" in find_corruption(benchmark.of(name)).assets for name in benchmark.formulas):
        return {}
    return {"tiles": bank_fingerprint(loader.settings.textures)}


def describe_data(loader: CorruptLoader) -> dict[str, Any]:
    """Which images they are."""
    return {"samples": len(loader.source), "fingerprint": data_fingerprint(loader.source)}


def variant_names(loader: CorruptLoader, benchmark: Benchmark) -> str:
    """The severity tables that are used; by size, judged by eight images where the geometry does not fix the size."""
    name = loader.settings.variant
    if name in benchmark.file.variants:
        return str(name)
    places = np.unique(np.linspace(0, len(loader.source) - 1, 8).astype(int)).tolist()
    found = set()
    for index in places if loader.geometry.crop is None else places[:1]:
        try:
            image, _ = loader.source.decode(index)
        except DecodeError:
            continue
        height, width, _ = loader.geometry(image).shape
        found.add(find_variant(name, height, width, benchmark.corruptions[0])[1].name)
    return " ".join(sorted(found))


def variant_definition(loader: CorruptLoader, known: BenchmarkFile | None = None) -> dict[str, str]:
    """The text of a file of one's own that the severities come from, where it is not the one that is kept already."""
    name = loader.settings.variant
    file = None if name is None else find_variant(name, 224, 224)[0]
    return {} if file is None or file == known or shipped(file) else {"variant_definition": file.text}


def plain(value: Any) -> Any:
    """A mean or deviation as JSON has it."""
    return None if value is None else np.asarray(value, dtype=np.float64).tolist()


def versions() -> dict[str, str]:
    """Those of this package and of what belongs on record."""
    return {"corrupt_engine": __version__, **{n: found for n in recorded_packages() if (found := installed(n))}}


def label_pairs(mapping: Mapping[Any, int] | None) -> list[tuple[str, int]] | None:
    """Class numbers by label, as JSON has them."""
    return None if mapping is None else sorted((str(key), int(value)) for key, value in mapping.items())


def describe_settings(loader: CorruptLoader) -> dict[str, Any]:
    """What of a loader fixes the bytes, besides its corruptions and their severity tables."""
    return {
        # Releases that differ in the last number alone make the same bytes.
        "corrupt_engine": __version__.rpartition(".")[0],
        "seed": loader.settings.seed,
        "as_stored": loader.settings.as_stored,
        "textures": loader.settings.textures,
        "geometry": repr(loader.geometry),
        **loader.named_keys(),
    }


def recorded_packages() -> tuple[str, ...]:
    """The packages whose versions belong on record, those of the devices among them."""
    of_devices = (package for kind in kinds().values() for package in kind.packages)
    return (*PACKAGES, TURBOJPEG_PACKAGE, *DALI_PACKAGES, *of_devices)


def run_facts(
    model: LoadedModel, loader: CorruptLoader, labels: Labels, processes: int, command: str
) -> Mapping[str, Any]:
    """What the model and the classes are called, the command, versions, the kind of machine (no name of it)."""
    return {
        "model": model.name,
        "command": command,
        "versions": {
            **versions(),
            "python": platform.python_version(),
        },
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "processes": processes,
        "device": loader.tensor_format.device,
        "backend": loader.backend,
        "decoder": loader.decoder,
        "batch_size": loader.batch_size,
        "channels_last": loader.tensor_format.channels_last,
        "class_names": list(labels.class_names),
    }
