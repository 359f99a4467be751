"""The law of tokenizers, for every member of the table in every kind it has."""

import dataclasses
import functools
import itertools
import typing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpseq.text.normalise import normalise
from nlpseq.text.tokenizers import TOKENIZERS
from nlpseq.text.tokenizers.protocol import JOINER, SPACE, align, join, plain, surface, visible

FRAGMENTS = [
    *"\"'`.,;:!?&|()[]{}<>$%#@*-_/\\^~=+ ",
    *["``", "''", "...", "--", "'s", "n't", "'ll", "cannot", "gonna", "d'ye", "'tis", "e.g."],
    *["&amp;", "&lt;", "&#124;", "&#9;", "&#x41;", "<br />", ":-)", "<3", "@you", "#so_it"],
    *["http://a/b", "https://x.org/?q=1", "U.S.", "Mr.", "3.14", "1,000", "(555) 123-4567"],
    *["“", "”", "‘", "’", "«", "»", "„", "…", "–", "—", "¿", "€", "،", "।"],
    *["<unk>", "<s>", "</s>", "<pad>", "<0x41>", SPACE, JOINER, "▅", "\u2047"],
    *["\t", "\n", "\r", "\x00", "\x1c", "\x85", "\xa0", "\u2028", "\u3000", "\u200b", "\ufeff"],
    *["e\u0301", "\u0301", "İ", "ß", "Σ", "ﬁ", "中文", "日本語", "한국어", "ไทย", "שלום", "\u202e"],
    *["😀", "👨\u200d👩\u200d👧", "👍🏽", "🇩🇪", "\U0001f3fb", "a", "Word", "wow!!!!!!", "ha" * 9],
]
TEXTS = st.one_of(
    st.text(),
    st.lists(st.sampled_from(FRAGMENTS)).map("".join),
    st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3)).map(" ".join),
)
TRAINING = ["the cat sat on the mat", "a dog, a log: 'the end'.", "中文 texts ▁ too"] * 3


def every_kind():
    """Each tokenizer with each combination of its settings that are choices."""
    for name in TOKENIZERS:
        cls = TOKENIZERS[name].Settings
        hints = typing.get_type_hints(cls)
        choices = {
            field.name: typing.get_args(hints[field.name])
            for field in dataclasses.fields(cls)
            if typing.get_origin(hints[field.name]) is typing.Literal
        }
        for values in itertools.product(*choices.values()):
            for language in ("en", "de", "zh") if name == "spacy" else ("en",):
                yield name, tuple(zip(choices, values, strict=True)), language


@functools.cache
def tokenizer_of(name, choices, language, lowercase=False):
    cls = TOKENIZERS[name]
    own = {"size": 60} if name == "sentencepiece" else {}
    made = cls(cls.Settings(**dict(choices), **own), language=language, lowercase=lowercase)
    made.fit(TRAINING)
    return made


KINDS = list(every_kind())
every_tokenizer = pytest.mark.parametrize(
    "kind", KINDS, ids=["-".join([n, *(v for _, v in c), lang]) for n, c, lang in KINDS]
)


@every_tokenizer
@given(text=TEXTS)
@settings(max_examples=150)
def test_decoding_gives_back_the_normalised_text(kind, text):
    tokenizer = tokenizer_of(*kind)
    tokens = tokenizer.encode(text)

    assert tokenizer.decode(tokens) == normalise(text) == tokenizer.normalise(text)
    assert all(token and surface(token) and " " not in token for token in tokens)
    assert tokenizer.encode(normalise(text)) == tokens


@every_tokenizer
@given(text=TEXTS)
@settings(max_examples=20)
def test_decoding_gives_back_the_text_in_lower_case(kind, text):
    if kind[0] == "sentencepiece":  # the pieces are the same; only normalising differs
        kind = (kind[0], kind[1], "de")
    tokenizer = tokenizer_of(*kind, lowercase=True)

    assert tokenizer.decode(tokenizer.encode(text)) == normalise(text, lowercase=True)


@every_tokenizer
@pytest.mark.parametrize("text", ["", " ", "\n", "\x00\x85\u2028", JOINER, f" {JOINER}\t"])
def test_a_text_without_any_character_has_no_tokens(kind, text):
    assert tokenizer_of(*kind).encode(text) == []
    assert tokenizer_of(*kind).decode([]) == ""


@every_tokenizer
@pytest.mark.parametrize("run", [*".'\"`!-_&1中", "a.", "''", "&a", ":)", ".)"])
def test_long_runs_come_back(kind, run):
    tokenizer, text = tokenizer_of(*kind), run * 500

    assert tokenizer.decode(tokenizer.encode(text)) == text


@every_tokenizer
def test_a_tokenizer_is_its_state(kind):
    tokenizer = tokenizer_of(*kind)
    text = "The “cat” didn't sit, e.g. on the ▁ mat :-) 中文."

    again = type(tokenizer).from_state(
        tokenizer.state(), tokenizer.settings, language=tokenizer.language, lowercase=True
    )

    assert again.encode(text) == tokenizer.encode(text.lower())
    assert again.state() == tokenizer.state()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind[0] in ("nltk", "spacy")])
@given(text=TEXTS)
@settings(max_examples=50)
def test_words_are_only_split(kind, text):
    tokens = tokenizer_of(*kind).encode(text)
    words = normalise(text).split()

    assert "".join(token.removeprefix(JOINER) for token in tokens) == "".join(words)
    assert sum(not token.startswith(JOINER) for token in tokens) == len(words)


@pytest.mark.parametrize(
    ("text", "tokens", "expected"),
    [
        ("do n't", ["do", "n't"], ["do", "n't"]),
        ("don't.", ["do", "n't", "."], ["do", "￭n't", "￭."]),
        ("(555) 12", ["(555) 12"], ["(555)", "12"]),
        ('a "b" R&', ["a", "``", "b", "''", "R&amp;"], ["a", '"', "￭b", '￭"', "R&"]),
        ("a b c", ["a", "b"], []),
        ("a b", ["a", "b", "c"], []),
        ("a b", ["a", "x"], []),
        ("ab", ["a", ""], []),
        ("", [], []),
    ],
)
def test_tokens_are_found_in_the_text_or_not_at_all(text, tokens, expected):
    assert align(text, tokens, [("``", '"'), ("''", '"'), ("&amp;", "&")]) == expected


def test_a_joiner_with_nothing_before_it_is_dropped():
    assert join([f"{JOINER}n't", "do", f"{JOINER}n't", f"{JOINER}."]) == "n't don't."


@given(TEXTS.map(normalise))
def test_visible_spaces_are_seen_and_undone(text):
    assert plain(visible(text)) == text
    assert " " not in visible(text)


@pytest.mark.parametrize(
    ("token", "expected"),
    [("word", "word"), (f"{JOINER}n't", "n't"), ("▁the", "the"), ("▁", "▁"), (JOINER, JOINER)],
)
def test_the_surface_of_a_token_has_no_mark(token, expected):
    assert surface(token) == expected
