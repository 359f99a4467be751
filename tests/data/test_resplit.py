"""Subword regularisation: texts are split in other ways, by their probabilities."""

import math
import random
from collections import Counter

import pytest

from nlpseq.data.batches import Held
from nlpseq.data.resplit import Resplit
from nlpseq.errors import SettingError
from nlpseq.text.column import TextColumn
from nlpseq.text.tokenizers.sentencepiece import SentencepieceSettings, SentencepieceTokenizer
from nlpseq.text.vocabulary import Unknown, Vocabulary

TEXTS = ["the lower the slower", "a new flower is lowest", "newer and lower, no slow power"] * 20


def tokenizer(sampling, model_type="unigram"):
    settings = SentencepieceSettings(size=60, sampling=sampling, model_type=model_type)
    fitted = SentencepieceTokenizer(settings)
    fitted.fit(TEXTS)
    return fitted


@pytest.fixture(scope="module")
def drawing():
    return tokenizer(0.5)


def test_every_way_to_split_gives_the_text_back(drawing):
    random.seed(0)
    for text in TEXTS[:3]:
        ways = {tuple(drawing.draw(text)) for _ in range(50)}
        assert len(ways) > 2
        assert {drawing.decode(way) for way in ways} == {text}
        assert tuple(drawing.encode(text)) in ways


def test_ways_are_drawn_by_their_probability_to_the_power_of_alpha(drawing):
    random.seed(1)
    pieces, text = drawing._pieces, "the lower"
    counts = Counter(tuple(drawing.draw(text)) for _ in range(4000))
    score = {way: sum(pieces.get_score(pieces.piece_to_id(p)) for p in way) for way in counts}
    (first, often), (second, seldom) = counts.most_common(2)
    expected = math.exp(0.5 * (score[first] - score[second]))
    assert often / seldom == pytest.approx(expected, rel=0.15)


def test_the_same_seed_draws_the_same(drawing):
    found = []
    for _ in range(2):
        random.seed(7)
        found.append([drawing.draw(text) for text in TEXTS])
    assert found[0] == found[1]


def corpus(split, unsaid=""):
    counts = Counter(piece for text in TEXTS * 9 for piece in split.draw(text))
    said = {piece for piece in counts if piece != unsaid}
    column = TextColumn("text", Vocabulary.of_tokens(counts, size=500, said=said), split)
    rows = [column.ids(text) for text in TEXTS[:3]]
    held = Held({"source": rows, "target": rows}, Unknown(len(column.vocabulary)))
    return rows, Resplit(held, {"source": column, "target": column}), column


def test_a_corpus_is_split_anew_each_time_it_is_read(drawing):
    random.seed(3)
    rows, resplit, column = corpus(drawing)
    found = [resplit.ids("source", [0, 1, 2]) for _ in range(10)]
    assert len({str(each) for each in found}) > 5
    for each in found:
        texts = [column.text([column.vocabulary.tokens[n] for n in row]) for row in each]
        assert texts == TEXTS[:3]
    assert resplit.lengths("source").tolist() == [len(row) for row in rows]


def test_a_target_is_not_split_into_pieces_that_no_target_holds(drawing):
    random.seed(5)
    usual = {piece for text in TEXTS for piece in drawing.encode(text)}
    drawn = Counter(piece for text in TEXTS * 9 for piece in drawing.draw(text))
    unsaid = next(piece for piece, _ in drawn.most_common() if piece not in usual)
    _, resplit, column = corpus(drawing, unsaid)
    found = {}
    for name in ("source", "target"):
        rows = [tuple(row) for _ in range(100) for row in resplit.ids(name, [0, 1, 2])]
        found[name] = {column.vocabulary.tokens[number] for row in rows for number in row}
        assert len(set(rows)) > 9
    assert unsaid in found["source"]
    assert unsaid not in found["target"]


def test_without_sampling_a_corpus_is_read_as_it_is_stored():
    rows, resplit, _ = corpus(tokenizer(0.0))
    assert resplit.ids("target", [2, 0]) == [rows[2], rows[0]]


def test_pieces_without_probabilities_are_refused():
    with pytest.raises(SettingError, match="found 0.5 with model_type bpe, expected unigram"):
        tokenizer(0.5, "bpe")
