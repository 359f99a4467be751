"""Words by spaCy's rules."""

import sys

import pytest
import spacy

from nlpseq.errors import MissingExtra, SettingError
from nlpseq.text.tokenizers import spacy as member
from nlpseq.text.tokenizers.protocol import surface
from nlpseq.text.tokenizers.spacy import SpacyTokenizer

TEXTS = [
    ("en", 'They said: "We don\'t, e.g. in the U.S., cost $3.50 (or so)." :-)'),
    ("de", "Der Hund läuft z.B. über die „Wiese“ – oder?"),
    ("zh", "我爱 spaCy，3.5 分。"),
    ("zh-TW", "我愛你。"),
]


@pytest.mark.parametrize(("language", "text"), TEXTS)
def test_it_splits_where_spacy_does(language, text):
    tokens = SpacyTokenizer(language=language).encode(text)

    assert [surface(token) for token in tokens] == [
        token.text for token in spacy.blank(language[:2])(text)
    ]


def test_tokens_that_stand_against_each_other_are_marked():
    assert SpacyTokenizer().encode("(I don't.)") == ["(", "￭I", "do", "￭n't", "￭.", "￭)"]


def test_a_word_of_a_thousand_characters_is_cut_there():
    text = "a " + "b" * 2500

    assert SpacyTokenizer().encode(text) == ["a", "b" * 1000, "￭" + "b" * 1000, "￭" + "b" * 500]


def test_an_unknown_language_is_refused():
    with pytest.raises(SettingError, match="found 'qq', which spaCy cannot split"):
        SpacyTokenizer(language="qq")


def test_without_spacy_the_line_that_installs_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "spacy", None)

    with pytest.raises(MissingExtra, match=r"pip install 'nlpseq\[spacy\]'"):
        SpacyTokenizer()


def test_memory_does_not_grow_with_the_words_seen(monkeypatch):
    monkeypatch.setattr(member, "_REMEMBERED", 5000)
    tokenizer = SpacyTokenizer()

    for number in range(100):
        tokenizer.encode(" ".join(f"word{number}x{other}" for other in range(100)))

    assert len(tokenizer._spacy.vocab.strings) < 5200
