"""``nlpseq train --dry-run``: a training is tried before it is begun."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

GOOD = "text\tlabel\n" + "".join(
    f"text {n} is {'good' if n % 2 else 'bad'}\t{n % 2}\n" for n in range(40)
)
SMALL = ["--set", "model.embedding.width=8", "--set", "model.encoder.width=8"]


@pytest.fixture
def data(place):
    (place / "a.tsv").write_text(GOOD)
    return ["train", "sentiment", "--data", "a.tsv", *SMALL]


def test_a_person_is_told_what_the_training_would_take(place, data, nlpseq):
    done = nlpseq(*data, "--dry-run", "--set", "training.epochs=7")
    assert done.returncode == 0
    assert "nothing is in the way of: nlpseq train sentiment" in done.stdout
    told = {line[:21].strip(): line[21:] for line in done.stdout.splitlines()}
    assert told["largest batch"] == "32 rows, 160 tokens with padding"
    assert told["an epoch"].endswith(": 2 updates")
    assert told["the whole"].endswith(": 7 epochs, or less")
    assert [path.name for path in place.iterdir()] == ["a.tsv"]


def test_a_person_is_told_what_another_member_drops(place, data, nlpseq):
    (place / "rate.toml").write_text("training.optimizer.learning_rate = 0.007\n")
    told = "0.1, as training.optimizer.name = sgd (--set) drops the 0.007 for adam (rate.toml)"
    for words, expected in (([], False), (["--set", "training.optimizer=sgd"], True)):
        done = nlpseq(*data, "--config", "rate.toml", "--dry-run", *words)
        assert done.returncode == 0
        assert (told in done.stderr) == expected


PARENT = """
import resource, subprocess, sys
held = b"x" * int(sys.argv[1])
told = subprocess.run(sys.argv[2:], stdout=subprocess.PIPE, check=True).stdout.decode()
print(told.strip(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, sep="\\n")
"""


def test_the_peak_is_that_of_the_process_and_not_of_its_parent(place, data):
    def tried(held):
        command = [sys.executable, "-m", "nlpseq", *data, "--dry-run", "--json"]
        parent = [sys.executable, "-c", PARENT, str(held), *command]
        done = subprocess.run(parent, stdout=subprocess.PIPE, timeout=120, check=True)
        *told, peak = done.stdout.decode().splitlines()
        return json.loads("".join(told)), int(peak) * 1024

    told, peak = tried(held=0)
    assert 0.9 * peak <= told["costs"]["memory"] <= peak
    assert told["ready"]
    assert told["data"]["parts"]["train"]["rows"] == 36
    assert [path.name for path in place.iterdir()] == ["a.tsv"]
    told, inherited = tried(held=1_500_000_000)
    assert told["costs"]["memory"] < 1.2 * peak < inherited


def test_all_faults_are_told_and_nothing_is_written(place, data, nlpseq, tmp_path):
    (place / "a.tsv").write_text(GOOD + "one column\nfine\t1\nthree\tcolumns\there\n")
    done = nlpseq(*data, "--dry-run", "--valid", "none.tsv")
    assert done.returncode == 2
    for fault in ("a.tsv:42: found 1 columns", "a.tsv:44: found 3 columns", "none.tsv: no such"):
        assert f"\n{fault}" in done.stdout
    assert "faults: 3; nlpseq train sentiment would refuse this data" in done.stdout
    assert not (tmp_path / "cache").exists()


def test_the_run_folder_is_asked_about_but_not_made(place, data, nlpseq):
    assert nlpseq(*data, "--dry-run", "--out", "run").returncode == 0
    assert not (place / "run").exists()
    (place / "run").mkdir()
    (place / "run" / "letter.txt").write_text("dear")
    done = nlpseq(*data, "--dry-run", "--out", "run")
    assert (done.returncode, done.stdout) == (2, "")
    assert "run: already holds files" in done.stderr
    done = nlpseq(*data, "--dry-run", "--out", "run", "--overwrite")
    assert "run: holds letter.txt, which is not part of a run" in done.stderr


def test_going_on_cannot_be_tried(data, nlpseq):
    done = nlpseq(*data, "--dry-run", "--resume", "--out", "run")
    assert done.returncode == 2
    assert "--dry-run tries how training begins; --resume goes on: give one of them" in done.stderr


def test_a_stopped_trial_leaves_nothing(place, data, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    child = subprocess.Popen(
        [sys.executable, "-m", "nlpseq", *data, "--dry-run", "--quiet"],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
    )
    while not list(temporary.glob("nlpseq-*")) and child.poll() is None:
        time.sleep(0.002)
    child.send_signal(signal.SIGTERM)
    out, _ = child.communicate(timeout=60)
    assert (child.returncode, out) == (128 + signal.SIGTERM, b"")
    assert not list(temporary.glob("nlpseq-*"))
    assert [path.name for path in place.iterdir()] == ["a.tsv"]
