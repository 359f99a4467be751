"""Words by the rules of NLTK."""

import nltk.redos
import pytest
from nltk.tokenize import NLTKWordTokenizer, ToktokTokenizer, TweetTokenizer

from nlpseq import config
from nlpseq.errors import DataError, SettingError
from nlpseq.text.tokenizers.nltk import NltkSettings, NltkTokenizer
from nlpseq.text.tokenizers.protocol import surface

SENTENCES = [
    "Good muffins cost $3.88 (roughly 3,36 euros) in New York.",
    "He said, \"I don't think they'll come!\" and left.",
    "It's J. S. Bach's, isn't it? Yes: it is; 100% of it...",
    "``Quoted'' the old way -- and ''twice''.",
    "Der Hund läuft schnell, z.B. über die „Wiese“ – oder?",
    "We cannot, we're gonna; 'tis what I'd've said!",
    'The U.S. won "3:2" [again], @home & away #so.',
    "visit https://github.com/jonsafari/tok-tok/blob/master/tok-tok.pl now",
    "Straight 'single' and \"double\" quotes, {braces}, <tags>, a|b.",
]


def words(kind, text):
    return [surface(token) for token in NltkTokenizer(NltkSettings(kind)).encode(text)]


@pytest.mark.parametrize("text", SENTENCES)
def test_treebank_splits_a_sentence_where_nltk_does(text):
    spans = NLTKWordTokenizer().span_tokenize(text)

    assert words("treebank", text) == [text[start:end] for start, end in spans]


@pytest.mark.parametrize("text", SENTENCES)
def test_toktok_splits_a_sentence_where_nltk_does(text):
    written = ToktokTokenizer().tokenize(text)
    stands = [word.replace("&amp;", "&").replace("&#124;", "|") for word in written]

    assert words("toktok", text) == stands


@pytest.mark.parametrize("text", SENTENCES)
def test_tweet_splits_where_nltk_does(text):
    assert words("tweet", text) == TweetTokenizer().tokenize(text)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("treebank", "I don't.", "I do ￭n't ￭."),
        ("treebank", 'a "b" c', 'a " ￭b ￭" c'),
        ("treebank", "One. Two.) Three.", "One ￭. Two ￭. ￭) Three ￭."),
        ("treebank", "bad. and ugly.", "bad ￭. and ugly ￭."),
        ("treebank", "J. R. Tolkien, U.S. law", "J. R. Tolkien ￭, U.S. law"),
        ("treebank", "wait ... what", "wait ... what"),
        ("treebank", "don't￭", "do ￭n't"),
        ("toktok", "R& D, a|b", "R& D ￭, a ￭| ￭b"),
        ("toktok", "One. Two.", "One ￭. Two ￭."),
        ("toktok", "it is http://a/b, here.", "it is http://a/b, here ￭."),
        ("tweet", "wow!!!!! :-) <3 @you #so", "wow ￭! ￭! ￭! ￭! ￭! :-) <3 @you #so"),
        ("tweet", "AT&amp;T &lt; 3", "AT ￭& ￭amp ￭; ￭T & ￭lt ￭; 3"),
        ("tweet", "no no....... yes", "no no ￭... ￭... ￭. yes"),
        ("tweet", "call (555) 123-4567", "call (555) 123-4567"),
    ],
)
def test_tokens_stand_in_the_text(kind, text, expected):
    assert NltkTokenizer(NltkSettings(kind)).encode(text) == expected.split(" ")


def test_a_text_that_nltk_gives_up_on_is_refused(monkeypatch):
    monkeypatch.setattr(nltk.redos, "DEFAULT_TIMEOUT", 1e-6)

    with pytest.raises(DataError, match=r"no end to splitting this text of 200001 characters"):
        NltkTokenizer().encode("a" + "..b" * 66_666 + "cd")


def test_an_unknown_kind_is_answered_with_the_nearest():
    with pytest.raises(SettingError, match="did you mean 'treebank'"):
        config.read(NltkSettings, {"kind": "treebnk"})
