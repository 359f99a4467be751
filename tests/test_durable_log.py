"""A log grows by whole lines, and goes back to where a checkpoint saw it."""

import os

import pytest

from nlpseq import durable
from nlpseq.errors import RunFolderError


@pytest.fixture
def log(tmp_path):
    log = durable.Log(tmp_path / "log")
    yield log
    log.close()


def test_a_line_is_written_whole_and_synced(log, monkeypatch):
    write, done = os.write, []
    monkeypatch.setattr(
        os, "write", lambda file, data: done.append("write") or write(file, data[:2])
    )
    monkeypatch.setattr(os, "fsync", lambda file: done.append("fsync"))
    log.append(b"one\n")
    assert done == ["write", "write", "fsync"]
    assert log.path.read_bytes() == b"one\n"


def test_a_log_can_be_cut_back_to_a_mark_and_grows_from_there(log):
    start = log.mark()
    log.append(b"one\n")
    mark = log.mark()
    log.append(b"two\n")
    log.cut(*mark)
    log.append(b"three\n")
    assert log.path.read_bytes() == b"one\nthree\n"
    log.cut(*start)
    assert log.path.read_bytes() == b""


@pytest.mark.parametrize("content", [b"two\n", b"on", b""])
def test_a_log_that_changed_since_is_not_cut(log, content):
    log.append(b"one\n")
    mark = log.mark()
    log.path.write_bytes(content)
    with pytest.raises(RunFolderError, match="log: changed since the checkpoint was written"):
        log.cut(*mark)
    assert log.path.read_bytes() == content


def test_a_log_that_is_there_is_taken_up(tmp_path):
    (tmp_path / "log").write_bytes(b"one\n")
    log = durable.Log(tmp_path / "log")
    log.append(b"two\n")
    log.close()
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"
