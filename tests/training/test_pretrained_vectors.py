"""Word vectors under a translation: they start the side they were given for, and only that."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

import nlpseq
from nlpseq.errors import DataError, SettingError
from nlpseq.pipeline import load

SPOKEN = {"eins": "one", "zwei": "two", "drei": "three", "vier": "four"}
TINY = {
    "text.tokenizer.name": "whitespace",
    "text.shared": False,
    "model.embedding.dropout": 0.0,
    "model.encoder.width": 4,
    "model.decoder.width": 8,
    "model.tied": "none",
    "training.epochs": 1,
    "training.threads": 1,
}
GIVEN = [("source",), ("target",), ("source", "target")]


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.setenv("NLPSEQ_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    draw = random.Random(1)
    lines = {" ".join(draw.choices(list(SPOKEN), k=4)) for _ in range(60)}
    pairs = [f"{line}\t{' '.join(map(SPOKEN.get, line.split()))}\n" for line in sorted(lines)]
    (tmp_path / "pairs.tsv").write_text("source\ttarget\n" + "".join(pairs))


def write_vectors(side, width=6):
    words = SPOKEN if side == "source" else SPOKEN.values()
    drawn = np.random.default_rng(len(side)).normal(size=(len(words), width)).round(3)
    rows = zip(words, drawn, strict=True)
    with open(f"{side}.txt", "w") as file:
        file.writelines(f"{word} {' '.join(map(str, row))}\n" for word, row in rows)
    return dict(zip(words, drawn, strict=True))


def train(sides, **changed):
    vectors = {f"text.vectors.{side}": f"{side}.txt" for side in sides}
    settings = {"data.train": "pairs.tsv", "data.languages": ["de", "en"], **TINY, **vectors}
    return nlpseq.train("translation", settings | changed, overwrite=True, out="run").folder


def test_a_text_for_vectors_that_cannot_be_split_is_refused_with_its_line():
    Path("more.txt").write_text("eins zwei\n" + "x" * 2000 + "\n")
    with pytest.raises(DataError, match=r"more.txt:2: .* 2000 characters"):
        train([], **{"text.vectors.source": "train:word2vec", "text.vectors.text": "more.txt"})


def tables(run):
    newest = max((run / "checkpoints").iterdir(), key=lambda path: path.name)
    weights = load_file(newest / "weights.safetensors").items()
    return {name.split(".")[1]: table for name, table in weights if name.startswith("tables.")}


def assert_start(table, vocabulary, vectors):
    """The rows of the words are their vectors, all scaled alike."""
    known = vocabulary.tokens
    scales = [table[known.index(word)] / vector for word, vector in vectors.items()]
    np.testing.assert_allclose(scales, np.full_like(scales, scales[0][0]), rtol=1e-3)


@pytest.mark.parametrize("sides", GIVEN, ids=" and ".join)
def test_frozen_vectors_stand_in_the_tables_of_their_sides(sides):
    given = {side: write_vectors(side) for side in sides}
    run = train(sides, **{"text.vectors.frozen_epochs": -1})
    columns, found = load(run).columns, tables(run)
    for side, vectors in given.items():
        assert_start(found[side], columns[side].vocabulary, vectors)


@pytest.mark.parametrize("sides", GIVEN, ids=" and ".join)
def test_only_sides_with_vectors_are_frozen(sides):
    for side in sides:
        write_vectors(side)
    first, second = (
        tables(train(sides, **{"text.vectors.frozen_epochs": -1, "training.epochs": epochs}))
        for epochs in (1, 2)
    )
    assert {s for s in first if np.array_equal(first[s], second[s])} == set(sides)


def test_vectors_of_a_target_are_trained_on_its_texts_and_add_no_words():
    said = []
    settings = {"data.train": "pairs.tsv", "data.languages": ["de", "en"], **TINY}
    asked = {"text.vectors.target": "train:word2vec", "text.vectors.width": 5}
    run = nlpseq.train("translation", settings | asked, out="run", say=said.append).folder
    assert "vectors: training word2vec on the targets of training" in said
    assert set(load(run).columns["target"].vocabulary.tokens[4:]) == set(SPOKEN.values())
    assert tables(run)["target"].shape[1] == 5


def test_texts_that_share_their_words_share_their_vectors_too():
    vectors = write_vectors("source")
    changed = {"text.shared": True, "model.tied": "three_way", "model.copying": True}
    run = train(["source"], **changed, **{"text.vectors.frozen_epochs": -1})
    columns = load(run).columns
    assert columns["source"].vocabulary is columns["target"].vocabulary
    (table,) = tables(run).values()
    assert_start(table, columns["target"].vocabulary, vectors)


@pytest.mark.parametrize(
    ("task", "changed", "message"),
    [
        ("sentiment", {}, "found vectors for a target of label, expected one of text"),
        ("translation", {"text.shared": True}, "found vectors for one of two that share words; "),
    ],
)
def test_vectors_for_a_target_without_words_of_its_own_are_refused(task, changed, message):
    settings = {"text.vectors.target": "target.txt", **changed}
    with pytest.raises(SettingError, match=f"^setting text.vectors.target: {message}"):
        nlpseq.train(task, settings, out="run")


def test_vectors_of_different_widths_are_refused():
    write_vectors("source", 6), write_vectors("target", 5)
    message = "vectors of different widths: found 6 for the source and 5 for the target"
    with pytest.raises(SettingError, match=re.escape(message)):
        train(["source", "target"])
