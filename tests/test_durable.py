"""All or nothing: every operation recorded, failed and cut off in turn."""

import errno
import itertools
import os
import re
import shutil
from collections.abc import Callable
from typing import NamedTuple

import pytest

from nlpseq import durable
from nlpseq.errors import StorageError

OPERATIONS = ("open", "write", "fsync", "close", "mkdir", "rename", "replace")


class Disk:
    """Stands between ``os`` and its callers: records what they do, and fails what it is told to.

    ``fault(number)`` is asked before each operation, from 1 on; what it raises, the caller sees.
    """

    def __init__(self, patch, fault=lambda number: None, shorten=lambda size: size):
        self.done = []
        self.count = self.cut = 0
        self._names = {}
        self._fault, self._shorten = fault, shorten
        for name in OPERATIONS:
            patch.setattr(os, name, getattr(self, name)(getattr(os, name)))

    def _begin(self):
        self.count += 1
        self._fault(self.count)

    def _say(self, what, *paths):
        names = [re.sub(r"-[0-9a-f]{8}$", "-TOKEN", os.path.basename(path)) for path in paths]
        self.done.append(" ".join([what, *names]))

    def open(self, real):
        def act(path, flags, *rest, **more):
            if not flags & (
                os.O_WRONLY | os.O_RDWR | os.O_DIRECTORY
            ):  # to remove what is left over
                return real(path, flags, *rest, **more)
            self._begin()
            file = real(path, flags, *rest, **more)
            self._names[file] = os.fspath(path)
            return file

        return act

    def write(self, real):
        def act(file, data):
            self._begin()
            written = real(file, data[: self._shorten(len(data))])
            self.cut += written < len(data)
            self._say("write", self._names[file])
            return written

        return act

    def fsync(self, real):
        def act(file):
            self._begin()  # the call itself takes time, and shows nothing
            self._say("fsync", self._names[file])

        return act

    def close(self, real):
        def act(file):
            real(file)  # as Linux does: the number is free even when the call fails
            if self._names.pop(file, None):
                self._begin()

        return act

    def _on_paths(self, real, name):
        def act(*paths, **more):
            self._begin()
            real(*paths, **more)
            self._say(name, *(path for path in paths if not isinstance(path, int)))

        return act

    def mkdir(self, real):
        return self._on_paths(real, "mkdir")

    def rename(self, real):
        return self._on_paths(real, "rename")

    def replace(self, real):
        return self._on_paths(real, "replace")


OLD = {"a": b"old", "in/b": b"older"}
NEW = {"a": b"new", "in/b": b"newer", "last": b"" * 3}


def put(path, content):
    """A file or a folder as the user has it."""
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        for name, data in content.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)


def look(path):
    if path.is_file():
        return path.read_bytes()
    if not path.exists():
        return None
    files = [file for file in path.rglob("*") if file.is_file()]
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


def beside(path):
    return sorted(other.name for other in path.parent.iterdir() if other != path)


def write_output(path, data):
    with durable.Output(path) as output:
        output.write(data[:2])
        output.write(data[2:])


class Writer(NamedTuple):
    """A function of durable, what is there before it, and what is to be there after it."""

    write: Callable
    old: object
    new: object

    def reset(self, path):
        """Whatever was tried before, go back to the old state."""
        durable.repair_folder(path)
        durable.sweep(path.parent)
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        put(path, self.old)


WRITERS = {
    "write_file": Writer(durable.write_file, b"old", b"newer"),
    "write_file, the first": Writer(durable.write_file, None, b"newer"),
    "write_folder": Writer(durable.write_folder, None, NEW),
    "replace_folder": Writer(durable.replace_folder, OLD, NEW),
    "replace_folder, the first": Writer(durable.replace_folder, None, NEW),
    "Output": Writer(write_output, b"old", b"newer"),
}
each_writer = pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)

