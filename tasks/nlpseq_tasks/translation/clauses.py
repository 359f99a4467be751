"""Clauses on both sides: where the verb stands and what tense it takes.

The German verb comes second in a main clause, first in a question and last in a subordinate
clause; infinitives, participles and separable prefixes stand at the end. English keeps its
order and asks for *do* in questions and negations. The perfect tense of German tells what
English tells in the past, and the present is *is reading* where German adds *gerade*.
"""

from __future__ import annotations

from typing import NamedTuple

from nlpseq_tasks.translation.phrases import FIRST, NOMINATIVE, THIRD, Phrase, join
from nlpseq_tasks.translation.verbs import BE, MODALS
from nlpseq_tasks.translation.words import Adverb, Being, Forms, Verb

HAVE: Forms = ("habe", "hat", "haben")
AUXILIARIES = {"hat": HAVE, "ist": BE.present}
AM: Forms = ("am", "is", "are")
WAS: Forms = ("was", "was", "were")
DO: Forms = ("do", "does", "do")


class Predicate(NamedTuple):
    """What a clause says of its subject, with the verb in the form that agrees with it."""

    finite: str
    prefix: str  # joins the finite verb where that stands last
    end: str  # infinitive or participle
    auxiliary: str  # English, for questions and negations
    bare: str  # what follows the auxiliary
    plain: str  # what stands for both in a statement; "" where the auxiliary stays
    tail: str = ""  # English, behind the verb
    particle: str = ""  # English, behind the verb or its pronoun


class Clause(NamedTuple):
    """One thing to say, on both sides, before its words are put in order."""

    subject: Phrase
    verb: Verb | Being
    tense: str  # habit, now, past, or a name of MODALS
    objects: tuple[tuple[int, Phrase], ...] = ()  # each with its case
    place: tuple[str, str] = ("", "")  # any closing words, with the same role on both sides
    adverb: Adverb | None = None
    negated: bool = False

    @property
    def predicate(self) -> Predicate:
        """The verb in its tense, agreeing with the subject."""
        agreement = self.subject.agreement
        if isinstance(self.verb, Being):
            return _being(self.verb, self.tense, agreement)
        return _TENSES.get(self.tense, _modal)(self.verb, self.tense, agreement)


def _being(verb: Being, tense: str, agreement: int) -> Predicate:
    german, english = (verb.past, WAS) if tense == "past" else (verb.present, AM)
    return Predicate(german[agreement], "", "", english[agreement], "", "")


def _present(verb: Verb, tense: str, agreement: int) -> Predicate:
    finite = {FIRST: verb.infinitive[:-1], THIRD: verb.third}.get(agreement, verb.infinitive)
    auxiliary, bare = DO[agreement], verb.english
    plain = verb.english_third if agreement == THIRD else verb.english
    if tense == "now":
        auxiliary, bare, plain = AM[agreement], verb.progressive, ""
    return Predicate(finite, verb.prefix, "", auxiliary, bare, plain, verb.tail, verb.particle)


def _perfect(verb: Verb, _tense: str, agreement: int) -> Predicate:
    german = (AUXILIARIES[verb.auxiliary][agreement], "", verb.participle)
    return Predicate(*german, "did", verb.english, verb.past, verb.tail, verb.particle)


def _modal(verb: Verb, tense: str, agreement: int) -> Predicate:
    modal = MODALS[tense]
    german = (modal.german[agreement], "", verb.prefix + verb.infinitive)
    auxiliary, bare, plain = modal.auxiliary, join(modal.link, verb.english), ""
    if not auxiliary:
        auxiliary = DO[agreement]
        plain = join(modal.third if agreement == THIRD else modal.link, verb.english)
    return Predicate(*german, auxiliary, bare, plain, verb.tail, verb.particle)


_TENSES = {"habit": _present, "now": _present, "past": _perfect}


def german_main(clause: Clause, first: str = "", *, fronted: bool = False) -> str:
    """Verb second: after the subject, after the adverb if ``fronted``, or after ``first``."""
    subject, predicate = clause.subject.german[NOMINATIVE], clause.predicate
    if fronted and clause.adverb:
        first, clause = clause.adverb.german, clause._replace(adverb=None)
    opening = (first, predicate.finite, subject) if first else (subject, predicate.finite)
    return join(*opening, _middle(clause), predicate.prefix, predicate.end)


def german_question(clause: Clause, word: str = "") -> str:
    """Verb first, or second after a question word."""
    predicate = clause.predicate
    opening = (word, predicate.finite, clause.subject.german[NOMINATIVE])
    return join(*opening, _middle(clause), predicate.prefix, predicate.end)


def german_subordinate(clause: Clause, conjunction: str) -> str:
    """Verb last, with its prefix."""
    predicate = clause.predicate
    opening = (conjunction, clause.subject.german[NOMINATIVE], _middle(clause))
    return join(*opening, predicate.end, predicate.prefix + predicate.finite)


def _middle(clause: Clause) -> str:
    """Objects, adverb, negation and place; what is known comes first."""
    says_not = clause.negated and not any(phrase.negative for _, phrase in clause.objects)
    early, late = list[str](), list[str]()
    for case, phrase in clause.objects:
        (early if phrase.pronoun or says_not else late).append(phrase.german[case])
    adverb = clause.adverb.german if clause.adverb else ""
    return join(*early, adverb, *late, "nicht" if says_not else "", clause.place[0])


def english_main(clause: Clause, *, fronted: bool = False) -> str:
    """Subject, verb, objects, place and time; the time first if ``fronted``."""
    adverb = clause.adverb
    if fronted and adverb:
        return join(adverb.english, english_main(clause._replace(adverb=None)))
    predicate, middle = clause.predicate, _middle_adverb(clause)
    auxiliary, verb = predicate.auxiliary, predicate.bare
    if predicate.plain and not clause.negated:
        auxiliary, verb = "", predicate.plain
    if clause.negated:
        auxiliary = "cannot" if auxiliary == "can" else f"{auxiliary} not"
    return join(clause.subject.english[0], auxiliary, middle, _rest(clause, verb))


def english_question(clause: Clause, word: str = "") -> str:
    """The auxiliary before the subject."""
    predicate, negation = clause.predicate, "not" if clause.negated else ""
    opening = (word, predicate.auxiliary, clause.subject.english[0], negation)
    return join(*opening, _middle_adverb(clause), _rest(clause, predicate.bare))


def _middle_adverb(clause: Clause) -> str:
    return clause.adverb.english if clause.adverb and clause.adverb.middle else ""


def _rest(clause: Clause, verb: str) -> str:
    """The verb and what follows it; a particle goes behind a pronoun."""
    objects = [phrase.english[1] for _, phrase in clause.objects]
    after_pronoun = bool(clause.objects) and clause.objects[0][1].pronoun
    objects.insert(1 if after_pronoun else 0, clause.predicate.particle)
    adverb = clause.adverb.english if clause.adverb and not clause.adverb.middle else ""
    return join(verb, clause.predicate.tail, *objects, clause.place[1], adverb)
