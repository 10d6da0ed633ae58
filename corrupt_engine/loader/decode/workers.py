"""Who decodes, and who corrupts."""

import importlib.util
import multiprocessing
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ...devices import find_device
from ...errors import MissingExtraError, OptionError, UnknownNameError
from ...runtime.buffers import Buffers
from ...runtime.checks import check_count, check_name
from ...runtime.threads import processors
from ...sources import DatasetSource, EncodedSource, Source, WithDepth
from .turbojpeg import check_turbojpeg, turbojpeg_agrees

BACKENDS = ("auto", "dali", "threads", "torch")
DECODERS = ("cpu", "pillow", "turbojpeg", "gpu")
DALI_PACKAGES = ("nvidia-dali-cuda130", "nvidia-dali-cuda120")
"""The installable packages that DALI comes in."""
FOR_PROCESSES = {"timeout": "timeout", "context": "multiprocessing_context", "init": "worker_init_fn"}


@dataclass(frozen=True)
class Workers:
    """Who decodes, and who corrupts and normalizes. 0 of them is the calling thread, with nothing done ahead; DALI
    decodes on one thread of its own then.

    Args:
        backend: "dali", "threads" or "torch".
        count: how many decode: processes for "torch", threads for the others.
        threads: how many threads of this process corrupt and normalize; None for as many as there is work for.
        prefetch: how many batches are made ahead, by each process or by the threads.
        timeout: seconds that a process may take for a batch; 0 waits for ever.
        context: torch's multiprocessing_context.
        init: torch's worker_init_fn.
        decoder: what decodes image files on the host: "dali", "turbojpeg" or "pillow"; "source" where there are none,
            and the source gives images.
        decode_on: the device that decodes, with backend="dali".
    """

    backend: str
    count: int
    threads: int | None
    prefetch: int = 2
    timeout: float = 0
    context: Any = None
    init: Callable[[int], None] | None = None
    decoder: str = "source"
    decode_on: str = "cpu"

    def making(self, turns: int) -> int:
        """How many threads of this process corrupt and normalize batches that are wanted in so many turns.

        Args:
            turns: of the policy.

        Returns:
            A number from 0 on. Processes corrupt what is wanted once; the rest is left for this process.
        """
        if self.threads is not None:
            return self.threads
        return self.count if self.backend != "torch" else processors() if turns > 1 else 0

    def buffers(self) -> Buffers:
        """Memory for the batches that wait, the one being made, and the one being used.

        Returns:
            Buffers, empty yet.
        """
        return Buffers(self.prefetch + 2)


def dali_installed() -> bool:
    """Whether DALI can be imported (not whether a GPU is there: its CPU mode needs none).

    Returns:
        True where it is installed. Nothing is imported for the question.
    """
    return importlib.util.find_spec("nvidia") is not None and importlib.util.find_spec("nvidia.dali") is not None


