"""Compiled kernels on disk, where several processes compile at once."""

import errno
import gc
import os

import pytest
from numba.core import config
from numba.core.caching import IndexDataCacheFile, NullCache
from numba.core.dispatcher import Dispatcher

import corrupt_engine as ce
from corrupt_engine.kernels import loaded
from corrupt_engine.kernels.jit import _NamedByContent, cpu
from corrupt_engine.kernels.registry import registry


def saved_at_once(kind, folder, monkeypatch):
    """What two caches load that read the index before either wrote it, the first of which writes its code last."""
    first, second = (kind(str(folder), "kernel", "stamp") for _ in range(2))

    def saved_meanwhile(name, data, save=first._save_data):
        with monkeypatch.context() as patch:
            patch.setattr(second, "_load_index", dict)
            second.save("second's types", "second's code")
        save(name, data)

    monkeypatch.setattr(first, "_save_data", saved_meanwhile)
    first.save("first's types", "first's code")
    return first.load("first's types"), second.load("second's types")


def test_code_is_never_anothers(tmp_path, monkeypatch):
    first, second = saved_at_once(_NamedByContent, tmp_path, monkeypatch)
    assert first in ("first's code", None) and second in ("second's code", None)


def test_the_check_can_fail(tmp_path, monkeypatch):
    """Numba's own: when this no longer holds, neither is `_NamedByContent` needed."""
    assert saved_at_once(IndexDataCacheFile, tmp_path, monkeypatch)[1] == "first's code"


def test_every_compiled_function_is_kept_so():
    assert ce.CorruptLoader and registry() and loaded("planes")  # by which all that is compiled is imported
    found = [one for one in gc.get_objects() if issubclass(type(one), Dispatcher)]
    kept = [one for one in found if (one.py_func.__module__ or "").startswith("corrupt_engine")]
    assert len(kept) > 100
    for one in kept:
        if not isinstance(one._cache, NullCache):
            assert isinstance(one._cache._cache_file, _NamedByContent), one


def compiled_in(folder, monkeypatch):
    """A function as a new process finds it, with its code kept in that folder."""
    monkeypatch.setattr(config, "CACHE_DIR", str(folder))
    return cpu(_doubled)


def _doubled(value):
    return value * 2


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
def test_a_file_that_lost_a_part_is_made_anew(suffix, tmp_path, monkeypatch):
    """As after a loss of power: every later process ended in an EOFError of pickle's."""
    assert compiled_in(tmp_path, monkeypatch)(3) == 6
    (file,) = tmp_path.rglob(f"*{suffix}")
    whole = file.stat().st_size
    for left in (0, whole // 2):
        os.truncate(file, left)
        assert compiled_in(tmp_path, monkeypatch)(4) == 8 and file.stat().st_size > left  # names in it count up
    again = compiled_in(tmp_path, monkeypatch)
    assert again(5) == 10 and sum(again.stats.cache_hits.values()) == 1


def test_a_full_disk_keeps_no_code_and_stops_nothing(tmp_path, monkeypatch):
    def full(self, name, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(_NamedByContent, "_save_data", full)
    assert compiled_in(tmp_path, monkeypatch)(3) == 6
    monkeypatch.undo()
    assert compiled_in(tmp_path, monkeypatch)(3) == 6 and list(tmp_path.rglob("*.nbc"))


@pytest.mark.parametrize("types", ["some", "other"])
def test_what_was_saved_is_loaded(tmp_path, types):
    cache = _NamedByContent(str(tmp_path), "kernel", "stamp")
    cache.save("some", "code for some")
    cache.save("other", "code for other")
    assert cache.load(types) == f"code for {types}"
    assert _NamedByContent(str(tmp_path), "kernel", "another stamp").load(types) is None
