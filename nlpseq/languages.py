"""What follows from a language: how its texts are split, for models and for scores."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from nlpseq.errors import SettingError


@dataclass(frozen=True)
class Language:
    """A language by its ISO 639 code."""

    code: str
    also: frozenset[str] = frozenset()  # its codes of three letters
    spaced: bool = True  # words are set apart by spaces
    bleu: str = "13a"  # what sacreBLEU splits its texts with
    stemmer: str = ""  # what takes off endings before ROUGE compares words
    ordinals: bool = False  # a number with a point is an ordinal: am 3. Mai
    abbreviations: frozenset[str] = frozenset()  # whose point ends no sentence

    @property
    def tokenizer(self) -> str:
        """The default tokenizer for models that read words."""
        return "nltk" if self.spaced else "character"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ENGLISH = _set(
    "mr mrs ms dr prof st jr sr vs mt gen col sgt capt lt maj rev hon sen rep gov messrs approx"
)
_GERMAN = _set(
    "dr prof hr fr st str nr bzw ca evtl ggf inkl zzgl vgl sog geb bspw mio mrd dipl ing"
)
_TABLE = (
    Language("en", _set("eng"), stemmer="porter", abbreviations=_ENGLISH),
    Language("de", _set("deu ger"), ordinals=True, abbreviations=_GERMAN),
    Language("fr", _set("fra fre"), abbreviations=_set("mm mme mmes mlle dr pr st ste av bd env")),
    Language("es", _set("spa"), abbreviations=_set("sr sra srta dr dra ud uds prof av")),
    Language("pt", _set("por"), abbreviations=_set("sr sra dr dra prof profa av")),
    Language("it", _set("ita"), abbreviations=_set("sig dott prof ing avv")),
    Language("nl", _set("nld dut"), abbreviations=_set("dhr mevr mw dr drs prof ir ing bijv ca")),
    Language("cs", _set("ces cze"), ordinals=True),
    Language("da", _set("dan"), ordinals=True),
    Language("fi", _set("fin"), ordinals=True),
    Language("hu", _set("hun"), ordinals=True),
    Language("no", _set("nor nb nob nn nno"), ordinals=True),
    Language("pl", _set("pol"), ordinals=True),
    Language("tr", _set("tur"), ordinals=True),
    Language("ko", _set("kor"), bleu="ko-mecab"),
    Language("ja", _set("jpn"), spaced=False, bleu="ja-mecab"),
    Language("zh", _set("zho chi cmn"), spaced=False, bleu="zh"),
    Language("yue", spaced=False, bleu="zh"),
    Language("th", _set("tha"), spaced=False, bleu="char"),
    Language("lo", _set("lao"), spaced=False, bleu="char"),
    Language("km", _set("khm"), spaced=False, bleu="char"),
    Language("my", _set("mya bur"), spaced=False, bleu="char"),
    Language("bo", _set("bod tib"), spaced=False, bleu="char"),
)
LANGUAGES = {code: known for known in _TABLE for code in (known.code, *known.also)}
"""The languages of which there is more to say than their code."""

UNSPACED = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9d"
    "\U00020000-\U0003ffff"
)
"""Thai, Lao, Tibetan, Burmese, Khmer, kana and Han: scripts that put no space between words, as
they stand in the brackets of a regular expression."""

_MARKS = ".!?…؟۔।॥։።།"  # end a sentence before white space
_CLOSING = "\"'”’»«“)]"
_OPENING = "\"'“‘„«»(["
_UNSPACED_END = re.compile(r"[。！？｡။។]+[\"'”’)\]」』）】》〉]*")
_STRETCH = re.compile(rf"\S+(?:\s+(?:[”’»)\]]|''|[{_MARKS}]+)(?!\S))*")  # a word and what ends it
_INITIALS = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,2}|[^\W\d_I]")  # U.S, z.B, J
_ORDINAL = re.compile(r"\d{1,2}|[IVX]+")
_NUMBERED = _set("no nos nr fig figs vol art abb kap pp sec chap eq núm pág")  # of what follows


def language(code: str) -> Language:
    """The language of a code such as ``en``, ``deu`` or ``zh``; a region (``zh-TW``) is dropped.

    Raises:
        SettingError: not a language code.
    """
    match = re.fullmatch(r"([a-z]{2,3})(?:[-_][A-Za-z0-9]+)?", code)
    if not match:
        raise SettingError(f"language: found {code!r}, expected an ISO 639 code such as en or zh")
    return LANGUAGES.get(match[1], Language(match[1]))


def words(text: str) -> list[str]:
    """The words of a text in any script, without punctuation.

    Letters and digits in a row, with the marks on them, are a word; in scripts without spaces
    each character is one.
    """
    return _word().findall(text)


def pieces(text: str, size: int) -> list[str]:
    """A text cut after every ``size`` words; the last piece may have fewer."""
    ends = [word.end() for word in _word().finditer(text)]
    cuts = [0, *ends[size - 1 : -1 : size], len(text)]
    return [text[start:end] for start, end in pairwise(cuts)]


@functools.cache
def _word() -> re.Pattern[str]:
    r"""What a word is; ``\w`` alone leaves out the marks, without which Hindi falls apart."""
    planes = (*range(0x20000), *range(0xE0100, 0xE01F0))  # there are no marks beyond
    marks = "".join(chr(code) for code in planes if unicodedata.category(chr(code))[0] == "M")
    joined = f"[{marks}\u200c\u200d]"
    spaced = rf"[^\W_{UNSPACED}]"
    return re.compile(rf"{spaced}(?:{spaced}|{joined})*|[^\W_]{joined}*")


def sentences(text: str, code: str) -> list[str]:
    """The sentences of a text, in order and without the white space around them.

    A line ends a sentence. Within a line a sentence ends with ``.``, ``!``, ``?`` or the like of
    other scripts, and the quotes and brackets that close there, unless the next word begins with
    a small letter, or the point belongs to an abbreviation, to initials or to an ordinal. In a
    text without capitals small letters prove nothing.
    """
    known, cased = language(code), text != text.lower()
    lines = _UNSPACED_END.sub(r"\g<0>\n", text).splitlines()
    found = [sentence for line in lines for sentence in _within(line, known, cased)]
    return [sentence.strip() for sentence in found if sentence.strip()]


def _within(line: str, known: Language, cased: bool) -> Iterator[str]:
    start = 0
    for word, following in pairwise(_STRETCH.finditer(line)):
        begins = following[0].lstrip(_OPENING)
        if _ends(word[0], begins, known) and not (cased and begins[:1].islower()):
            yield line[start : word.end()]
            start = following.start()
    yield line[start:]


def _ends(word: str, following: str, known: Language) -> bool:
    """Whether a word stands at the end of a sentence, as far as its marks tell."""
    bare = "".join(word.split()).rstrip(_CLOSING)
    stem = bare.rstrip(_MARKS)
    marks, stem = bare[len(stem) :], stem.lstrip(_OPENING)
    if marks != "." or not stem:
        return marks != ""
    abbreviated = _INITIALS.fullmatch(stem) or stem.lower() in known.abbreviations
    numbered = stem.lower() in _NUMBERED and following[:1].isdigit()
    ordinal = known.ordinals and _ORDINAL.fullmatch(stem)
    return not (abbreviated or numbered or ordinal)