def choose_workers(
    backend: str,
    source: Source,
    num_workers: int | None,
    num_threads: int | None,
    decoder: str = "cpu",
    **options: Any,
) -> Workers:
    """Resolve the backend, the number of its workers and what they decode with. An explicit request is met or refused,
    never replaced.

    "auto" takes worker processes for a torch Dataset and where an option is for processes: the code of a Dataset
    may not bear threads, or hold the interpreter's lock, of which there is one for however many workers. Where it
    does neither, backend="threads" is faster: with two workers 1.1 to 1.2 times as many 500 x 375 JPEGs read by
    Pillow, and 1.7 times as many 32 x 32 images in memory, but no more with a millisecond of Python beside each.
    "auto" takes threads where libjpeg-turbo decodes image files; else DALI for these where it is installed; else,
    and where there are to be no workers, threads.

    Args:
        backend: of BACKENDS.
        source: what is to be decoded.
        num_workers: how many decode; None for as many as num_threads says, else as there are processors.
        num_threads: how many threads of this process corrupt; None for as many as there is work for.
        decoder: of DECODERS; "cpu" for the fastest that is there and gives Pillow's bytes.
        options: prefetch, timeout, context and init of Workers; the last three are for processes.

    Returns:
        The Workers, whose backend is not "auto".

    Raises:
        UnknownNameError: there is no such backend or decoder.
        OptionError: a number is too small, an option or the decoder is not for this backend, or there are no image
            files to decode.
        MissingExtraError: backend="dali" without DALI, or decoder="turbojpeg" without simplejpeg.
    """
    check_name("backend", backend, BACKENDS)
    check_name("decoder", decoder, DECODERS)
    if decoder == "turbojpeg":
        check_turbojpeg(source)
    options = {name: value for name, value in options.items() if value is not None}
    foreign = [theirs for name, theirs in FOR_PROCESSES.items() if options.get(name)]
    by = host_decoder(source, decoder)
    if backend == "auto":
        wanted = decoder == "gpu" or (decoder == "cpu" and by == "pillow")
        dali = wanted and isinstance(source, EncodedSource) and num_workers != 0 and dali_installed()
        backend = "torch" if foreign or isinstance(of_samples(source), DatasetSource) else "dali" if dali else "threads"
    if backend == "dali":
        if decoder in ("pillow", "turbojpeg"):
            raise OptionError(f'decoder={decoder!r} and backend="dali" are two decoders; leave one of them out')
        check_dali(source)
        by = "dali"
    if foreign and backend != "torch":
        raise OptionError(
            f'{", ".join(foreign)}: for worker processes, and backend "{backend}" has threads; use backend="torch"'
        )
    context = options.get("context")
    if isinstance(context, str) and context not in multiprocessing.get_all_start_methods():
        raise UnknownNameError("multiprocessing_context", context, multiprocessing.get_all_start_methods())
    threads = None if num_threads is None else check_count("num_threads", num_threads, 0)
    if num_workers is None:
        decoding = processors() if threads is None else threads
    else:
        decoding = check_count("num_workers", num_workers, 0)
    return Workers(backend, decoding, threads, decoder=by, **options)


def host_decoder(source: Source, decoder: str) -> str:
    """What decodes the source's files in threads or processes of ours."""
    if not isinstance(source, EncodedSource):
        return "source"
    return "turbojpeg" if decoder == "turbojpeg" or (decoder == "cpu" and turbojpeg_agrees()) else "pillow"


def of_samples(source: Source) -> Source:
    """The source that decodes, under one that only puts depth maps beside its images."""
    return of_samples(source.source) if isinstance(source, WithDepth) else source


def check_decoder(decoder: str, workers: Workers, device: str) -> Workers:
    """Let the GPU decode, where that is asked for.

    Args:
        decoder: of DECODERS.
        workers: who decodes otherwise.
        device: where images are corrupted; with "gpu" they are decoded there too.

    Returns:
        The workers themselves, or for "gpu" others that decode on the device.

    Raises:
        OptionError: the GPU is to decode, and the device is the host or the backend not "dali".
    """
    if decoder != "gpu":
        return workers
    if find_device(device).on_host or workers.backend != "dali":
        raise OptionError(
            f'decoder="gpu" needs a GPU as device and backend="dali"; they are {device!r} and {workers.backend!r}'
        )
    return replace(workers, decoder="gpu", decode_on=device)


def check_dali(source: Source) -> None:
    """Fail where DALI is not installed, or has nothing to decode."""
    if not dali_installed():
        hint = 'use backend="threads"' + ("" if sys.platform == "linux" else " (DALI is for Linux)")
        raise MissingExtraError("NVIDIA DALI", "dali", hint)
    if not isinstance(source, EncodedSource):
        raise OptionError(
            f'backend="dali" decodes image files, and {type(source).__name__} has none; use backend="threads" or '
            '"torch"'
        )
