"""What the made-up sentences say: who does what to whom, where and when, drawn by chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from nlpseq_tasks.chance import Chance
from nlpseq_tasks.translation.clauses import Clause
from nlpseq_tasks.translation.phrases import (
    ACCUSATIVE,
    DATIVE,
    PRONOUNS,
    WE,
    I,
    Phrase,
    compounds,
    join,
    noun_phrase,
    prepositional,
)
from nlpseq_tasks.translation.verbs import (
    ACTING,
    BE,
    GIVING,
    GOING,
    HABITS,
    HELPING,
    LEAVING,
    MEETING,
    MODALS,
    PUTTING,
    STAYING,
    TIMES,
    TRANSITIVE,
)
from nlpseq_tasks.translation.words import (
    DEGREES,
    KIN,
    LOOKS,
    PEOPLE,
    STATES,
    STRANGERS,
    THINGS,
    Adverb,
    Noun,
    Verb,
)

Openings = tuple[tuple[str, bool], ...]
"""Determiners, each with whether its noun is in the plural."""


def openings(singular: str, plural: str = "") -> Openings:
    """Openings of words; ``-`` is no determiner at all."""
    one = [(word, False) for word in singular.split()]
    return (*one, *((word.strip("-"), True) for word in plural.split()))


THING = openings("der der der dieser mein unser ein ein ein", "der dieser mein zwei drei viele -")
NOT_THING = openings("der dieser mein unser kein kein kein kein", "der dieser kein kein kein")
KNOWN = openings("der der dieser mein unser", "der dieser mein")
SPOT = openings("der der der dieser mein unser ein", "der unser")
PLACE = openings("der der der der dieser unser")
PERSONS: Sequence[tuple[Sequence[Noun], Openings, Openings]] = (  # with all, with definite openings
    (KIN, openings("mein mein unser"), openings("mein unser")),
    (
        PEOPLE,
        openings("der der der mein unser ein", "der der unser zwei viele"),
        openings("der der dieser mein unser", "der dieser unser"),
    ),
    (
        STRANGERS,
        openings("der der der dieser ein", "der der dieser zwei viele"),
        openings("der der dieser", "der dieser"),
    ),
)
SPEAKERS = (I, I, WE, PRONOUNS["m"], PRONOUNS["f"], PRONOUNS["p"])
CARRIED = ("text", "clothes", "lying", "standing")
TENSES = ("past",) * 8 + ("habit",) * 5 + ("now",) * 3 + ("future",) * 2 + tuple(MODALS)
BARE_TENSES = ("past", "habit", "future", "können")  # of verbs for what one does not decide to do
NEARBY = (("unter", "under"), ("neben", "next to"), ("hinter", "behind"), ("vor", "in front of"))


class Mood(NamedTuple):
    """When something happens, and whether it does."""

    tense: str
    adverb: Adverb | None
    negated: bool


class Scenes:
    """Draws clauses of every kind."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self._actions: Sequence[Callable[[Phrase], Clause]] = (
            *[self.handling] * 8,
            *[self.meeting] * 3,
            *[self.helping] * 3,
            *[self.giving] * 3,
            *[self.putting] * 2,
            *[self.acting] * 3,
            *[self.going] * 2,
            self.leaving,
        )

    def anything(self) -> Clause:
        """An action or a state."""
        if self.chance.often(0.75):
            return self.action(self.subject())
        if self.chance.often(0.4):
            return self.staying()
        subject = self.subject()
        if self.chance.often(0.5):
            subject = self.thing(self.chance.pick(CARRIED), KNOWN)
        return self.state(subject, "past" if self.chance.often(0.4) else "habit")

    def positive(self, draw: Callable[[], Clause]) -> Clause:
        """A clause that ``draw`` gives without negation, and not about the speaker."""
        while (clause := draw()).negated or clause.subject is I:
            continue
        return clause

    # Persons and things.

    def subject(self) -> Phrase:
        """Who does something."""
        if self.chance.often(0.4):
            return self.chance.pick(SPEAKERS)
        return self.person(definite=self.chance.often(0.7))

    def antecedent(self) -> Phrase:
        """A subject that a pronoun can take up; what stands for a child differs too much."""
        while (phrase := self.subject()).gender == "n":
            continue
        return phrase

    def person(self, *, definite: bool = False) -> Phrase:
        """Somebody, called by a noun."""
        nouns, every, known = self.chance.pick(PERSONS)
        return self._phrase(self.chance.pick(nouns), known if definite else every)

    def thing(self, group: str, among: Openings = THING) -> Phrase:
        """Something of a group, at times a compound."""
        noun = self.chance.pick(THINGS[group])
        if (parts := compounds(noun)) and self.chance.often(0.85):
            noun = self.chance.pick(parts)
        return self._phrase(noun, among)

    def _phrase(self, noun: Noun, among: Openings) -> Phrase:
        determiner, plural = self.chance.pick(among)
        looks = tuple(LOOKS[noun.kind].items())
        look = self.chance.pick(looks) if self.chance.often(0.3) else ("", "")
        return noun_phrase(noun, determiner, look, plural=plural)

    # Times.

    def mood(self, verb: Verb) -> Mood:
        """A tense that the verb can take, with a time that suits it."""
        tense = self.chance.pick(TENSES)
        if not verb.progressive and tense not in BARE_TENSES:
            tense = "past"
        negated = tense != "now" and self.chance.often(0.2)
        return Mood(tense, self.time(tense, negated=negated), negated)

    def time(self, tense: str, *, negated: bool) -> Adverb | None:
        """An adverb for the tense; *gerade* always, as it tells *is reading* from *reads*."""
        if tense != "now" and self.chance.often(0.35):
            return None
        if tense == "habit" and not negated and self.chance.often(0.7):
            return self.chance.pick(HABITS)
        return self.chance.pick(TIMES.get(tense, TIMES["modal"]))

    # Actions.

    def action(self, subject: Phrase) -> Clause:
        """What ``subject`` does."""
        return self.chance.pick(self._actions)(subject)

    def handling(self, subject: Phrase) -> Clause:
        """Something is done with a thing."""
        frame = self.chance.pick(TRANSITIVE)
        verb = self.chance.pick(frame.verbs)
        mood = self.mood(verb)
        thing = self.thing(self.chance.pick(frame.kinds), NOT_THING if mood.negated else THING)
        return self._clause(subject, verb, mood, (ACCUSATIVE, thing))

    def meeting(self, subject: Phrase) -> Clause:
        """A person is the direct object."""
        verb = self.chance.pick(MEETING)
        mood = self.mood(verb)
        return self._clause(subject, verb, mood, (ACCUSATIVE, self._other(subject, mood)))

    def helping(self, subject: Phrase) -> Clause:
        """A person is the only object, in the dative."""
        verb = self.chance.pick(HELPING)
        mood = self.mood(verb)
        return self._clause(subject, verb, mood, (DATIVE, self._other(subject, mood)))

    def giving(self, subject: Phrase) -> Clause:
        """Something for somebody."""
        verb = self.chance.pick(GIVING)
        mood = self.mood(verb)
        gift = self.thing(self.chance.pick(CARRIED), NOT_THING if mood.negated else THING)
        receiver = self._other(subject, Mood("", None, negated=True))
        return self._clause(subject, verb, mood, (DATIVE, receiver), (ACCUSATIVE, gift))

    def putting(self, subject: Phrase) -> Clause:
        """A thing is put somewhere: the place is in the accusative."""
        kind = self.chance.pick(tuple(PUTTING))
        mood = self.mood(PUTTING[kind])
        thing = self.thing(kind, NOT_THING if mood.negated else THING)
        clause = self._clause(subject, PUTTING[kind], mood, (ACCUSATIVE, thing))
        return clause._replace(place=self._spot(ACCUSATIVE))

    def acting(self, subject: Phrase) -> Clause:
        """Something is done in a room or with somebody."""
        verb = self.chance.pick(ACTING)
        with_whom = self.person(definite=True)
        room = self.thing("room", PLACE)
        place = self.chance.pick(
            (
                prepositional("mit", "with", with_whom, DATIVE),
                prepositional("in", "in", room, DATIVE),
            )
        )
        return self._clause(subject, verb, self.mood(verb))._replace(place=place)

    def going(self, subject: Phrase) -> Clause:
        """Somebody moves to a building."""
        verb, goal = self.chance.pick(GOING), self.thing("building", PLACE)
        place = prepositional("zu", "to", goal, DATIVE)
        return self._clause(subject, verb, self.mood(verb))._replace(place=place)

    def leaving(self, subject: Phrase) -> Clause:
        """What somebody does without anything else."""
        verb = self.chance.pick(LEAVING)
        return self._clause(subject, verb, self.mood(verb))

    def _other(self, subject: Phrase, mood: Mood) -> Phrase:
        """Somebody who is not the subject; a definite one where there is a negation."""
        if subject not in (I, WE) and self.chance.often(0.25):
            return self.chance.pick((I, WE))
        return self.person(definite=mood.negated)

    def _clause(
        self, subject: Phrase, verb: Verb, mood: Mood, *objects: tuple[int, Phrase]
    ) -> Clause:
        clause = Clause(subject, verb, mood.tense, objects)
        return clause._replace(adverb=mood.adverb, negated=mood.negated)

    # States.

    def staying(self) -> Clause:
        """A thing is somewhere: the place is in the dative."""
        kind, negated = self.chance.pick(tuple(STAYING)), self.chance.often(0.15)
        tense = "past" if self.chance.often(0.5) else "habit"
        adverb = self.time("past", negated=negated) if tense == "past" else None
        thing = self.thing(kind, KNOWN if negated else THING)
        return Clause(thing, STAYING[kind], tense, (), self._spot(DATIVE), adverb, negated)

    def state(self, subject: Phrase, tense: str) -> Clause:
        """What ``subject`` is like; in the present unless ``tense`` is the past."""
        german, english = self.chance.pick(tuple(STATES[subject.kind].items()))
        negated = self.chance.often(0.15)
        if not negated and self.chance.often(0.5):
            degree = self.chance.pick(tuple(DEGREES))
            german, english = join(degree, german), join(DEGREES[degree], english)
        return Clause(subject, BE, tense, place=(german, english), negated=negated)

    def _spot(self, case: int) -> tuple[str, str]:
        """On, in or near a piece of furniture."""
        if self.chance.often(0.35):
            return prepositional("in", "in", self.thing("box", SPOT), case)
        near = self.chance.pick((("auf", "on"), self.chance.pick(NEARBY)))
        return prepositional(*near, self.thing("seat", SPOT), case)
