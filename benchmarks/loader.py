"""JPEG files to normalized batches: CorruptLoader against a torch DataLoader with Pillow and imagecorruptions-imaug.

Clean loading stands beside a torch DataLoader, DALI's own pipeline, and simplejpeg with Pillow's resize in threads; and
the loader under a corruption beside decoding alone, of which it cannot make more.

Both sides read the same folder of 500 x 375 JPEGs of quality 90 (cut from the photographs inside the package foolbox),
take it through Resize(256), CenterCrop(224) and one corruption, and give float32 batches of 64, normalized with
ImageNet's mean and deviation. Both have as many workers as cores. They take turns, epoch by epoch, so that a noisy
machine is noisy for both; ratios are made within a round.
"""

import importlib.util
import resource
import statistics
import tempfile
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader

import corrupt_engine as ce
from corrupt_engine.loader.decode.turbojpeg import decode_file
from corrupt_engine.sources import FileSource, folder_source
from corrupt_engine.transforms.geometry import find_geometry
from corrupt_engine.transforms.normalize import write_levels
from corrupt_engine.transforms.tensors import IMAGENET_MEAN, IMAGENET_STD, TensorFormat

from .interleaving import in_turns
from .machine import limited_to

# Corruption, severity, how many times faster ours is to be, and the share of the folder that a round goes through.
CASES = (("gaussian_noise", 3, 5.0, 1.0), ("zoom_blur", 3, 15.0, 0.375))
OF_DECODING = 0.8
"""The share of the rate of decoding alone that loading under gaussian_noise is to reach."""
BATCH, CORES = 64, 2


def make_folder(root: Path, images: int) -> Path:
    """Different cuts of twenty photographs, in twenty class folders."""
    places = importlib.util.find_spec("foolbox").submodule_search_locations
    photos = sorted((Path(places[0]) / "data").glob("imagenet_*.jpg"))
    for number in range(images):
        photo = Image.open(photos[number % len(photos)]).convert("RGB")
        left, top = number * 7 % 13, number * 11 % 138
        path = root / f"{number % len(photos):02}" / f"{number:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        photo.crop((left, top, left + 500, top + 375)).save(path, quality=90)
    return root


class Peer:
    """What people write: Pillow, torchvision's arithmetic, and the corruption in between."""

    def __init__(self, source: FileSource, corruption: str, severity: int) -> None:
        self.source, self.corruption, self.severity = source, corruption, severity
        self.mean, self.std = (torch.tensor(value)[:, None, None] for value in (IMAGENET_MEAN, IMAGENET_STD))

    def __len__(self):
        return len(self.source)

    def __getitem__(self, index):
        return self.normalize(self.corrupt(self.resize(self.decode(index)))), self.source.labels[index]

    def decode(self, index):
        return Image.open(self.source.files[index]).convert("RGB")

    def resize(self, image):
        short = min(image.size)
        width, height = (int(256 * side / short) for side in image.size)
        left, top = round((width - 224) / 2), round((height - 224) / 2)
        return image.resize((width, height), Image.Resampling.BILINEAR).crop((left, top, left + 224, top + 224))

    def corrupt(self, image):
        from imagecorruptions import corrupt

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the peer's libraries deprecate what it calls
            return corrupt(self.as_array(image), corruption_name=self.corruption, severity=self.severity)

    def as_array(self, image):
        return np.asarray(image)

    def normalize(self, image):
        planes = torch.from_numpy(image).permute(2, 0, 1).contiguous().to(torch.float32).div_(255)
        return planes.sub_(self.mean).div_(self.std)


def one_thread(_: int) -> None:
    """OpenCV's own threads would fight over the cores that the workers have."""
    import cv2

    cv2.setNumThreads(1)


def peer_loader(source: FileSource, corruption: str, severity: int, workers: int) -> DataLoader:
    return DataLoader(
        Peer(source, corruption, severity), batch_size=BATCH, num_workers=workers, worker_init_fn=one_thread
    )


def our_loader(source: FileSource, corruption: str, severity: int, workers: int) -> ce.CorruptLoader:
    return ce.CorruptLoader(source, corruption, severity, batch_size=BATCH, num_workers=workers)


class Clean(Peer):
    """The peer without a corruption."""

    def corrupt(self, image):
        return np.array(image)


class OfSimplejpeg(Clean):
    """What people write who know where the time goes: the fastest decoder, in threads."""

    def decode(self, index):
        import simplejpeg

        return Image.fromarray(simplejpeg.decode_jpeg(self.source.files[index].read_bytes()))

    def batches(self, workers: int) -> Iterator[tuple[torch.Tensor, list[int]]]:
        with ThreadPoolExecutor(workers) as pool:
            waiting = []
            for start in range(0, len(self), BATCH):
                numbers = range(start, min(start + BATCH, len(self)))
                waiting.append([pool.submit(self.__getitem__, number) for number in numbers])
                if len(waiting) > 2:
                    yield self.batch(waiting.pop(0))
            yield from map(self.batch, waiting)

    def batch(self, futures):
        images, labels = zip(*(future.result() for future in futures), strict=True)
        return torch.stack(images), list(labels)


