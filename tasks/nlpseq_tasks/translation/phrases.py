"""Noun phrases on both sides: gender, case and number on the German one, a or an on the other."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import NamedTuple

from nlpseq_tasks.translation.words import FIRST_PARTS, Forms, Noun

NOMINATIVE, ACCUSATIVE, DATIVE = range(3)
FIRST, THIRD, PLURAL = range(3)  # the places of Forms, with which a verb agrees

Endings = Mapping[str, Forms]
"""By gender, ``p`` for the plural: nominative, accusative, dative."""

ARTICLES: Endings = {
    "m": ("der", "den", "dem"),
    "f": ("die", "die", "der"),
    "n": ("das", "das", "dem"),
    "p": ("die", "die", "den"),
}
LIKE_DER: Endings = {
    "m": ("er", "en", "em"),
    "f": ("e", "e", "er"),
    "n": ("es", "es", "em"),
    "p": ("e", "e", "en"),
}
LIKE_EIN: Endings = {
    "m": ("", "en", "em"),
    "f": ("e", "e", "er"),
    "n": ("", "", "em"),
    "p": ("e", "e", "en"),
}
UNCHANGED: Endings = dict.fromkeys("p", ("", "", ""))

WEAK: Endings = {
    "m": ("e", "en", "en"),
    "f": ("e", "e", "en"),
    "n": ("e", "e", "en"),
    "p": ("en", "en", "en"),
}
MIXED: Endings = {
    "m": ("er", "en", "en"),
    "f": ("e", "e", "en"),
    "n": ("es", "es", "en"),
    "p": ("en", "en", "en"),
}
STRONG: Endings = {"p": ("e", "e", "en")}


class Determiner(NamedTuple):
    """What opens a noun phrase, and how the adjective after it ends."""

    stem: str
    endings: Endings
    adjective: Endings
    english: str
    english_plural: str


DETERMINERS: Mapping[str, Determiner] = {
    "der": Determiner("", ARTICLES, WEAK, "the", "the"),
    "dieser": Determiner("dies", LIKE_DER, WEAK, "this", "these"),
    "mein": Determiner("mein", LIKE_EIN, MIXED, "my", "my"),
    "unser": Determiner("unser", LIKE_EIN, MIXED, "our", "our"),
    "kein": Determiner("kein", LIKE_EIN, MIXED, "a", "any"),
    "ein": Determiner("ein", LIKE_EIN, MIXED, "a", ""),
    "zwei": Determiner("zwei", UNCHANGED, STRONG, "", "two"),
    "drei": Determiner("drei", UNCHANGED, STRONG, "", "three"),
    "viele": Determiner("viel", LIKE_DER, STRONG, "", "many"),
    "": Determiner("", UNCHANGED, STRONG, "", ""),
}


class Phrase(NamedTuple):
    """Somebody or something, in all its cases, with what must agree with it."""

    german: Forms
    english: tuple[str, str]  # as a subject, as an object
    agreement: int  # FIRST, THIRD or PLURAL
    gender: str  # "p" for the plural
    kind: str  # of the noun
    negative: bool = False  # kein: it negates its clause
    pronoun: bool = False


def _pronoun(german: str, english: str, agreement: int, gender: str = "") -> Phrase:
    nominative, accusative, dative = german.split()
    subject, other = english.split()
    forms = (nominative, accusative, dative)
    return Phrase(forms, (subject, other), agreement, gender, "person", pronoun=True)


I = _pronoun("ich mich mir", "I me", FIRST)  # noqa: E741
WE = _pronoun("wir uns uns", "we us", PLURAL)
WHO = _pronoun("wer wen wem", "who who", THIRD)
PRONOUNS: Mapping[str, Phrase] = {
    "m": _pronoun("er ihn ihm", "he him", THIRD, "m"),
    "f": _pronoun("sie sie ihr", "she her", THIRD, "f"),
    "n": _pronoun("es es ihm", "it it", THIRD, "n"),
    "p": _pronoun("sie sie ihnen", "they them", PLURAL, "p"),
}


def referring(phrase: Phrase) -> Phrase:
    """The pronoun that takes up ``phrase``; German looks at its gender, English at its nature."""
    if phrase.pronoun:
        return phrase
    pronoun = PRONOUNS[phrase.gender]
    if phrase.kind == "person" or phrase.gender == "p":
        return pronoun._replace(kind=phrase.kind)
    return pronoun._replace(kind=phrase.kind, english=PRONOUNS["n"].english)


def noun_phrase(
    noun: Noun, determiner: str, trait: tuple[str, str] = ("", ""), *, plural: bool = False
) -> Phrase:
    """A noun with what opens it and perhaps an adjective, ``(German, English)``."""
    opening, gender = DETERMINERS[determiner], "p" if plural else noun.gender
    nominative, accusative, dative = (
        " ".join(filter(None, words))
        for words in zip(
            (opening.stem + ending for ending in opening.endings[gender]),
            (inflected(trait[0], ending) for ending in opening.adjective[gender]),
            noun_forms(noun, plural=plural),
            strict=True,
        )
    )
    article = opening.english_plural if plural else opening.english
    english = join(article, trait[1], noun.english_plural if plural else noun.english)
    english = an_before_vowel(english)
    agreement = PLURAL if plural else THIRD
    german = (nominative, accusative, dative)
    return Phrase(german, (english, english), agreement, gender, noun.kind, determiner == "kein")


def noun_forms(noun: Noun, *, plural: bool = False) -> Forms:
    """Nominative, accusative and dative; in the plural the last takes an n where it can."""
    if not plural:
        return noun.singular, noun.oblique, noun.oblique
    last = "" if noun.plural.endswith(("n", "s")) else "n"
    return noun.plural, noun.plural, noun.plural + last


def inflected(adjective: str, ending: str) -> str:
    """An adjective of ``word`` or ``word|stem`` with its ending; no adjective stays none."""
    word, _, stem = adjective.partition("|")
    return (stem or word) + ending if adjective else ""


def an_before_vowel(english: str) -> str:
    """The article as the next word asks for it."""
    return f"an {english[2:]}" if english[:2] == "a " and english[2] in "aeiou" else english


@functools.cache
def compounds(noun: Noun) -> tuple[Noun, ...]:
    """The compounds that end in ``noun``: Garten + Tür = Gartentür, a garden door."""
    return tuple(
        noun._replace(
            singular=first + noun.singular.lower(),
            oblique=first + noun.oblique.lower(),
            plural=first + noun.plural.lower(),
            english=f"{english} {noun.english}",
            english_plural=f"{english} {noun.english_plural}",
        )
        for first, english in FIRST_PARTS.get(noun.singular, {}).items()
    )


CONTRACTIONS = {
    "in dem": "im",
    "in das": "ins",
    "an dem": "am",
    "zu dem": "zum",
    "zu der": "zur",
    "von dem": "vom",
}


def prepositional(german: str, english: str, phrase: Phrase, case: int) -> tuple[str, str]:
    """A preposition and its phrase on both sides; German draws it together with the article."""
    opening, article, *rest = f"{german} {phrase.german[case]}".split(" ")
    both = f"{opening} {article}"
    return " ".join([CONTRACTIONS.get(both, both), *rest]), f"{english} {phrase.english[1]}"


def join(*words: str) -> str:
    """The words with spaces between them, and none for those that are empty."""
    return " ".join(filter(None, words))
