"""A person's session with words that no vocabulary holds: copied, or taken from the source."""

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

WORDS = {
    "text.tokenizer": "whitespace",
    "text.min_count": 3,  # a name stands in a text and in its summary
    "model.label_smoothing": 0,
    "model.embedding.width": 32,
    "model.encoder.width": 16,
    "model.decoder.width": 32,
    "model.encoder.dropout": 0,
    "model.decoder.dropout": 0,
    "training.batch_rows": 16,
    "training.average": 1,
    "training.optimizer.learning_rate": 0.01,
    "training.schedule": "constant",
    "search.method": "greedy",  # as validation, which chooses the model
}


def names(count, seed):
    """Texts with two names each, and summaries that hold the one who comes."""
    draw = random.Random(seed)
    for _ in range(count):
        comes, goes = ("".join(draw.choices("abcdefghij", k=7)) for _ in range(2))
        text = draw.choice(["today {0} comes and {1} goes", "{1} goes as soon as {0} comes"])
        yield {"text": text.format(comes, goes), "summary": f"hello {comes} again"}


def write(file, rows):
    Path(file).write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def learn(folder, out, *more, **settings):
    """Train through the command line; the finished process."""
    given = {**WORDS, **{name.replace("__", "."): value for name, value in settings.items()}}
    words = [word for name, value in given.items() for word in ("--set", f"{name}={value}".lower())]
    done = subprocess.run(
        [sys.executable, "-m", "nlpseq", "train", "summarization", "--data", "train.jsonl"]
        + ["--valid", "valid.jsonl", "--out", out, *more, *words],
        cwd=folder,
        env={**os.environ, "NLPSEQ_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("names")
    write(folder / "train.jsonl", [*names(320, 1), {"text": "nobody comes", "summary": " "}])
    write(folder / "valid.jsonl", names(20, 2))
    return folder


@pytest.fixture(scope="module")
def copying(folder):
    """A run that learned to copy names, in part from its own guesses, and was taken up once."""
    settings = {"model__scheduled_sampling": 0.2, "model__copying": True}
    done = learn(folder, "copying", training__epochs=1, **settings)
    assert "1 of 321 rows lack a value (line 321); these are left out" in done.stderr
    learn(folder, "copying", "--resume", training__epochs=4, **settings)
    return folder / "copying"


@pytest.fixture(scope="module")
def unknown(folder):
    """A run that says <unk> for every name, and takes it from the source; what training said."""
    settings = {"model__copying": False, "search__replace_unknown": True}
    return learn(folder, "unknown", training__epochs=3, **settings)


def test_names_beyond_the_vocabulary_are_copied(nlpseq, copying):
    rows = [*names(30, 3)]
    lines = "".join(f"{row['text']}\n" for row in rows).encode()
    done = nlpseq("summarize", "--model", copying, input=lines)
    answers = done.stdout.split("\n")[:-1]
    assert len(answers) == len(rows)
    right = [answer == row["summary"] for answer, row in zip(answers, rows, strict=True)]
    assert sum(right) > 25, answers


def test_the_score_of_a_copied_name_is_that_of_the_name_in_the_text(nlpseq, copying, place):
    Path("targets").write_text("hello gaga again\nhello fefe again\n")
    text = "today gaga comes and xixi goes"
    done = nlpseq("summarize", "--model", copying, "--targets", "targets", text, text)
    there, elsewhere = (float(line.split("\t")[0]) for line in done.stdout.splitlines())
    assert there > elsewhere + 3


def test_unknown_words_are_replaced_in_use_and_in_validation(nlpseq, unknown, folder):
    said = [line for line in unknown.stderr.split("\n") if line.startswith("  said: ")]
    assert said
    assert not any("<unk>" in line for line in said)
    text = "today gaga comes and xixi goes"
    words = ["summarize", "--model", folder / "unknown", text]
    kept = nlpseq(*words, "--no-replace-unknown").stdout.split()
    replaced = nlpseq(*words).stdout.split()
    assert "<unk>" in kept
    for before, after in zip(kept, replaced, strict=True):
        assert after in text.split() if before == "<unk>" else after == before


def digest(run):
    (weights,) = Path(run, "checkpoints").glob("step-*4/weights.safetensors")
    return hashlib.sha256(weights.read_bytes()).hexdigest()


@pytest.mark.slow
def test_scheduled_sampling_taken_up_again_equals_an_unbroken_training(tmp_path):
    write(tmp_path / "train.jsonl", names(32, 1))
    write(tmp_path / "valid.jsonl", names(4, 2))
    settings = {"model__scheduled_sampling": 0.5, "model__copying": True}
    learn(tmp_path, "whole", training__epochs=2, **settings)
    learn(tmp_path, "broken", training__epochs=1, **settings)
    learn(tmp_path, "broken", "--resume", training__epochs=2, **settings)
    assert digest(tmp_path / "broken") == digest(tmp_path / "whole")


PAIRS = [f"{a} {b} {c}" for a in "abcd" for b in "efgh" for c in "ijkl"]
GAP = [*PAIRS[:2], " ", *PAIRS[3:]]
MANY = ["" if number % 9 == 0 else pair for number, pair in enumerate(PAIRS)]


@pytest.mark.parametrize(
    ("langs", "train", "valid", "message"),
    [
        ("de-english", (PAIRS, PAIRS), None, "language: found 'english', expected an ISO 639 code"),
        ("de", (PAIRS, PAIRS), None, "--langs: found de, expected one each for source and target"),
        ("de-de", (PAIRS, PAIRS), None, "--langs: found de-de, expected languages that differ"),
        ("de-en", (PAIRS, PAIRS[:-3]), None, "train.de has 64 lines, train.en 61; first doubtful"),
        ("de-en", (PAIRS, PAIRS), (PAIRS, GAP), "valid.de:3: no value for 'target', expected one"),
        ("de-en", (PAIRS, PAIRS), (GAP, PAIRS), "valid.de:3: no value for 'source', expected one"),
        ("de-en", (MANY, PAIRS), None, "train: 8 of 64 rows lack a value (line 1, 10, 19, 28, 37"),
        ("de-en", (PAIRS, MANY), None, "mend them, or leave them out with --allow-empty"),
    ],
)
def test_parallel_files_that_cannot_be_learned_from_are_refused(
    nlpseq, langs, train, valid, message
):
    more = ["--valid", "valid"] if valid else []
    languages = langs.split("-")
    for name, sides in (("train", train), ("valid", valid or ())):
        for code, texts in zip(languages, sides, strict=False):
            Path(f"{name}.{code}").write_text("".join(f"{text}\n" for text in texts))
    done = nlpseq("train", "translation", "--data", "train", *more, "--langs", langs)
    assert message in done.stderr
    assert (done.returncode, done.stdout) == (2, "")
    assert not Path("runs").exists()