SEQUENCES = {
    "write_file": [
        "write .tmp-it-TOKEN",
        "fsync .tmp-it-TOKEN",
        "replace .tmp-it-TOKEN it",
        "fsync home",
    ],
    "write_folder": [
        "mkdir .tmp-it-TOKEN",
        "mkdir in",
        "write a",
        "fsync a",
        "write b",
        "fsync b",
        "fsync last",
        "fsync in",
        "fsync .tmp-it-TOKEN",
        "rename .tmp-it-TOKEN it",
        "fsync home",
    ],
    "replace_folder": [
        "mkdir .new-it",
        "mkdir in",
        "write a",
        "fsync a",
        "write b",
        "fsync b",
        "fsync last",
        "fsync in",
        "fsync .new-it",
        "rename it .old-it",
        "rename .new-it it",
        "fsync home",
    ],
    "Output": [
        "write .tmp-it-TOKEN",
        "write .tmp-it-TOKEN",
        "fsync .tmp-it-TOKEN",
        "replace .tmp-it-TOKEN it",
        "fsync home",
    ],
}


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("name", list(SEQUENCES))
def test_data_reaches_the_disk_before_its_name_and_its_name_before_the_return(
    home, monkeypatch, name
):
    writer = WRITERS[name]
    put(home / "it", writer.old)
    with monkeypatch.context() as patch:
        disk = Disk(patch)
        writer.write(home / "it", writer.new)
    assert disk.done == SEQUENCES[name]


def test_a_removed_folder_loses_its_name_before_its_files(home, monkeypatch):
    put(home / "it", OLD)
    with monkeypatch.context() as patch:
        disk = Disk(patch)
        durable.remove_folder(home / "it")
    assert disk.done == ["rename it .trash-it", "fsync home"]
    assert beside(home / "it") == []


@each_writer
def test_what_was_written_is_there_and_nothing_else(home, writer):
    put(home / "it", writer.old)
    writer.write(home / "it", writer.new)
    assert look(home / "it") == writer.new
    assert beside(home / "it") == []


@each_writer
@pytest.mark.parametrize("left", [1, 2, 3])
def test_a_disk_that_takes_less_than_it_is_given_loses_nothing(home, monkeypatch, writer, left):
    taken = {
        1: lambda size: min(size, 1),
        2: lambda size: -(-size // 2),
        3: lambda size: max(size - 1, 1),
    }
    put(home / "it", writer.old)
    with monkeypatch.context() as patch:
        disk = Disk(patch, shorten=taken[left])
        writer.write(home / "it", writer.new)
    assert look(home / "it") == writer.new
    assert disk.cut > 0


def attempt(patch, number, code, act):
    """Let operation ``number`` of ``act`` fail; the disk, and the error if there was one."""

    def fault(count):
        if count == number:
            raise OSError(code, os.strerror(code))

    disk = Disk(patch, fault)
    try:
        act()
    except StorageError as error:
        return disk, error
    return disk, None


CODES = [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES, errno.EDQUOT]


@each_writer
@pytest.mark.parametrize("code", CODES, ids=errno.errorcode.get)
def test_a_disk_that_fails_leaves_the_old_state_and_says_so(home, monkeypatch, writer, code):
    path = home / "it"
    for number in itertools.count(1):
        writer.reset(path)
        with monkeypatch.context() as patch:
            disk, error = attempt(patch, number, code, lambda: writer.write(path, writer.new))
        if disk.count < number:
            break
        reason = f"{os.strerror(code)} ({errno.errorcode[code]})"
        assert str(error) == f"{path}: not written: {reason}"
        renamed = any(re.match(r"(rename|replace) \.(tmp|new)-.* it$", line) for line in disk.done)
        if not renamed or writer.write is durable.write_folder:
            assert look(path) == writer.old
            assert beside(path) == []
        else:  # it has its name, but whether it keeps it is not known
            assert look(path) == writer.new
            assert set(beside(path)) <= {".old-it"}
    assert error is None
    assert look(path) == writer.new
    assert number > 8


def in_a_child(patch, number, act):
    """Run ``act`` in a forked process that dies before its operation ``number``; whether it did."""

    def die(count):
        if count == number:
            os._exit(3)

    child = os.fork()
    if child == 0:
        status = 4
        try:
            Disk(patch, die)
            act()
            status = 0
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, 3)
    return status == 3


