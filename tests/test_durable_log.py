"""A log grows by whole lines, and goes back to where a checkpoint saw it."""

import errno
import os

import pytest

from nlpseq import durable
from nlpseq.errors import RunFolderError, StorageError


@pytest.fixture
def log(tmp_path):
    return durable.Log(tmp_path / "log")


def put(log, *lines):
    for line in lines:
        log.append(line)
    log.sync()


def test_lines_wait_until_they_are_brought_to_the_disk_whole(log, monkeypatch):
    write, done = os.write, []
    log.append(b"one\n")
    log.append(b"two\n")
    assert log.path.read_bytes() == b""
    monkeypatch.setattr(
        os, "write", lambda file, data: done.append("write") or write(file, data[:5])
    )
    monkeypatch.setattr(os, "fsync", lambda file: done.append("fsync"))
    log.sync()
    log.sync()
    assert done == ["write", "write", "fsync"]
    assert log.path.read_bytes() == b"one\ntwo\n"


def test_its_name_reaches_the_disk_before_its_lines(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(
        os, "fsync", lambda file: synced.append(os.readlink(f"/proc/self/fd/{file}"))
    )
    durable.Log(tmp_path / "log")
    assert synced == [str(tmp_path)]


@pytest.mark.parametrize("name", ["open", "ftruncate", "write", "fsync", "close"])
def test_what_was_not_written_waits_and_is_written_anew(log, monkeypatch, name):
    put(log, b"one\n")
    log.append(b"two\n")
    real = getattr(os, name)

    def fail(*arguments):
        if name in ("close", "fsync"):
            real(*arguments)
        if name == "write":
            real(arguments[0], arguments[1][:2])
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, name, fail)
        with pytest.raises(StorageError, match=r"log: not written: Input/output error \(EIO\)"):
            log.sync()
    put(log, b"three\n")
    assert log.path.read_bytes() == b"one\ntwo\nthree\n"
    assert log.mark() == durable.Log(log.path).mark()


def test_a_mark_counts_what_waits(log):
    log.append(b"one\n")
    mark = log.mark()
    log.sync()
    assert log.mark() == mark == durable.Log(log.path).mark()


def test_a_log_can_be_cut_back_to_a_mark_and_grows_from_there(log):
    start = log.mark()
    put(log, b"one\n")
    mark = log.mark()
    put(log, b"two\n")
    log.append(b"waiting\n")
    log.cut(*mark)
    put(log, b"three\n")
    assert log.path.read_bytes() == b"one\nthree\n"
    log.cut(*start)
    assert log.path.read_bytes() == b""
    assert log.mark() == start


@pytest.mark.parametrize("content", [b"two\n", b"on", b""])
def test_a_log_that_changed_since_is_not_cut(log, content):
    put(log, b"one\n")
    mark = log.mark()
    log.path.write_bytes(content)
    with pytest.raises(RunFolderError, match="log: changed since the checkpoint was written"):
        log.cut(*mark)
    assert log.path.read_bytes() == content


def test_a_log_that_is_there_is_taken_up(tmp_path):
    (tmp_path / "log").write_bytes(b"one\n")
    put(durable.Log(tmp_path / "log"), b"two\n")
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"
