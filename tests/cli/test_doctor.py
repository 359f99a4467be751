"""``nlpseq doctor``: whether a model is whole; every fault has a name, a crash as well."""

import hashlib
import json
import shutil

import pytest

from nlpseq.bundle.doctor import examine
from nlpseq.bundle.manifest import MANIFEST, describe, seal


@pytest.fixture
def run(place, trained, monkeypatch):
    """A copy of a run to damage, its task at hand."""
    shutil.copytree(trained / "run", place / "run")
    return place / "run"


@pytest.fixture
def doctor(nlpseq, trained):
    def look(name, *words):
        return nlpseq("doctor", name, "--code", trained / "loud.py", *words)

    return look


def rewrite(folder, **changes):
    """Change files of a bundle, and its manifest with them, as somebody who means harm would."""
    manifest = json.loads((folder / MANIFEST).read_bytes())
    files = {name: (folder / name).read_bytes() for name in manifest["files"]} | changes
    for name, data in files.items():
        (folder / name).write_bytes(data)
    manifest["files"] = describe(files)
    (folder / MANIFEST).write_bytes(seal(manifest))


def test_a_whole_run_is_described(run, doctor):
    done = doctor("run")
    assert (done.returncode, done.stderr) == (0, "")
    rows = {line[:24].strip(): line[24:].strip() for line in done.stdout.splitlines()}
    assert rows["model"] == "labeller"
    assert rows["dtypes"] == "F32"
    assert rows["data.rows.train"] == "80"
    assert rows["scores.scores"] == "accuracy 100.00"
    assert rows["task"].startswith("shouting of ")
    assert done.stdout.endswith("\nrun: it is whole\n")


def state(folder):
    return {
        path: (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_machines_get_what_is_in_the_folder_and_nothing_in_it_changes(run, doctor):
    before = state(run)
    told = json.loads(doctor("run", "--json").stdout)
    assert state(run) == before
    manifest = json.loads((run / "model" / MANIFEST).read_bytes())
    assert told["whole"]
    assert told["faults"] == []
    assert {saved["step"] for saved in told["checkpoints"]} == {
        int(folder.name[5:]) for folder in (run / "checkpoints").iterdir()
    }
    model = told["model"]
    assert model["made"] == manifest["made"]
    assert model["installed"].keys() >= manifest["made"].keys()
    assert model["scores"] == manifest["scores"]
    assert model["size"] == sum(f.stat().st_size for f in (run / "model").rglob("*") if f.is_file())
    assert model["vocabularies"]["target"] == 2
    assert 4 * model["parameters"] < (run / "model" / "weights.safetensors").stat().st_size


# What can happen to a file, and what is said then.
def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def flip(path):
    data = path.read_bytes()
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:])


def link(path):
    path.rename(path.with_name("moved"))
    path.symlink_to("moved")


