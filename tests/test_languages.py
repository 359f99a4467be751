import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpseq.errors import SettingError
from nlpseq.languages import LANGUAGES, language, pieces, sentences, words
from tests.costs import times_dearer

UNSPACED = sorted(code for code, known in LANGUAGES.items() if not known.spaced)
TEXTS = st.text(alphabet="aZäß3_ .!?…。！？\"')”」\n的한日ทि\u0301", max_size=60)


@pytest.mark.parametrize(
    ("code", "tokenizer"),
    [
        ("en", "nltk"),
        ("de-CH", "nltk"),
        ("deu", "nltk"),
        ("xx", "nltk"),
        ("zh", "character"),
        ("zh_TW", "character"),
        ("jpn", "character"),
    ],
)
def test_the_tokenizer_follows_the_language(code, tokenizer):
    assert language(code).tokenizer == tokenizer


@pytest.mark.parametrize(
    ("code", "bleu"),
    [
        ("en", "13a"),
        ("ru", "13a"),
        ("zh", "zh"),
        ("yue", "zh"),
        ("ja", "ja-mecab"),
        ("ko", "ko-mecab"),
        ("th", "char"),
        ("bo", "char"),
    ],
)
def test_the_tokenizer_of_bleu_follows_the_language(code, bleu):
    assert language(code).bleu == bleu


def test_a_region_is_dropped():
    assert language("pt-BR") == language("pt")


@pytest.mark.parametrize(("long", "short"), [("deu", "de"), ("ger", "de"), ("cmn", "zh")])
def test_a_code_of_three_letters_is_the_same_language(long, short):
    assert language(long) == language(short)


@pytest.mark.parametrize("code", UNSPACED)
def test_a_language_without_spaces_is_not_split_at_spaces(code):
    assert language(code).tokenizer == "character"
    assert language(code).bleu != "13a"


@pytest.mark.parametrize("code", ["", "e", "EN", "english", "en-", "en de", "d\u00e9", "en\n"])
def test_what_is_no_code_is_refused(code):
    for asked in (language, lambda code: sentences("A text.", code)):
        with pytest.raises(SettingError, match="expected an ISO 639 code such as en or zh"):
            asked(code)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" ... !? _ 🙂", []),
        ("It's 3.14, isn't it?", ["It", "s", "3", "14", "isn", "t", "it"]),
        ("snake_case", ["snake", "case"]),
        ("Straße über Äcker", ["Straße", "über", "Äcker"]),
        ("cafe\u0301 olé", ["cafe\u0301", "olé"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("السَّلام عليكم", ["السَّلام", "عليكم"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("我有2台iPhone。", ["我", "有", "2", "台", "iPhone"]),
        ("日本のカメラ", list("日本のカメラ")),
        ("ที่นี่", ["ที่", "นี่"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("ok👍🏽done", ["ok", "done"]),
    ],
)
def test_words_of_any_script(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "size", "expected"),
    [
        ("", 3, [""]),
        ("one two, three.", 3, ["one two, three."]),
        ("one two, three.", 2, ["one two", ", three."]),
        ("one two, three.", 1, ["one", " two", ", three."]),
        ("... !", 1, ["... !"]),
        ("今天很好。", 2, ["今天", "很好。"]),
    ],
)
def test_pieces_have_so_many_words(text, size, expected):
    assert pieces(text, size) == expected


@given(text=TEXTS, size=st.integers(1, 5))
def test_pieces_make_the_text_again(text, size):
    found = pieces(text, size)
    assert "".join(found) == text
    assert [len(words(piece)) for piece in found[:-1]] == [size] * (len(found) - 1)
    assert sum(map(len, map(words, found))) == len(words(text))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", ""),
        ("en", "No end at all"),
        ("en", "It rains.|The sun shines!|Does it?"),
        ("en", "What?!|Really...|Yes…|Well."),
        ("en", "Well... maybe not.|Fine."),
        ("en", "Pi is 3.14 or 3.|So they say."),
        ("en", "Dr. Smith met Mrs. Jones.|They talked."),
        ("en", "J. R. R. Tolkien wrote it.|I read it.|So did I.|You too?"),
        ("en", "The U.S. Senate met at 5 p.m. on Monday.|It voted."),
        ("en", "Fruit, e.g. Apples, i.e. Food.|Eat it."),
        ("en", "See No. 5 and Fig. 2.|No.|Never."),
        ("en", "Visit example.com.|It is free."),
        ("en", '"Stop!" he said.|"Why?"|"Because."|He left.'),
        ("en", "He left (at last.)|She stayed."),
        ("en", "“Is it?” she asked.|“It is.”|‘Good.’|The end."),
        ("en", "the cat sat .|the dog ran .|it barked !"),
        ("en", "it is cold.|it snows."),
        ("en", "mr . smith left . . .|why ? !|because ."),
        ("en", 'They asked "so what?" .|Nobody knew.'),
        ("en", "It came vs. Goliath.|It lost."),
        ("en", "`` is it ? ''|`` it is . ''|( or not . )|and so on ."),
        ("de", "Am 3. Mai kam Dr. Weiß.|Er blieb bis 1999.|Dann ging er."),
        ("de", "Max IV. Joseph regierte im 18. Jahrhundert.|Bis 10 Uhr."),
        ("de", "Obst, z.B. Äpfel, d. h. Gesundes.|Iss es!"),
        ("de", "„Komm!“|„Nein.“|Er ging ca. 10 Schritte.|Punkt."),
        ("de", "»Ja.«|Die Nr. 5 ist es.|Übrigens: Österreich."),
        ("fr", "M. Dupont et Mme. Curie arrivent.|« Quoi\u202f?\u00a0»|Rien."),
        ("es", "¿Qué dice el Sr. García?|¡Nada!|¿No?"),
        ("ru", "Он пришёл.|Она ушла…|Конец."),
        ("zh", "今天很好。|我们去公园吧！|好吗？|好"),
        ("zh", "他说：“你好。”|她笑了？！|价格是3.14元。"),
        ("zh", "他来了。|“我们走吧”，他说。|《书》很好！|（对。）|嗯"),
        ("ja", "「行こう。」|彼は言った。|はい。"),
        ("ar", "هل هذا جيد؟|نعم."),
        ("hi", "यह अच्छा है।|वह गया।"),
        ("ko", "좋아요.|갑시다!"),
        ("th", "ฉันไปตลาด แล้วกลับบ้าน"),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(code, text):
    gap = "" if code in ("zh", "ja") else " "
    expected = text.split("|") if text else []
    assert sentences(text.replace("|", gap), code) == expected
    assert sentences(text.replace("|", "\n"), code) == expected


def test_a_line_ends_a_sentence():
    assert sentences("A title\nwithout end\r\n\n Dr.\nWho", "en") == [
        "A title",
        "without end",
        "Dr.",
        "Who",
    ]


@pytest.mark.parametrize("code", ["en", "de", "zh"])
@given(text=TEXTS)
def test_sentences_lose_nothing_but_white_space(code, text):
    found = sentences(text, code)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(sentence == sentence.strip() != "" for sentence in found)


@pytest.mark.parametrize(("piece", "end"), [(".", "x"), ("a. ", ""), ("好。", ""), ("a ”", "")])
def test_four_times_as_long_a_text_takes_about_four_times_as_long(piece, end):
    def cut(text):
        sentences(text, "en")
        pieces(text, 3)

    texts = (piece * (length // len(piece)) + end for length in (20_000, 80_000))
    assert times_dearer(cut, *texts) < 8
