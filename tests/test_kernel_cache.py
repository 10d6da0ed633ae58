"""Compiled kernels on disk, where several processes compile at once."""

import pytest
from numba.core.caching import IndexDataCacheFile

from corrupt_engine.kernels.jit import _NamedByContent


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


@pytest.mark.parametrize("types", ["some", "other"])
def test_what_was_saved_is_loaded(tmp_path, types):
    cache = _NamedByContent(str(tmp_path), "kernel", "stamp")
    cache.save("some", "code for some")
    cache.save("other", "code for other")
    assert cache.load(types) == f"code for {types}"
    assert _NamedByContent(str(tmp_path), "kernel", "another stamp").load(types) is None