DAMAGE = {
    "cut": (cut, "digest"),
    "flip": (flip, "digest"),
    "gone": (lambda path: path.unlink(), "missing"),
    "pickle": (lambda path: path.write_bytes(b"\x80\x04N."), "pickle|digest"),
    "link": (link, "a link or device"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_every_damaged_file_is_named_not_the_first_only(damage, run, doctor):
    harm, said = DAMAGE[damage]
    names = sorted(json.loads((run / "model" / MANIFEST).read_bytes())["files"])
    for name in names:
        harm(run / "model" / name)
    done = doctor("run", "--json")
    faults = json.loads(done.stdout)["faults"]
    assert done.returncode == 2
    for name in names:
        told = [fault for fault in faults if f": {name}: " in fault]
        assert any(word in fault for fault in told for word in said.split("|"))


def test_damage_in_every_checkpoint_is_told_beside_that_of_the_model(run, doctor):
    folders = sorted((run / "checkpoints").iterdir())
    assert len(folders) >= 2
    flip(run / "model" / "model.json")
    for folder in folders[:-1]:
        (folder / "weights.safetensors").unlink()
        flip(folder / "optimizer.safetensors")
        (folder / "more").write_bytes(b"")
    told = json.loads(doctor("run", "--json").stdout)
    assert [saved["whole"] for saved in told["checkpoints"]] == [True, *[False] * len(folders[:-1])]
    assert len(told["faults"]) == 1 + 3 * len(folders[:-1])
    for folder in folders[:-1]:
        for name in ("weights.safetensors: damaged: missing", "optimizer.safetensors: damaged"):
            assert any(f"{folder.name}/{name}" in fault for fault in told["faults"])


def test_a_checkpoint_without_its_manifest_is_one_fault(run, doctor):
    newest = sorted((run / "checkpoints").iterdir())[-1]
    (newest / "MANIFEST.json").unlink()
    told = json.loads(doctor("run", "--json").stdout)
    assert len(told["faults"]) == 1
    assert "MANIFEST.json: damaged: No such file" in told["faults"][0]


def test_a_run_that_was_stopped_before_its_first_validation_has_no_model_yet(run, doctor):
    shutil.rmtree(run / "model")
    done = doctor("run")
    assert done.returncode == 2
    assert "run/model: missing; the first validation of a run writes it" in done.stdout


def test_a_task_that_is_not_installed_is_named_and_the_rest_is_looked_at(run, nlpseq):
    done = nlpseq("doctor", "run")
    assert done.returncode == 2
    assert "its task 'shouting' comes from " in done.stdout
    assert "(here: not installed)" in done.stdout
    assert "parameters" in done.stdout
    assert "run: faults: 1; it is not whole" in done.stdout


CONTENTS = {
    "weights that are none": (
        {"weights.safetensors": b"12345678"},
        "weights.safetensors: header: ",
    ),
    "a vocabulary with a word twice": (
        {"tokenizer/source.vocabulary": b"a\t1\na\t1\n"},
        "source.vocabulary: content: the token 'a' stands there twice",
    ),
    "settings that are none": ({"model.json": b"{}"}, "model.json: normalise: None"),
    "a sentencepiece model that is none": (
        {"tokenizer/source.sentencepiece.model": b"garbage"},
        "sentencepiece.model: not a sentencepiece model",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CONTENTS)
def test_files_that_are_what_the_manifest_says_may_still_hold_nonsense(case, run, trained):
    changes, said = CONTENTS[case]
    rewrite(run / "model", **changes)
    faults = [str(fault) for fault in examine(run / "model").faults]
    assert any(said in fault for fault in faults), faults


def test_a_crash_of_native_code_is_a_sentence_and_names_the_file(
    run, doctor, tmp_path, monkeypatch
):
    fake = tmp_path / "fake"
    fake.mkdir()
    (fake / "sentencepiece.py").write_text(
        "import os, signal\n"
        "def SentencePieceProcessor(**given):\n"
        "    os.kill(os.getpid(), signal.SIGSEGV)\n"
    )
    rewrite(run / "model", **{"tokenizer/source.sentencepiece.model": b"crafted"})
    monkeypatch.syspath_prepend(str(fake))
    done = doctor("run")
    assert done.returncode == 2
    assert (
        "refused bundle 'run/model': tokenizer/source.sentencepiece.model: reading it ended in "
        "SIGSEGV" in done.stdout
    )


def test_what_is_no_model_is_refused_as_everywhere(place, doctor):
    done = doctor("nowhere")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere: no such model" in done.stderr
    (place / "empty").mkdir()
    assert "empty: holds no model" in doctor("empty").stderr


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b'{"format": 9}', b"\xff", b"[" * 99])
def test_a_manifest_that_is_none_is_one_fault(manifest, run, doctor):
    (run / "model" / MANIFEST).write_bytes(manifest)
    done = doctor("run")
    assert done.returncode == 2
    assert "run: faults: 1; it is not whole" in done.stdout


@pytest.mark.parametrize("key", ["made", "task", "data", "scores"])
@pytest.mark.parametrize("value", [None, 5, "x", [], {}, {"a": {"": [1]}}])
def test_what_a_manifest_tells_may_be_anything(key, value, run, doctor):
    manifest = json.loads((run / "model" / MANIFEST).read_bytes())
    manifest[key] = value
    (run / "model" / MANIFEST).write_bytes(seal(manifest))
    (run / "model" / "more").write_bytes(b"")  # a damaged folder is not opened, which takes long
    for words in ([], ["--json"]):
        done = doctor("run", *words)
        assert done.returncode == 2
        assert "more: listing: not listed" in done.stdout
