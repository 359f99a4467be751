"""How clauses become sentences: statements, questions, and clauses that depend on others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nlpseq_tasks.chance import Chance
from nlpseq_tasks.translation.clauses import (
    Clause,
    english_main,
    english_question,
    german_main,
    german_question,
    german_subordinate,
)
from nlpseq_tasks.translation.phrases import ACCUSATIVE, WHO, referring
from nlpseq_tasks.translation.scenes import Scenes
from nlpseq_tasks.translation.verbs import STAYING, TRANSITIVE

Pair = tuple[str, str]

BELIEFS = (
    ("ich glaube, dass", "I think that"),
    ("ich weiß, dass", "I know that"),
    ("wir hoffen, dass", "we hope that"),
    ("er sagt, dass", "he says that"),
    ("meine Mutter sagt, dass", "my mother says that"),
    ("es stimmt, dass", "it is true that"),
    ("ich weiß nicht, ob", "I do not know whether"),
    ("niemand weiß, ob", "nobody knows whether"),
    ("sie fragt, ob", "she asks whether"),
)
REASONS = (("weil", "because"), ("weil", "because"), ("obwohl", "although"))


class Sentences:
    """Draws sentences of every kind, each in German and in English."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._scenes = Scenes(chance)
        self._kinds: Sequence[Callable[[], Pair]] = (
            *[self.statement] * 9,
            *[self.question] * 3,
            *[self.open_question] * 3,
            *[self.who_or_what] * 3,
            *[self.report] * 5,
            *[self.feeling] * 4,
            *[self.judgement] * 3,
            *[self.contrast] * 3,
            *[self.whereabouts] * 2,
        )

    def pair(self) -> Pair:
        """A sentence of any kind."""
        return self._chance.pick(self._kinds)()

    def statement(self) -> Pair:
        """A main clause, at times with its adverb in front."""
        clause = self._scenes.anything()
        fronted = bool(clause.adverb and not clause.adverb.middle) and self._chance.often(0.4)
        return finished(german_main(clause, fronted=fronted), english_main(clause, fronted=fronted))

    def question(self) -> Pair:
        """A question to be answered with yes or no."""
        clause = self._scenes.positive(self._scenes.anything)
        return finished(german_question(clause), english_question(clause), "?")

    def open_question(self) -> Pair:
        """Why, when or where."""
        clause, word = self._scenes.anything(), ("warum", "why")
        if clause.verb in STAYING.values() and not clause.negated:
            clause, word = clause._replace(place=("", "")), ("wo", "where")
        elif clause.adverb and clause.tense in ("past", "future") and self._chance.often(0.5):
            clause, word = clause._replace(adverb=None), ("wann", "when")
        return finished(german_question(clause, word[0]), english_question(clause, word[1]), "?")

    def who_or_what(self) -> Pair:
        """A question for the subject or for the only object."""
        scenes = self._scenes
        draw = self._chance.pick((scenes.handling, scenes.handling, scenes.meeting, scenes.helping))
        clause = scenes.positive(lambda: draw(scenes.subject()))
        if self._chance.often(0.3):
            clause = clause._replace(subject=WHO)
            return finished(german_main(clause), english_main(clause), "?")
        case, asked = clause.objects[0]
        word = (WHO.german[case], "who") if asked.kind == "person" else ("was", "what")
        clause = clause._replace(objects=())
        return finished(german_question(clause, word[0]), english_question(clause, word[1]), "?")

    def report(self) -> Pair:
        """A clause that somebody believes or asks about: its verb comes last."""
        german, english = self._chance.pick(BELIEFS)
        anything = self._scenes.anything
        clause = self._scenes.positive(anything) if german.endswith("ob") else anything()
        return finished(german_subordinate(clause, german), f"{english} {english_main(clause)}")

    def feeling(self) -> Pair:
        """An action and how the one who acts feels, in either order."""
        clause = self._scenes.action(self._scenes.antecedent())
        state = self._scenes.state(clause.subject, clause.tense)
        again = referring(clause.subject)
        if self._chance.often(0.5):
            return self._explained(clause, state._replace(subject=again))
        conjunction, because = self._chance.pick(REASONS)
        clause = clause._replace(subject=again)
        return finished(
            german_main(clause, f"{german_subordinate(state, conjunction)},"),
            f"{because} {english_main(state)}, {english_main(clause)}",
        )

    def judgement(self) -> Pair:
        """An action and what the thing is like that it is done with."""
        scenes = self._scenes
        clause = scenes.handling(scenes.subject())
        while clause.objects[0][1].negative:
            clause = scenes.handling(scenes.subject())
        thing = referring(clause.objects[0][1])
        return self._explained(clause, scenes.state(thing, clause.tense))

    def _explained(self, clause: Clause, reason: Clause) -> Pair:
        conjunction, because = self._chance.pick(REASONS)
        return finished(
            f"{german_main(clause)}, {german_subordinate(reason, conjunction)}",
            f"{english_main(clause)} {because} {english_main(reason)}",
        )

    def contrast(self) -> Pair:
        """What was done with a thing, and what was not."""
        scenes, frame = self._scenes, self._chance.pick(TRANSITIVE)
        done, other = self._chance.pick(frame.contrasts)
        subject, thing = scenes.antecedent(), scenes.thing(self._chance.pick(frame.kinds))
        adverb = scenes.time("past", negated=False)
        first = Clause(subject, done, "past", ((ACCUSATIVE, thing),), adverb=adverb)
        taken_up = ((ACCUSATIVE, referring(thing)),)
        second = Clause(referring(subject), other, "past", taken_up, negated=True)
        return _opposed(first, second)

    def whereabouts(self) -> Pair:
        """Where a thing is, and what it is like."""
        place = self._scenes.staying()
        thing = referring(place.subject)
        return _opposed(place, self._scenes.state(thing, place.tense))


def _opposed(first: Clause, second: Clause) -> Pair:
    return finished(
        f"{german_main(first)}, aber {german_main(second)}",
        f"{english_main(first)}, but {english_main(second)}",
    )


def finished(german: str, english: str, mark: str = ".") -> Pair:
    """Both sides with a capital in front and a mark at the end."""
    return german[0].upper() + german[1:] + mark, english[0].upper() + english[1:] + mark
