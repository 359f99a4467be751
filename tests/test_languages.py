import pytest

from nlpseq.errors import SettingError
from nlpseq.languages import UNSPACED, language


@pytest.mark.parametrize(
    ("code", "tokenizer"),
    [
        ("en", "nltk"),
        ("de-CH", "nltk"),
        ("deu", "nltk"),
        ("zh", "character"),
        ("zh_TW", "character"),
    ],
)
def test_the_tokenizer_follows_the_language(code, tokenizer):
    assert language(code).tokenizer == tokenizer


def test_a_region_is_dropped():
    assert language("pt-BR") == language("pt")


@pytest.mark.parametrize("code", sorted(UNSPACED))
def test_a_language_without_spaces_is_not_split_at_spaces(code):
    assert not language(code).spaced


@pytest.mark.parametrize("code", ["", "e", "EN", "english", "en-", "en de", "d\u00e9", "en\n"])
def test_what_is_no_code_is_refused(code):
    with pytest.raises(SettingError, match="expected an ISO 639 code such as en or zh"):
        language(code)
