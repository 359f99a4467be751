"""Stored ids come back as they went in, and a store is whole or is none."""

import mmap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpseq import durable
from nlpseq.data import store
from nlpseq.data.store import Store, cache_folder, is_whole, key, write
from nlpseq.errors import StorageError

IDS = st.lists(st.integers(0, 2**31 - 1), max_size=5)
ROWS = st.lists(st.fixed_dictionaries({"source": IDS, "target": IDS}), max_size=6)
COLUMNS = ("source", "target")


@given(rows=ROWS, chunk=st.sampled_from([1, 4, 1 << 16]))
def test_what_is_stored_comes_back(tmp_path_factory, rows, chunk):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "_CHUNK", chunk)
        patch.setattr(durable.os, "fsync", lambda file: None)
        found = write(tmp_path_factory.mktemp("store"), COLUMNS, iter(rows))
    assert (len(found), found.columns) == (len(rows), COLUMNS)
    for column in COLUMNS:
        assert found.lengths(column).tolist() == [len(row[column]) for row in rows]
        back = found.ids(column, range(len(rows)))
        assert [ids.tolist() for ids in back] == [row[column] for row in rows]


ROW = [{"source": [5, 6, 7], "target": []}, {"source": [], "target": [1]}]


def test_rows_may_be_asked_for_in_any_order_and_twice(tmp_path):
    found = write(tmp_path / "new", COLUMNS, ROW)
    rows = np.array([1, 0, 0])
    assert [ids.tolist() for ids in found.ids("source", rows)] == [[], [5, 6, 7], [5, 6, 7]]


def test_a_store_of_no_rows_is_a_store(tmp_path):
    found = write(tmp_path, COLUMNS, [])
    assert (len(found), len(found.lengths("source")), found.ids("source", [])) == (0, 0, [])


def test_a_store_is_read_where_it_lies(tmp_path):
    ids = write(tmp_path, COLUMNS, ROW).ids("source", [0])[0]
    owner = ids
    while isinstance(owner, np.ndarray):
        owner = owner.base
    assert isinstance(owner, mmap.mmap)
    with pytest.raises(ValueError, match="read-only"):
        ids[0] = 3


def test_the_files_are_what_the_first_lines_of_the_module_say(tmp_path):
    write(tmp_path, COLUMNS, ROW)
    assert np.fromfile(tmp_path / "source.ids", "<i4").tolist() == [5, 6, 7]
    assert np.fromfile(tmp_path / "source.offsets", "<i8").tolist() == [0, 3, 3]
    assert (tmp_path / "header.json").read_bytes() == (
        b'{"columns": ["source", "target"], "format": 3, "known": 0, "rows": 2}\n'
    )
    assert len(list(tmp_path.iterdir())) == 6


def test_the_header_comes_last(tmp_path, monkeypatch):
    seen = []
    replace = durable.os.replace

    def watched(source, target):
        seen.append((Path(target).name, is_whole(tmp_path)))
        replace(source, target)

    monkeypatch.setattr(durable.os, "replace", watched)
    write(tmp_path, COLUMNS, ROW)
    assert [name for name, _ in seen[-1:]] == ["header.json"]
    assert len(seen) == 6
    assert not any(whole for _, whole in seen)
    assert is_whole(tmp_path)


@pytest.mark.parametrize("last", range(5))
def test_a_store_that_was_cut_off_is_not_whole_and_can_be_written_again(
    tmp_path, monkeypatch, last
):
    replace, left = durable.os.replace, iter(range(last))

    def fail(source, target):
        if next(left, None) is None:
            raise OSError(28, "No space left on device")
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(durable.os, "replace", fail)
        with pytest.raises(StorageError, match="No space left on device"):
            write(tmp_path, COLUMNS, ROW)
    assert not is_whole(tmp_path)
    assert not list(tmp_path.glob(".*"))
    write(tmp_path, COLUMNS, ROW)
    assert Store(tmp_path).lengths("source").tolist() == [3, 0]


def test_rows_that_fail_leave_nothing(tmp_path):
    def rows():
        yield ROW[0]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write(tmp_path, COLUMNS, rows())
    assert list(tmp_path.iterdir()) == []


def test_a_key_follows_from_its_parts_and_from_nothing_else():
    assert key("a", {"b": 1, "c": 2}) == key("a", {"c": 2, "b": 1})
    keys = [key(), key("a"), key("a", "b"), key("ab"), key(["a", "b"]), key("a", 1), key("a", "1")]
    assert len(set(keys)) == len(keys)


def test_the_cache_is_where_the_environment_says(monkeypatch):
    monkeypatch.setenv("NLPSEQ_CACHE", "/somewhere")
    assert cache_folder() == Path("/somewhere")
    monkeypatch.setenv("NLPSEQ_CACHE", "")
    monkeypatch.setenv("HOME", "/home/a")
    assert cache_folder() == Path("/home/a/.cache/nlpseq")
