"""A disk that is full for a while costs a warning, not the training."""

import errno
import os
import shutil
from collections import namedtuple

import pytest

from nlpseq.errors import StorageError
from nlpseq.training.run import Checkpoint, open_run
from nlpseq.training.saving import Saver

FILES = {"weights": bytes(1000), "state.json": b"{}\n"}


class Place:
    """A run folder on a disk that can be full, and what its saver does."""

    def __init__(self, run, patch):
        self.run, self._patch = run, patch
        self.said, self.models = [], []
        self.saver = Saver(run, 3, lambda best: self.models.append(best.step), self.said.append)

    def save(self, step, **how):
        return self.saver.save(Checkpoint(step, FILES), **how)

    def full(self, code=errno.ENOSPC):
        def write(file, data):
            raise OSError(code, os.strerror(code))

        self._patch.setattr(os, "write", write)

    def emptied(self):
        self._patch.undo()

    @property
    def steps(self):
        return sorted(int(path.name[5:]) for path in self.run.checkpoints.glob("step-*"))


@pytest.fixture
def place(tmp_path, monkeypatch):
    with open_run(tmp_path / "run", overwrite=False, resume=False) as run:
        yield Place(run, monkeypatch)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS])
def test_a_save_that_fails_is_warned_of_and_done_at_the_next_update(place, code):
    place.full(code)
    place.save(1)
    assert len(place.said) == 1
    assert place.said[0].startswith("checkpoint not saved, training goes on: ")
    assert f"({errno.errorcode[code]}); " in place.said[0]
    assert place.said[0].endswith(" bytes are free")
    assert (place.steps, list(place.run.checkpoints.iterdir())) == ([], [])
    place.emptied()
    place.saver.retry()
    assert place.steps == [1]


def test_it_asks_to_be_tried_again_once_and_then_waits_for_the_next_save(place):
    place.full()
    assert place.save(1, best=True)
    place.saver.retry()
    assert len(place.said) == 2
    place.emptied()
    assert not place.save(2)
    assert (place.steps, place.models) == ([1, 2], [1])


def test_after_a_second_failure_in_a_row_it_is_not_tried_at_once(place):
    place.full()
    assert place.save(1)
    assert not place.save(2)


def test_the_third_failure_in_a_row_ends_the_training(place):
    place.full()
    place.save(1)
    place.saver.retry()
    with pytest.raises(StorageError, match=r"not written: .* \(ENOSPC\)"):
        place.save(2)


def test_failures_that_do_not_follow_each_other_do_not_add_up(place):
    for step in range(1, 6):
        place.full()
        place.save(step)
        place.emptied()
        place.saver.retry()
    assert place.steps == [3, 4, 5]


def test_a_final_save_that_fails_ends_the_training_at_once(place):
    place.full()
    with pytest.raises(StorageError):
        place.save(1, final=True)


def test_what_still_waits_at_the_end_is_saved_then_or_never(place):
    place.full()
    place.save(1)
    with pytest.raises(StorageError):
        place.saver.finish()
    place.emptied()
    place.saver.finish()
    assert place.steps == [1]


def test_little_room_is_said_before_it_is_too_late(place, monkeypatch):
    usage = namedtuple("usage", "free")
    size = sum(map(len, FILES.values()))
    for free, warned in [(2 * size, False), (size, True)]:
        place.said.clear()
        monkeypatch.setattr(shutil, "disk_usage", lambda path, free=free: usage(free))
        place.save(free)
        assert (
            place.said
            == [
                f"{place.run.folder}: {size:,} bytes are free, a checkpoint takes {size:,}; "
                "make room, training goes on"
            ]
            * warned
        )
