"""Run folders: what is damaged is never taken, what is needed is never removed."""

import contextlib
import hashlib
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpseq import durable
from nlpseq.bundle.manifest import seal
from nlpseq.errors import RunFolderError
from nlpseq.training.run import Run, next_folder, open_run

FILES = {"weights": b"\x00\x01\x02\x03", "state.json": b'{"epoch": 3}\n'}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Nothing here looks at what a real power loss would leave."""
    monkeypatch.setattr(durable.os, "fsync", lambda file: None)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


@pytest.fixture
def run(folder):
    with open_run(folder, overwrite=False, resume=False) as run:
        yield run


def checkpoint(run, step):
    return run.checkpoints / f"step-{step:010d}"


def steps(run):
    return sorted(int(path.name[5:]) for path in run.checkpoints.iterdir())


def valid(run):
    return [step for step in steps(run) if run._is_valid(step)]


def damage(run, step):
    (checkpoint(run, step) / "weights").write_bytes(b"\x00\x01\x02\x07")


def test_a_checkpoint_is_a_folder_named_after_its_step(run):
    run.save(7, FILES, keep=3)
    assert [path.name for path in run.checkpoints.iterdir()] == ["step-0000000007"]
    names = {path.name for path in checkpoint(run, 7).iterdir()}
    assert names == {"weights", "state.json", "MANIFEST.json"}
    found = run.read(7)
    assert (found.step, found.files, found.state) == (7, FILES, {"epoch": 3})


def test_the_manifest_is_written_last(run, monkeypatch):
    given = []
    monkeypatch.setattr(durable, "write_folder", lambda path, files: given.extend(files))
    run.save(7, FILES, keep=3)
    assert given == [*FILES, "MANIFEST.json"]


def flips(data):
    """Every byte changed in turn, white space to other white space, which JSON would not mind."""
    for place, byte in enumerate(data):
        other = ord("\t") if chr(byte).isspace() else byte ^ (1 if place % 2 else 255)
        yield data[:place] + bytes([other]) + data[place + 1 :]


@pytest.mark.parametrize("name", [*FILES, "MANIFEST.json"])
def test_a_checkpoint_with_any_byte_changed_is_refused_with_the_file(run, name):
    run.save(7, FILES, keep=3)
    path = checkpoint(run, 7) / name
    whole = path.read_bytes()
    for changed in [*flips(whole), whole[:-1], b"", whole + b"\n", whole + whole]:
        path.write_bytes(changed)
        with pytest.raises(RunFolderError) as error:
            run.read(7)
        assert str(error.value).startswith(f"{path}: damaged: ")
    path.write_bytes(whole)
    assert run.read(7).files == FILES


def remove(folder):
    (folder / "weights").unlink()


def remove_manifest(folder):
    (folder / "MANIFEST.json").unlink()


def add(folder):
    (folder / "more").write_bytes(b"")


def add_folder(folder):
    (folder / "more").mkdir()


def link(folder):
    (folder / "weights").rename(folder.parent.parent / "elsewhere")
    (folder / "weights").symlink_to(folder.parent.parent / "elsewhere")


def swap(folder):
    (folder / "weights").rename(folder / "x")
    (folder / "state.json").rename(folder / "weights")
    (folder / "x").rename(folder / "state.json")


def pipe(folder):
    (folder / "MANIFEST.json").unlink()
    os.mkfifo(folder / "MANIFEST.json")


def sealed(folder, files):
    manifest = {**json.loads((folder / "MANIFEST.json").read_bytes()), "files": files}
    (folder / "MANIFEST.json").write_bytes(seal(manifest))


def sealed_without_sizes(folder):
    sealed(folder, {name: {"sha256": ""} for name in FILES})


def sealed_as_a_list(folder):
    sealed(folder, list(FILES))


def grown(folder):
    os.truncate(folder / "weights", 2**40)  # takes no room, and more memory than there is


def not_a_table(folder):
    (folder / "MANIFEST.json").write_bytes(b'["self"]\n')


def deep(folder):
    (folder / "MANIFEST.json").write_bytes(b"[" * 100_000)


@pytest.mark.parametrize(
    ("harm", "named", "reason"),
    [
        (remove, "weights", "missing"),
        (remove_manifest, "MANIFEST.json", "No such file or directory"),
        (add, "more", "not in its manifest"),
        (add_folder, "more", "not in its manifest"),
        (link, "weights", "found a link, folder or device, expected a file"),
        (pipe, "MANIFEST.json", "found a link, folder or device, expected a file"),
        (sealed_without_sizes, "MANIFEST.json", ""),
        (sealed_as_a_list, "MANIFEST.json", ""),
        (grown, "weights", f"found {2**40} bytes, expected at most"),
        (swap, "state.json", "its bytes are not those of the manifest"),
        (not_a_table, "MANIFEST.json", ""),
        (deep, "MANIFEST.json", ""),
    ],
)
def test_a_harmed_checkpoint_is_refused_and_the_one_before_is_taken(run, harm, named, reason):
    run.save(1, FILES, keep=3)
    run.save(2, FILES, keep=3)
    harm(checkpoint(run, 2))
    told = []
    assert run.newest(told.append).step == 1
    assert len(told) == 1
    assert told[0].startswith(f"{checkpoint(run, 2) / named}: damaged: {reason}")
    assert told[0].endswith("; taking the one before")
    assert steps(run) == [1, 2]  # left in place


def test_a_checkpoint_under_the_name_of_another_step_is_refused(run):
    run.save(1, FILES, keep=3)
    shutil.copytree(checkpoint(run, 1), checkpoint(run, 2))
    assert run.newest(lambda line: None).step == 1


def test_a_checkpoint_of_another_format_is_refused(run):
    run.save(1, FILES, keep=3)
    path = checkpoint(run, 1) / "MANIFEST.json"
    manifest = {**json.loads(path.read_bytes()), "format": 2}
    del manifest["self"]
    digest = hashlib.sha256(durable.as_json(manifest)).hexdigest()
    path.write_bytes(durable.as_json({**manifest, "self": digest}))
    with pytest.raises(RunFolderError, match="MANIFEST.json: damaged"):
        run.read(1)


def test_without_a_checkpoint_there_is_none(run):
    (run.checkpoints / "notes.txt").write_text("mine")
    (run.checkpoints / "step-3").mkdir()
    assert run.newest(print) is None


def test_where_no_checkpoint_is_whole_nothing_begins_anew_unasked(run):
    told = []
    for step in (1, 2):
        run.save(step, FILES, keep=3)
        damage(run, step)
    with pytest.raises(RunFolderError, match="found 2 checkpoints, none of them whole; bring one"):
        run.newest(told.append)
    assert len(told) == 2


def test_the_newest_is_that_of_the_highest_step_whatever_the_clock_says(run):
    for step in (5, 1000, 20):
        run.save(step, FILES, keep=3)
    os.utime(checkpoint(run, 5), (2e9, 2e9))
    assert run.newest(print).step == 1000


def test_the_newest_the_best_and_the_resumed_are_kept(run):
    for step in (1, 2, 3):
        run.save(step, FILES, keep=3)
    run.set_best(1, 50.0)
    damage(run, 3)
    assert run.newest(lambda line: None).step == 2
    for step in range(4, 9):
        run.save(step, FILES, keep=2)
    assert steps(run) == [1, 2, 7, 8]


def test_damaged_ones_that_are_newer_do_not_push_valid_ones_out(run):
    for step in (1, 2, 8, 9):
        run.save(step, FILES, keep=4)
    for step in (8, 9):
        damage(run, step)
    run.save(3, FILES, keep=2)
    assert valid(run) == [2, 3]
    run.save(4, FILES, keep=2)
    assert valid(run) == [3, 4]


def test_a_damaged_checkpoint_is_replaced_when_its_step_comes_again(run):
    run.save(5, FILES, keep=3)
    damage(run, 5)
    run.save(5, FILES, keep=3)
    assert run.read(5).files == FILES


def test_a_valid_checkpoint_is_not_written_twice(run, monkeypatch):
    run.save(5, FILES, keep=3)
    monkeypatch.setattr(durable, "write_folder", None)
    run.save(5, FILES, keep=3)
    assert run.read(5).files == FILES


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["save", "save", "save", "damage", "best", "reopen", "back"]),
        st.integers(0, 9),
    ),
    max_size=25,
)


@given(events=EVENTS, keep=st.integers(2, 3))
@settings(max_examples=60)
def test_pruning_never_leaves_fewer_than_two_valid_ones_once_two_exist(
    tmp_path_factory, events, keep
):
    folder = tmp_path_factory.mktemp("run")
    (folder / "checkpoints").mkdir()
    run, step = Run(folder), 0
    for event, number in events:
        there = steps(run)
        if event == "save":
            step += 1
            before = set(valid(run)) | {step}
            run.save(step, FILES, keep)
            after = valid(run)
            assert step in after
            assert len(after) >= min(2, len(before))
            assert run.best.get("step") not in before - set(after)
        elif event == "damage" and there:
            damage(run, there[number % len(there)])
        elif event == "best" and there:
            run.set_best(there[number % len(there)], 1.0)
        elif event == "back":  # what a resume does
            with contextlib.suppress(RunFolderError):
                found = run.newest(lambda line: None)
                step = found.step if found else 0
        elif event == "reopen":
            run = Run(folder)


def test_the_best_is_remembered(run):
    assert run.best == {}
    run.set_best(4, 71.5)
    assert run.best == {"step": 4, "score": 71.5}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"null"])
def test_a_damaged_note_of_the_best_counts_as_none(run, content):
    (run.folder / "best.json").write_bytes(content)
    assert run.best == {}


def reopen(folder, **flags):
    with open_run(folder, **{"overwrite": False, "resume": False, **flags}):
        pass


def test_a_folder_with_something_in_it_is_not_touched_unasked(folder):
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(RunFolderError, match=f"^{folder}: already holds files; use --resume to go"):
        reopen(folder)
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


def test_a_file_is_no_folder(folder):
    folder.write_text("mine")
    for flags in ({}, {"overwrite": True}):
        with pytest.raises(RunFolderError, match="is a file; --out takes a folder"):
            reopen(folder, **flags)


def test_there_is_nothing_to_resume_where_there_is_no_folder(folder):
    with pytest.raises(
        RunFolderError, match="no such run folder; leave --resume away to start one"
    ):
        reopen(folder, resume=True)
    assert not folder.exists()


def test_an_empty_folder_will_do_with_or_without_flags(folder):
    for flags in ({}, {"resume": True}, {"overwrite": True}):
        folder.mkdir()
        reopen(folder, **flags)
        assert (folder / "checkpoints").is_dir()
        shutil.rmtree(folder)


def test_the_lock_of_a_start_that_came_no_further_is_in_no_ones_way(folder):
    folder.mkdir()
    (folder / "LOCK").write_text("pid 1")
    reopen(folder)
    assert (folder / "checkpoints").is_dir()


def test_a_run_that_came_between_the_look_and_the_lock_is_not_started_in(folder, monkeypatch):
    make = durable.make_folder

    def make_too_late(path):
        make(path)
        (path / "config.toml").write_text("of another")

    monkeypatch.setattr(durable, "make_folder", make_too_late)
    with pytest.raises(RunFolderError, match=f"^{folder}: already holds files"):
        reopen(folder)


def test_a_checkpoint_of_a_step_gives_way_to_another_of_it_even_across_a_crash(folder):
    later = {**FILES, "state.json": b'{"epoch": 4}\n'}
    with open_run(folder, overwrite=False, resume=False) as run:
        for files in (FILES, later, later):
            run.save(7, files, keep=3)
            assert run.read(7).files == files
        checkpoint(run, 7).rename(run.checkpoints / ".old-step-0000000007")
    with open_run(folder, overwrite=False, resume=True) as run:
        assert run.newest(print).files == later
        assert [path.name for path in run.checkpoints.iterdir()] == ["step-0000000007"]


def leave_a_run(folder):
    """A run with all its parts, and all that crashes can leave."""
    with open_run(folder, overwrite=False, resume=False) as run:
        run.save(1, FILES, keep=2)
        run.set_best(1, 2.0)
        run.log.append(b"{}\n")
        run.log.sync()
    for name in ("config.toml", "record.json", "report.json", "diverged-12.json"):
        (folder / name).write_text("old")
    for name in (".tmp-best.json-0123abcd", "checkpoints/.tmp-step-0000000002-0123abcd"):
        (folder / name).write_text("half")
    for name in ("model", "tensorboard", ".old-model", ".new-model", ".trash-model"):
        (folder / name).mkdir()
        (folder / name / "file").write_text("old")


def test_overwriting_removes_a_run_whole(folder):
    leave_a_run(folder)
    with open_run(folder, overwrite=True, resume=False) as run:
        assert run.newest(print) is None
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["LOCK", "checkpoints"]
    assert run.log.mark()[0] == 0


@pytest.mark.parametrize("name", ["mine.txt", "src", ".git", "model.py", ".config.toml"])
def test_overwriting_removes_runs_only(folder, name):
    leave_a_run(folder)
    (folder / name).write_text("mine")
    before = sorted(folder.rglob("*"))
    message = f"{folder}: holds {name}, which is not part of a run; --overwrite removes runs only"
    with pytest.raises(RunFolderError, match=f"^{message}$"):
        reopen(folder, overwrite=True)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("flag", "message"),
    [("overwrite", "--overwrite removes runs only"), ("resume", "--resume goes on with runs only")],
)
def test_a_folder_that_only_looks_like_a_run_is_not_taken_for_one(folder, flag, message):
    (folder / "model").mkdir(parents=True)
    (folder / "config.toml").write_text("mine")
    with pytest.raises(RunFolderError, match=f"has no LOCK; {message}"):
        reopen(folder, **{flag: True})
    assert sorted(path.name for path in folder.iterdir()) == ["config.toml", "model"]


def test_resuming_sweeps_what_a_crash_left_and_keeps_the_rest(folder):
    leave_a_run(folder)
    (folder / "model").rename(folder / "gone")
    shutil.rmtree(folder / "gone")  # the crash came between the two renames
    with open_run(folder, overwrite=False, resume=True) as run:
        assert run.newest(print).step == 1
        assert run.log.path.read_bytes() == b"{}\n"
    assert (folder / "model" / "file").read_text() == "old"
    assert list(folder.rglob(".*")) == []


def test_a_run_folder_is_held_until_the_block_ends(folder):
    with open_run(folder, overwrite=False, resume=False):
        for flags in ({"resume": True}, {"overwrite": True}):
            with pytest.raises(RunFolderError, match=f"run folder in use by pid {os.getpid()} "):
                reopen(folder, **flags)
    reopen(folder, resume=True)


def test_the_next_folder_has_the_first_free_number(tmp_path):
    root = tmp_path / "runs"
    assert next_folder("sentiment", root) == root / "sentiment-1"
    for name in ("sentiment-3", "sentiment-x", "other-2"):
        (root / name).mkdir(parents=True)
    (root / "sentiment-2").write_text("a file takes a name as well")
    assert next_folder("sentiment", root) == root / "sentiment-4"
    assert list((root / "sentiment-4").iterdir()) == []


def test_folders_taken_at_the_same_time_are_not_the_same(tmp_path):
    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(lambda _: next_folder("sentiment", tmp_path), range(40)))
    assert found == {tmp_path / f"sentiment-{number}" for number in range(1, 41)}
