"""One process holds a run folder, and none once it is dead."""

import errno
import fcntl
import os
import signal
import subprocess
import sys

import pytest

from nlpseq import durable
from nlpseq.errors import RunFolderError, StorageError
from tests.campaigns.recorder import Recorder

HOLDER = """
import os, sys, time
from pathlib import Path
from nlpseq import durable
with durable.lock(Path(sys.argv[1])):
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        time.sleep(60)
        os._exit(0)
    time.sleep(60)
"""


def test_the_name_of_a_lock_is_on_the_disk_before_what_it_guards(tmp_path):
    with Recorder(tmp_path) as recorder, durable.lock(tmp_path / "LOCK"):
        done = [(op.name, op.path) for op in recorder.done]
    assert ("fsync", "") in done[done.index(("create", "LOCK")) :]


@pytest.fixture
def holder(tmp_path):
    """A process that holds a lock, and the forked child it has."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "LOCK")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        child = int(process.stdout.readline())
        try:
            yield process, child
        finally:
            process.kill()
            os.kill(child, signal.SIGKILL)


def test_a_lock_that_another_holds_is_refused_with_who_holds_it(tmp_path, holder):
    process, _ = holder
    message = rf"^{tmp_path}: run folder in use by pid {process.pid} on host \S+ since \d{{4}}-"
    with pytest.raises(RunFolderError, match=message), durable.lock(tmp_path / "LOCK"):
        pass


def test_a_lock_is_free_once_its_holder_is_killed_even_if_its_children_live(tmp_path, holder):
    process, child = holder
    process.kill()
    process.wait()
    with durable.lock(tmp_path / "LOCK"):
        os.kill(child, 0)  # raises if the child is gone


def test_a_lock_is_held_against_this_process_too_and_free_after_the_block(tmp_path):
    busy = pytest.raises(RunFolderError, match=f"in use by pid {os.getpid()} ")
    with durable.lock(tmp_path / "LOCK"), busy:
        durable.lock(tmp_path / "LOCK").__enter__()
    with durable.lock(tmp_path / "LOCK"):
        pass


def test_a_lock_file_without_a_name_in_it_is_explained_as_well(tmp_path):
    with open(tmp_path / "LOCK", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(RunFolderError, match="in use by another process$"):
            durable.lock(tmp_path / "LOCK").__enter__()


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_refused_with_the_reason(tmp_path, monkeypatch, code):
    def flock(file, how):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(RunFolderError, match=f"LOCK: cannot be locked: {os.strerror(code)}"):
        durable.lock(tmp_path / "LOCK").__enter__()


def test_a_full_disk_is_said_when_the_lock_is_taken(tmp_path, monkeypatch):
    def write(file, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write)
        message = rf"^{tmp_path}/LOCK: not written: No space left on device \(ENOSPC\)$"
        with pytest.raises(StorageError, match=message):
            durable.lock(tmp_path / "LOCK").__enter__()
    with durable.lock(tmp_path / "LOCK"):
        pass
