"""Words that have vectors though the training texts lack them: the most frequent become known."""

import pytest

from nlpseq.errors import SettingError
from nlpseq.training.request import request

WORDS = ["the", "soup", "was", "good", "bad"]
MORE = ["soups", "often", "rarely"]  # from frequent to rare


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.setenv("NLPSEQ_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    rows = (f"the soup was {('good', 'bad')[n % 2]}\t{n % 2}\n" for n in range(20))
    (tmp_path / "train.tsv").write_text("text\tlabel\n" + "".join(rows))
    (tmp_path / "valid.tsv").write_text("text\tlabel\n" + "unheard unheard unheard\t0\n" * 5)
    (tmp_path / "more.txt").write_text("soups often\n" * 3 + "soups rarely\n" * 2 + "once\n")
    (tmp_path / "vectors.txt").write_text("".join(f"{word} 1 2 3\n" for word in WORDS + MORE))


def prepared(said, **vectors):
    settings = {f"text.vectors.{name}": value for name, value in vectors.items()}
    data = {"data.train": "train.tsv", "data.valid": "valid.tsv"}
    return request("sentiment", data | settings, None).prepared(said.append).data


TRAINED = {"source": "train:word2vec", "text": "more.txt", "width": 3, "epochs": 1}


@pytest.mark.parametrize("extra", [0, 1, 2, 100])
@pytest.mark.parametrize("vectors", [TRAINED, {"source": "vectors.txt"}], ids=["trained", "read"])
def test_as_many_words_of_other_texts_are_known_as_asked_for(vectors, extra):
    found = prepared([], **vectors, extra_words=extra)
    known = found.columns["source"].vocabulary
    assert set(known.tokens[4:]) == {*WORDS, *MORE[:extra]}
    matrix, has = found.vectors["source"]
    assert matrix.shape == (len(known), 3)
    assert has[4:].all()
    assert all(matrix[known.tokens.index(word)].any() for word in MORE[:extra])


@pytest.mark.parametrize("idle", [{"width": 5}, {"epochs": 2}])
def test_how_vectors_are_trained_is_refused_where_none_are(idle):
    (name,) = idle
    with pytest.raises(SettingError, match=f"vectors.{name}: found . without vectors that are tra"):
        prepared([], source="vectors.txt", **idle)
    with pytest.raises(SettingError, match=f"vectors.{name}: found . without vectors; give"):
        prepared([], **idle)


def test_that_vectors_are_also_trained_on_other_texts_is_said():
    said = []
    prepared(said, **TRAINED)
    assert "vectors: training word2vec on the sources of training and more.txt" in said


def test_other_texts_that_changed_are_prepared_anew(tmp_path):
    prepared([], **TRAINED)
    (tmp_path / "more.txt").write_text("bread bread\n")
    assert "bread" in prepared([], **TRAINED).columns["source"].vocabulary
