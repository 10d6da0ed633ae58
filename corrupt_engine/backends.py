"""The ways of getting decoded batches, with the same bytes: DALI's threads, Pillow in our own threads, or torch's worker processes."""

import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .errors import MissingExtraError, OptionError, UnknownNameError
from .loading import load, stack
from .options import check_count
from .recipe import Batch, Recipe
from .sources import DatasetSource, EncodedSource, Source
from .threads import Threads, processors

BACKENDS = ("auto", "dali", "threads", "torch")
DECODERS = ("cpu", "gpu")
FOR_PROCESSES = {"timeout": "timeout", "context": "multiprocessing_context", "init": "worker_init_fn"}


@dataclass(frozen=True)
class Workers:
    """Who works: `count` decode (processes for "torch", threads for the others), `threads` of this process corrupt and normalise.

    0 is the calling thread, with nothing done ahead. `prefetch` batches are made ahead by each process, or by the threads;
    `timeout` (seconds, 0 waits for ever), `context` and `init` are torch's timeout, multiprocessing_context and worker_init_fn.
    `decode_on` is the device that decodes, with backend="dali".
    """

    backend: str
    count: int
    threads: int
    prefetch: int = 2
    timeout: float = 0
    context: Any = None
    init: Callable[[int], None] | None = None
    decode_on: str = "cpu"


def dali_installed() -> bool:
    """Whether DALI can be imported (not whether a GPU is there: its CPU mode needs none)."""
    return importlib.util.find_spec("nvidia") is not None and importlib.util.find_spec("nvidia.dali") is not None


def choose_workers(backend: str, source: Source, num_workers: int | None, num_threads: int | None, turns: int, **options: Any) -> Workers:
    """Resolve the backend and the number of its workers. An explicit request is met or refused, never replaced.

    "auto" takes worker processes for a torch Dataset (whose code may hold the interpreter's lock, or not bear threads) and where an
    option is for processes; else DALI for encoded images where it is installed; else, and where there are to be no workers, threads.
    """
    if backend not in BACKENDS:
        raise UnknownNameError("backend", backend, BACKENDS)
    options = {name: value for name, value in options.items() if value is not None}
    foreign = [theirs for name, theirs in FOR_PROCESSES.items() if options.get(name)]
    if backend == "auto":
        dali = isinstance(source, EncodedSource) and num_workers != 0 and dali_installed()
        backend = "torch" if foreign or isinstance(source, DatasetSource) else "dali" if dali else "threads"
    if backend == "dali":
        check_dali(source)
    if foreign and backend != "torch":
        raise OptionError(f'{", ".join(foreign)}: for worker processes, and backend "{backend}" has threads; use backend="torch"')
    threads = None if num_threads is None else check_count("num_threads", num_threads, 0)
    decoding = processors() if num_workers is None else check_count("num_workers", num_workers, 1 if backend == "dali" else 0)
    if backend == "torch":
        # Its processes corrupt; only what needs a batch several times is left for this process.
        return Workers(backend, decoding, (processors() if turns > 1 else 0) if threads is None else threads, **options)
    if num_workers is None and threads is not None:
        decoding = max(threads, 1) if backend == "dali" else threads
    return Workers(backend, decoding, decoding if threads is None else threads, **options)


def check_decoder(decoder: str, workers: Workers, device: str) -> Workers:
    """The workers, with the device that decodes; OptionError where the GPU is to decode and cannot."""
    if decoder not in DECODERS:
        raise UnknownNameError("decoder", decoder, DECODERS)
    if decoder == "cpu":
        return workers
    if device == "cpu" or workers.backend != "dali":
        raise OptionError(f'decoder="gpu" needs device="cuda" and backend="dali"; they are {device!r} and {workers.backend!r}')
    return replace(workers, decode_on=device)


def check_dali(source: Source) -> None:
    """Fail where DALI is not installed, or has nothing to decode."""
    if not dali_installed():
        hint = 'use backend="threads"' + ("" if sys.platform == "linux" else " (DALI is for Linux)")
        raise MissingExtraError("NVIDIA DALI", "dali", hint)
    if not isinstance(source, EncodedSource):
        raise OptionError(f'backend="dali" decodes image files, and {type(source).__name__} has none; use backend="threads" or "torch"')


def decoded_batches(
    source: Source, batches: Sequence[Sequence[int]], recipe: Recipe, workers: Workers, threads: Threads
) -> Iterator[Batch]:
    """The batches, each picture decoded once and brought to size; worker processes also corrupt them, where there is one turn."""
    if workers.backend == "dali" and isinstance(source, EncodedSource):
        if workers.decode_on != "cpu":
            from .device_decoding import device_batches

            return device_batches(source, batches, recipe, threads, workers.decode_on)
        from .dali_decoding import dali_batches

        return dali_batches(source, batches, recipe, threads)
    if workers.backend == "torch":
        from .process_decoding import process_batches

        return process_batches(source, batches, recipe, workers)
    return thread_batches(source, batches, recipe, threads)


def thread_batches(source: Source, batches: Sequence[Sequence[int]], recipe: Recipe, threads: Threads) -> Iterator[Batch]:
    """With the source's own decoder (Pillow for files) in threads."""
    for batch in batches:
        yield stack(threads.map(lambda n, batch=batch: load(source, batch[n], recipe), len(batch)))  # type: ignore[misc]