def dali_batches(source: FileSource, workers: int) -> Iterator[tuple[torch.Tensor, np.ndarray]]:
    """DALI's own reader, decoder, resize, crop and normalization."""
    import nvidia.dali as dali
    from nvidia.dali import fn

    pipeline = dali.Pipeline(batch_size=BATCH, num_threads=workers, device_id=None, prefetch_queue_depth=2)
    with pipeline:
        files = list(map(str, source.files))
        encoded, labels = fn.readers.file(files=files, labels=list(source.labels), pad_last_batch=False)
        images = fn.decoders.image(encoded, device="cpu", output_type=dali.types.RGB)
        images = fn.resize(images, resize_shorter=256, interp_type=dali.types.INTERP_LINEAR)
        given = {"mean": [255 * value for value in IMAGENET_MEAN], "std": [255 * value for value in IMAGENET_STD]}
        images = fn.crop_mirror_normalize(images, crop=(224, 224), dtype=dali.types.FLOAT, output_layout="CHW", **given)
        pipeline.set_outputs(images, labels)
    pipeline.build()
    try:
        for _ in range(len(source) // BATCH):
            images, labels = pipeline.run()
            yield torch.from_numpy(np.array(images.as_array())), labels.as_array()
    finally:
        pipeline._shutdown()


def decoded_alone(source: FileSource, workers: int) -> Iterator[tuple[None, range]]:
    """Files read and decoded, and nothing else: what no loader that decodes can exceed."""
    import simplejpeg

    with ThreadPoolExecutor(workers) as pool:

        def one(number: int) -> None:
            simplejpeg.decode_jpeg(source.files[number].read_bytes())

        for start in range(0, len(source), BATCH):
            numbers = range(start, min(start + BATCH, len(source)))
            list(pool.map(one, numbers))
            yield None, numbers


def measure_clean(source: FileSource, rounds: int, workers: int) -> dict:
    """Rounds in turns of clean loading by all, of ours under gaussian_noise, and of decoding alone."""
    sides = {
        "ours": lambda: ce.CorruptLoader(source, batch_size=BATCH, num_workers=workers),
        "torch DataLoader": lambda: DataLoader(
            Clean(source, "", 0), batch_size=BATCH, num_workers=workers, worker_init_fn=one_thread
        ),
        "DALI": lambda: dali_batches(source, workers),
        "simplejpeg in threads": lambda: OfSimplejpeg(source, "", 0).batches(workers),
        "ours under gaussian_noise": lambda: our_loader(source, "gaussian_noise", 3, workers),
        "decoding alone": lambda: decoded_alone(source, workers),
    }
    speeds = {side: [] for side in sides}
    for side, counts in in_turns(sides, rounds):
        speed, _ = epoch(sides[side]())
        if counts:
            speeds[side].append(speed)
    peers = ("torch DataLoader", "DALI", "simplejpeg in threads")
    fastest = max(peers, key=lambda side: statistics.median(speeds[side]))
    loader = ce.CorruptLoader(source)

    def ratio(one: str, other: str) -> float:
        return statistics.median(a / b for a, b in zip(speeds[one], speeds[other], strict=True))

    return {
        "images_per_second": speeds,
        "decoder": loader.decoder,
        "fastest": fastest,
        "ratio": ratio("ours", fastest),
        "of_decoding": ratio("ours under gaussian_noise", "decoding alone"),
    }


def clean_table(clean: dict) -> list[str]:
    """Markdown."""
    names = list(clean["images_per_second"])
    return [
        "",
        f"Images a second, decoded by {clean['decoder']}:",
        "",
        f"| {' | '.join(names)} |",
        f"|{'---|' * len(names)}",
        f"| {' | '.join(f'{statistics.median(values):.0f}' for values in clean['images_per_second'].values())} |",
        "",
        f"Clean, ours gives {clean['ratio']:.2f} times the images of the fastest other, {clean['fastest']}; under "
        f"gaussian_noise {clean['of_decoding']:.0%} of what decoding alone does.",
    ]


def cpu_seconds() -> float:
    """Processor time of this process and of the worker processes that have ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def epoch(loader) -> tuple[float, float]:
    """Images a second, and milliseconds of processor time an image, over one epoch; the start of the workers
    included.
    """
    start, before = time.perf_counter(), cpu_seconds()
    images = sum(len(labels) for _, labels in loader)
    elapsed = time.perf_counter() - start
    return images / elapsed, 1000 * (cpu_seconds() - before) / images


def stages(source: FileSource, corruption: str, severity: int, repeats: int = 40) -> dict[str, dict[str, float]]:
    """Milliseconds an image of each step, alone on one thread, the two sides in turn; medians."""
    one_thread(0)
    theirs = Peer(source, corruption, severity)
    levels, planes = TensorFormat().levels(3), np.empty((1, 3, 224, 224), np.uint32)
    steps = {
        "theirs": [theirs.decode, theirs.resize, theirs.corrupt, theirs.normalize],
        "ours": [
            lambda index: decode_file(source.encoded(index), source.name(index)),
            find_geometry("imagenet-c"),
            lambda image: ce.corrupt(image, corruption, severity, threads=1, ids=0),
            lambda image: write_levels(image[None], planes, levels, channels_last=False),
        ],
    }
    names = ("decode", "resize and crop", "corrupt", "normalize")
    times = {side: {name: [] for name in names} for side in steps}
    for repeat in range(repeats):
        for side, functions in steps.items():
            value = repeat % len(source)
            for name, function in zip(names, functions, strict=True):
                start = time.perf_counter()
                value = function(value)
                times[side][name].append(1000 * (time.perf_counter() - start))
    return {side: {name: statistics.median(values) for name, values in by.items()} for side, by in times.items()}


def measure_cases(whole: FileSource, rounds: int, workers: int) -> list[dict]:
    """Interleaved rounds of every case, after one of each that is not counted."""
    results = []
    for corruption, severity, target, share in CASES:
        count = int(share * len(whole))
        source = FileSource(whole.files[:count], whole.labels[:count])
        loaders = {
            "ours": our_loader(source, corruption, severity, workers),
            "theirs": peer_loader(source, corruption, severity, workers),
        }
        speeds, cpu = {side: [] for side in loaders}, {side: [] for side in loaders}
        for number in range(rounds + 1):
            for side, loader in loaders.items():
                speed, spent = epoch(loader)
                if number:
                    speeds[side].append(speed)
                    cpu[side].append(spent)
        ratios = sorted(a / b for a, b in zip(speeds["ours"], speeds["theirs"], strict=True))
        results.append(
            {
                "corruption": corruption,
                "severity": severity,
                "target": target,
                "images": count,
                "backend": loaders["ours"].backend,
                "images_per_second": speeds,
                "cpu_ms_per_image": cpu,
                "ratio": statistics.median(ratios),
                "ratios": ratios,
                "stages_ms": stages(source, corruption, severity),
            }
        )
    return results


def measure(quick: bool) -> dict:
    images, rounds = (128, 2) if quick else (1024, 7)
    with tempfile.TemporaryDirectory() as root, limited_to(CORES):
        source = folder_source(make_folder(Path(root), images))
        cases, clean = measure_cases(source, rounds, CORES), measure_clean(source, rounds, CORES)
    return {"workers": CORES, "rounds": rounds, "cases": cases, "clean": clean}


def goals(part: dict) -> Iterator[tuple[str, float, float]]:
    for case in part["cases"]:
        what = f"a loader under {case['corruption']}, times the images/s of a torch DataLoader with the peer"
        yield what, case["ratio"], case["target"]
    yield "clean loading, times the images/s of the fastest other", part["clean"]["ratio"], 1
    yield "a loader under gaussian_noise, share of decoding alone", part["clean"]["of_decoding"], OF_DECODING


def table(part: dict) -> str:
    lines = [
        "| corruption | images/s, ours and peer | times faster | rounds from .. to | processor ms an image, both | "
        "ratio |",
        "|---|---|---|---|---|---|",
    ]
    for case in part["cases"]:
        speeds, cpu = (
            [statistics.median(case[figure][side]) for side in ("ours", "theirs")]
            for figure in ("images_per_second", "cpu_ms_per_image")
        )
        lines.append(
            f"| {case['corruption']} {case['severity']} | {speeds[0]:.0f}, {speeds[1]:.0f} | **{case['ratio']:.1f}** | "
            f"{case['ratios'][0]:.1f} .. {case['ratios'][-1]:.1f} | {cpu[0]:.2f}, {cpu[1]:.2f} | "
            f"{cpu[1] / cpu[0]:.1f} |"
        )
    lines += clean_table(part["clean"])
    lines += ["", "One image on one thread, milliseconds, step by step:", ""]
    names = list(part["cases"][0]["stages_ms"]["ours"])
    lines += [f"| | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for case in part["cases"]:
        for side, whose in (("ours", "ours"), ("theirs", "peer")):
            cells = " | ".join(f"{case['stages_ms'][side][name]:.2f}" for name in names)
            lines.append(f"| {case['corruption']} {case['severity']}, {whose} | {cells} |")
    images = " and ".join(str(case["images"]) for case in part["cases"])
    lines.append(
        f"\n{part['workers']} workers on each side, {images} images a round, {part['rounds']} rounds, backend "
        f"{part['cases'][0]['backend']}. Other work on the machine slows both sides, and not equally; the processor "
        "time is what each side used itself."
    )
    return "\n".join(lines)
