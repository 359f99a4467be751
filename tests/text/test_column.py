"""The values of a column to ids and back."""

import pytest

from nlpseq.config import Layer
from nlpseq.errors import DataError, SettingError
from nlpseq.settings import resolve
from nlpseq.text.column import LONGEST, TextColumn
from nlpseq.text.tokenizers.character import CharacterTokenizer
from nlpseq.text.tokenizers.nltk import NltkTokenizer
from nlpseq.text.tokenizers.whitespace import WhitespaceTokenizer
from nlpseq.text.vocabulary import SPECIAL, UNK_ID, Vocabulary

WORDS = Vocabulary([*SPECIAL, "do", "￭n't", "n't", "café"], [0] * 4 + [1] * 4)
LABELS = Vocabulary.of_labels({"negative": 1, "positive": 1})
TEXT = TextColumn("text", WORDS, NltkTokenizer(lowercase=True))
TOKENS = TextColumn("tokens", WORDS, NltkTokenizer(lowercase=True))
LABEL = TextColumn("label", LABELS)
TAGS = TextColumn("token_labels", Vocabulary.of_labels({"NOUN": 1, "VERB": 1}))


@pytest.mark.parametrize(
    ("column", "value", "tokens", "ids"),
    [
        (TEXT, "Do  don't", ["do", "do", "￭n't"], [4, 4, 5]),
        (TEXT, ("Don't", "never"), ["do", "￭n't"], [4, 5]),
        (TEXT, "", [], []),
        (TOKENS, "Don't <pad>", ["do", "n't", "<", "pad", ">"], [4, 6, 1, 1, 1]),
        (TOKENS, ("Don't", "Cafe\u0301", "n't"), ["don't", "café", "n't"], [UNK_ID, 7, 6]),
        (TOKENS, ("1 000",), ["1 000"], [UNK_ID]),
        (TOKENS, (), [], []),
        (LABEL, "positive", ["positive"], [1]),
        (LABEL, ("negative",), ["negative"], [0]),
        (TAGS, ("VERB", "NOUN"), ["VERB", "NOUN"], [1, 0]),
        (TAGS, "NOUN  VERB", ["NOUN", "VERB"], [0, 1]),
        (TAGS, "", [], []),
    ],
)
def test_values_become_tokens_and_ids(column, value, tokens, ids):
    assert column.tokens(value) == tokens
    assert column.ids(value) == ids


@pytest.mark.parametrize("said", [4, 6, 8])
def test_a_vocabulary_is_read_as_it_was_written(said):
    column = TextColumn("text", Vocabulary(WORDS.tokens, WORDS.counts, said), WhitespaceTokenizer())
    text = resolve([Layer("test", {"text": {"tokenizer": {"name": "whitespace"}}})]).text
    again = TextColumn.from_files("text", column.files(), text, "en").vocabulary

    assert (again.tokens, again.counts, again.said) == (WORDS.tokens, WORDS.counts, said)


@pytest.mark.parametrize(
    ("kind", "file", "message"),
    [
        ("label", "", "found no labels"),
        ("label", "no\t1\n\nyes\t1\n", "found line 2 blank, expected a label there"),
        ("text", "<pad>\t0\n<unk>\t0\n\n<bos>\t0\n<eos>\t0\n", "expected it to begin with <pad>"),
        ("text", "a\t1\n", "expected it to begin with <pad>, <unk>, <bos>, <eos>"),
    ],
)
def test_a_vocabulary_that_no_model_has_is_refused(kind, file, message):
    text = resolve([Layer("test", {"text": {"tokenizer": {"name": "whitespace"}}})]).text

    with pytest.raises(ValueError, match=message):
        TextColumn.from_files(kind, {"vocabulary": file.encode()}, text, "en")


@pytest.mark.parametrize(
    ("column", "tokens", "expected"),
    [
        (TEXT, ["do", "￭n't"], "don't"),
        (TOKENS, ["do", "n't"], "do n't"),
        (LABEL, ["positive"], "positive"),
        (TAGS, ["VERB", "NOUN"], "VERB NOUN"),
        (TEXT, [], ""),
    ],
)
def test_tokens_become_an_answer(column, tokens, expected):
    assert column.text(tokens) == expected


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (LABEL, "positiv", "unknown label 'positiv'; did you mean 'positive'?"),
        (LABEL, "1", "unknown label '1'; known: negative, positive"),
        (LABEL, "", "found label '', expected a line of text"),
        (LABEL, " ", "found label ' ', expected a line of text"),
        (LABEL, "two\nlines", r"found label 'two\nlines', expected a line of text"),
        (LABEL, ("negative", "positive"), "found 2 labels ('negative', 'positive'), expected one"),
        (TAGS, ("NOUN", ""), "found label '', expected a word"),
        (TAGS, ("NOUN VERB",), "found label 'NOUN VERB', expected a word"),
        (TAGS, ("VRB",), "unknown label 'VRB'; did you mean 'VERB'?"),
        (TOKENS, ("a", " ", "b"), "word 2 of 3 is blank"),
        (TOKENS, ("a", "￭"), "word 2 of 2 is blank"),
        (TEXT, "a " + "x" * (LONGEST + 1), "word 2 of 2 has 1001 characters, expected at most"),
    ],
)
def test_a_value_that_cannot_be_read_is_refused(column, value, message):
    with pytest.raises(DataError) as refused:
        column.ids(value)

    assert message in str(refused.value)


def test_the_longest_word_is_taken():
    assert TEXT.ids("x" * LONGEST) == [UNK_ID]


@pytest.mark.parametrize(
    ("kind", "tokenizer", "message"),
    [
        ("txt", None, "found 'txt'; did you mean 'text'"),
        ("text", None, "column kind text: found tokenizer None"),
        ("label", CharacterTokenizer(), "column kind label: found tokenizer <"),
    ],
)
def test_a_column_without_a_tokenizer_or_a_label_with_one_is_refused(kind, tokenizer, message):
    with pytest.raises(SettingError, match=message):
        TextColumn(kind, WORDS, tokenizer)


def test_characters_of_a_sentence_of_words_keep_their_spaces():
    column = TextColumn("tokens", WORDS, CharacterTokenizer())

    assert column.tokens("a b▁") == ["a", "▁", "b", "￭"]
    assert TextColumn("tokens", WORDS, WhitespaceTokenizer()).tokens("a b") == ["a", "b"]