@each_writer
def test_a_kill_at_any_time_leaves_the_old_state_or_the_new(home, monkeypatch, writer):
    path, seen = home / "it", []
    for number in itertools.count(1):
        writer.reset(path)
        killed = in_a_child(monkeypatch, number, lambda: writer.write(path, writer.new))
        durable.repair_folder(path)
        durable.sweep(home)
        assert beside(path) == []
        if not killed:
            break
        seen.append(look(path))
    changed = seen.index(writer.new)
    assert seen == [writer.old] * changed + [writer.new] * (len(seen) - changed)
    assert changed > 0
    assert look(path) == writer.new


def test_a_kill_while_a_folder_is_removed_leaves_it_whole_or_not_at_all(home, monkeypatch):
    path, seen = home / "it", []
    for number in itertools.count(1):
        Writer(durable.write_folder, OLD, NEW).reset(path)
        killed = in_a_child(monkeypatch, number, lambda: durable.remove_folder(path))
        seen.append(look(path))
        durable.sweep(home)
        assert beside(path) == []
        if not killed:
            break
    assert seen[0] == OLD
    assert set(map(bool, seen)) == {True, False}
    assert all(state in (OLD, None) for state in seen)


@pytest.mark.parametrize(
    "writer", [WRITERS["write_file"], WRITERS["write_folder"], WRITERS["Output"]]
)
def test_what_a_dead_process_of_the_same_number_left_is_in_no_ones_way(home, monkeypatch, writer):
    path = home / "it"
    monkeypatch.setattr(os, "getpid", lambda: 1)  # as in every container
    assert in_a_child(monkeypatch, 3, lambda: writer.write(path, writer.new))
    assert beside(path) != []
    for _ in range(2):
        writer.write(path, writer.new)
        assert look(path) == writer.new
        durable.remove_folder(path) if path.is_dir() else path.unlink()


def test_a_folder_that_is_there_is_never_written_over(home):
    put(home / "it", OLD)
    with pytest.raises(StorageError, match=r"/it: not written: .*\((ENOTEMPTY|EEXIST)\)"):
        durable.write_folder(home / "it", NEW)
    assert look(home / "it") == OLD
    assert beside(home / "it") == []


def fail_within(path):
    with durable.Output(path) as output:
        output.write(b"new")
        assert look(path) == b"old"
        raise ZeroDivisionError


def test_a_block_that_fails_leaves_the_old_file(home):
    put(home / "it", b"old")
    with pytest.raises(ZeroDivisionError):
        fail_within(home / "it")
    assert look(home / "it") == b"old"
    assert beside(home / "it") == []


def test_files_may_be_read_by_all_as_far_as_the_umask_allows(home):
    before = os.umask(0o027)
    try:
        durable.write_file(home / "it", b"")
    finally:
        os.umask(before)
    assert (home / "it").stat().st_mode & 0o777 == 0o640


def test_a_folder_is_made_with_its_parents_each_synced(home, monkeypatch):
    with monkeypatch.context() as patch:
        disk = Disk(patch)
        durable.make_folder(home / "a" / "b")
        durable.make_folder(home / "a" / "b")
    assert disk.done == ["mkdir a", "fsync home", "mkdir b", "fsync a"]


def test_a_sweep_takes_what_a_crash_left_and_nothing_else(home):
    put(home / ".tmp-x-01234567", OLD)
    put(home / ".trash-x", OLD)
    put(home / ".tmp-y-01234567", b"half")
    put(home / "kept", OLD)
    put(home / ".hidden", b"kept")
    durable.sweep(home)
    assert sorted(entry.name for entry in home.iterdir()) == [".hidden", "kept"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [float("-inf")]}])
def test_json_that_others_could_not_read_is_not_written(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        durable.as_json(value)


def test_json_has_one_form():
    assert durable.as_json({"b": 1, "a": "\u00e9"}) == b'{"a": "\xc3\xa9", "b": 1}\n'
    assert durable.as_json({"a": "\u00e9", "b": 1}) == durable.as_json({"b": 1, "a": "\u00e9"})
