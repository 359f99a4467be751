"""The grammar of the made-up sample against what grammar books say."""

import re
from itertools import chain

import pytest

from nlpseq_tasks.translation import verbs as table
from nlpseq_tasks.translation.clauses import (
    Clause,
    english_main,
    english_question,
    german_main,
    german_question,
    german_subordinate,
)
from nlpseq_tasks.translation.phrases import (
    ACCUSATIVE,
    DATIVE,
    DETERMINERS,
    NOMINATIVE,
    PRONOUNS,
    WE,
    I,
    compounds,
    noun_forms,
    noun_phrase,
    prepositional,
    referring,
)
from nlpseq_tasks.translation.sample import COMPOUNDS
from nlpseq_tasks.translation.words import (
    FIRST_PARTS,
    KIN,
    LOOKS,
    PEOPLE,
    STATES,
    STRANGERS,
    THINGS,
    Adverb,
    Verb,
)

NOUNS = tuple(dict.fromkeys(chain(KIN, PEOPLE, STRANGERS, *THINGS.values())))
BY_NAME = {noun.singular: noun for noun in NOUNS}
VERBS = tuple(
    dict.fromkeys(
        chain(
            *(frame.verbs for frame in table.TRANSITIVE),
            *(table.MEETING, table.HELPING, table.GIVING, table.ACTING, table.LEAVING, table.GOING),
            table.PUTTING.values(),
        )
    )
)
EVERY_NOUN = pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.singular)
EVERY_VERB = pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.prefix + verb.infinitive)

# Verbs that do not follow the weak pattern: infinitive, er-form, participle.
STRONG = {
    infinitive: (third, participle)
    for infinitive, third, participle in map(
        str.split,
        """
        lesen liest gelesen
        schreiben schreibt geschrieben
        verstehen versteht verstanden
        essen isst gegessen
        schneiden schneidet geschnitten
        bringen bringt gebracht
        tragen trägt getragen
        ziehen zieht gezogen
        waschen wäscht gewaschen
        finden findet gefunden
        verlieren verliert verloren
        vergessen vergisst vergessen
        nehmen nimmt genommen
        werfen wirft geworfen
        schließen schließt geschlossen
        sehen sieht gesehen
        fangen fängt gefangen
        rufen ruft gerufen
        laden lädt geladen
        treffen trifft getroffen
        kennen kennt gekannt
        helfen hilft geholfen
        geben gibt gegeben
        leihen leiht geliehen
        singen singt gesungen
        kommen kommt gekommen
        stehen steht gestanden
        schlafen schläft geschlafen
        gehen geht gegangen
        laufen läuft gelaufen
        """.strip().splitlines(),
    )
}
IRREGULAR = dict(
    word.split("-")
    for line in """
    read-read write-wrote understand-understood eat-ate cut-cut bring-brought wear-wore put-put
    take-took find-found lose-lost forget-forgot buy-bought sell-sold throw-threw see-saw hear-heard
    catch-caught draw-drew meet-met know-knew give-gave send-sent lend-lent sing-sang leave-left
    get-got wake-woke fall-fell go-went run-ran come-came
    """.splitlines()
    for word in line.split()
)
GENDERS = {
    "m": """
        Vater Bruder Onkel Großvater Freund Nachbar Arzt Lehrer Gast Gärtner Mann Junge Student
        Polizist Brief Aufsatz Bericht Apfel Kuchen Salat Mantel Hut Schuh Schlüssel Löffel Stift
        Teller Korb Schrank Koffer Fernseher Computer Hund Vogel Tisch Stuhl Garten Keller Bahnhof
        Markt
        """,
    "f": """
        Mutter Schwester Tante Großmutter Nachbarin Ärztin Lehrerin Köchin Frau Karte Birne
        Kartoffel Jacke Decke Tasse Flasche Lampe Tür Schublade Maschine Katze Bank Kiste Tasche
        Küche Werkstatt Schule Bibliothek Kirche
        """,
    "n": """
        Kind Mädchen Buch Gedicht Brötchen Ei Hemd Kleid Messer Bild Geschenk Glas Fenster Tor
        Radio Pferd Bett Sofa Büro Wohnzimmer Museum Hotel
        """,
}
DOUBLED = {"cut": "cutting", "put": "putting", "get": "getting", "run": "running"}


@EVERY_VERB
def test_a_verb_is_weak_or_its_strong_forms_are_known(verb):
    stem = verb.infinitive.removesuffix("en")
    ending = "et" if re.search(r"[dt]$|([^aeiouäöülrhmn]|ch)[nm]$", stem) else "t"
    unstressed = re.match(r"be|ver|über", stem) or stem.endswith("ier")
    weak = (stem + ending, ("" if unstressed else "ge") + stem + ending)
    third, participle = STRONG.get(verb.infinitive, weak)
    assert (verb.third, verb.participle) == (third, verb.prefix + participle)


def test_only_what_moves_or_changes_takes_sein():
    found = {verb.prefix + verb.infinitive for verb in VERBS if verb.auxiliary == "ist"}
    assert found == {
        *("folgen", "gehen", "kommen", "laufen", "zurückkehren", "ankommen", "abreisen"),
        *("aufstehen", "aufwachen", "einschlafen", "ausgehen", "weglaufen"),
    }
    assert {verb.auxiliary for verb in VERBS} == {"hat", "ist"}


@EVERY_VERB
def test_an_english_verb_is_regular_or_its_past_is_known(verb):
    base, sibilant = verb.english, verb.english.endswith(("s", "x", "ch", "sh", "o"))
    y = base.endswith("y") and base[-2] not in "aeiou"
    assert verb.english_third == (base[:-1] + "ies" if y else base + ("es" if sibilant else "s"))
    regular = base[:-1] + "ied" if y else base + ("d" if base.endswith("e") else "ed")
    assert verb.past == IRREGULAR.get(base, regular)
    progressive = DOUBLED.get(base, (base[:-1] if re.search(r"[^e]e$", base) else base) + "ing")
    assert verb.progressive in ("", progressive)


def test_each_noun_has_the_gender_that_dictionaries_give():
    found = {gender: {n.singular for n in NOUNS if n.gender == gender} for gender in "mfn"}
    assert found == {gender: set(words.split()) for gender, words in GENDERS.items()}


@EVERY_NOUN
def test_a_plural_is_formed_as_plurals_are(noun):
    plain = str.maketrans("äöüÄÖÜ", "aouAOU")
    stem, plural = noun.singular.translate(plain), noun.plural.translate(plain)
    endings = {plural.removeprefix(stem)} if plural.startswith(stem) else {noun.plural}
    assert endings <= {"", "e", "er", "n", "en", "nen", "s", "Museen"}
    if noun.gender == "f" and noun.singular.endswith(("e", "in")):
        assert endings <= {"n", "nen"}


@EVERY_NOUN
def test_all_datives_in_the_plural_end_in_n_or_s(noun):
    assert noun_forms(noun, plural=True)[DATIVE].endswith(("n", "s"))


def test_only_weak_masculines_change_in_the_singular():
    changed = {noun.singular: noun.oblique for noun in NOUNS if noun.oblique != noun.singular}
    assert changed == {
        "Junge": "Jungen",
        "Nachbar": "Nachbarn",
        "Student": "Studenten",
        "Polizist": "Polizisten",
    }


@pytest.mark.parametrize(
    ("noun", "determiner", "look", "plural", "cases"),
    [
        ("Tisch", "der", "alt", False, "der alte Tisch, den alten Tisch, dem alten Tisch"),
        ("Lampe", "der", "alt", False, "die alte Lampe, die alte Lampe, der alten Lampe"),
        ("Buch", "der", "alt", False, "das alte Buch, das alte Buch, dem alten Buch"),
        ("Kind", "der", "alt", True, "die alten Kinder, die alten Kinder, den alten Kindern"),
        ("Tisch", "dieser", "", False, "dieser Tisch, diesen Tisch, diesem Tisch"),
        ("Lampe", "dieser", "", False, "diese Lampe, diese Lampe, dieser Lampe"),
        ("Buch", "dieser", "", False, "dieses Buch, dieses Buch, diesem Buch"),
        ("Radio", "dieser", "", True, "diese Radios, diese Radios, diesen Radios"),
        ("Tisch", "ein", "alt", False, "ein alter Tisch, einen alten Tisch, einem alten Tisch"),
        ("Lampe", "ein", "alt", False, "eine alte Lampe, eine alte Lampe, einer alten Lampe"),
        ("Buch", "ein", "alt", False, "ein altes Buch, ein altes Buch, einem alten Buch"),
        (
            "Buch",
            "kein",
            "alt",
            True,
            "keine alten Bücher, keine alten Bücher, keinen alten Büchern",
        ),
        ("Junge", "unser", "", False, "unser Junge, unseren Jungen, unserem Jungen"),
        ("Tür", "unser", "", False, "unsere Tür, unsere Tür, unserer Tür"),
        ("Gast", "viele", "alt", True, "viele alte Gäste, viele alte Gäste, vielen alten Gästen"),
        ("Gast", "zwei", "alt", True, "zwei alte Gäste, zwei alte Gäste, zwei alten Gästen"),
        ("Gast", "", "alt", True, "alte Gäste, alte Gäste, alten Gästen"),
        ("Hut", "der", "teuer|teur", False, "der teure Hut, den teuren Hut, dem teuren Hut"),
    ],
)
def test_a_noun_phrase_is_declined_as_grammar_books_decline_it(
    noun, determiner, look, plural, cases
):
    phrase = noun_phrase(BY_NAME[noun], determiner, (look, "old"), plural=plural)
    assert ", ".join(phrase.german) == cases
    assert phrase.negative == (determiner == "kein")


@pytest.mark.parametrize(
    ("noun", "determiner", "english", "plural", "expected"),
    [
        ("Apfel", "ein", "", False, "an apple"),
        ("Apfel", "ein", "big", False, "a big apple"),
        ("Buch", "ein", "old", False, "an old book"),
        ("Messer", "zwei", "", True, "two knives"),
        ("Kind", "viele", "", True, "many children"),
        ("Buch", "kein", "", True, "any books"),
        ("Buch", "dieser", "", True, "these books"),
        ("Buch", "", "old", True, "old books"),
    ],
)
def test_the_english_of_a_noun_phrase(noun, determiner, english, plural, expected):
    phrase = noun_phrase(
        BY_NAME[noun], determiner, ("alt" if english else "", english), plural=plural
    )
    assert phrase.english == (expected, expected)


@pytest.mark.parametrize("name", DETERMINERS)
@pytest.mark.parametrize("number", ["singular", "plural"])
def test_a_determiner_has_an_english_wherever_it_has_endings(name, number):
    determiner = DETERMINERS[name]
    if name not in ("ein", "") and number == "plural":
        assert "p" in determiner.endings
        assert determiner.english_plural
    if number == "singular" and determiner.english:
        assert {"m", "f", "n"} <= set(determiner.endings) & set(determiner.adjective)


@pytest.mark.parametrize(
    ("preposition", "noun", "determiner", "case", "expected"),
    [
        ("in", "Garten", "der", DATIVE, "im Garten"),
        ("in", "Garten", "der", ACCUSATIVE, "in den Garten"),
        ("in", "Büro", "der", ACCUSATIVE, "ins Büro"),
        ("in", "Küche", "der", DATIVE, "in der Küche"),
        ("zu", "Schule", "der", DATIVE, "zur Schule"),
        ("zu", "Bahnhof", "der", DATIVE, "zum Bahnhof"),
        ("zu", "Bahnhof", "dieser", DATIVE, "zu diesem Bahnhof"),
        ("auf", "Tisch", "der", DATIVE, "auf dem Tisch"),
    ],
)
def test_a_preposition_is_drawn_together_with_a_plain_article(
    preposition, noun, determiner, case, expected
):
    phrase = noun_phrase(BY_NAME[noun], determiner)
    assert prepositional(preposition, "at", phrase, case)[0] == expected


@pytest.mark.parametrize(
    ("noun", "plural", "german", "english"),
    [
        ("Schlüssel", False, "er ihn ihm", "it it"),
        ("Tür", False, "sie sie ihr", "it it"),
        ("Fenster", False, "es es ihm", "it it"),
        ("Mann", False, "er ihn ihm", "he him"),
        ("Frau", False, "sie sie ihr", "she her"),
        ("Tür", True, "sie sie ihnen", "they them"),
        ("Mann", True, "sie sie ihnen", "they them"),
    ],
)
def test_a_pronoun_agrees_in_gender_in_german_and_in_nature_in_english(
    noun, plural, german, english
):
    pronoun = referring(noun_phrase(BY_NAME[noun], "der", plural=plural))
    assert " ".join(pronoun.german) == german
    assert " ".join(pronoun.english) == english


def test_a_pronoun_is_taken_up_by_itself():
    assert referring(I) is I


def test_a_compound_takes_all_but_its_beginning_from_its_last_part():
    key = COMPOUNDS["Haustürschlüssel"]
    assert (key.gender, key.plural, key.english) == ("m", "Haustürschlüssel", "front door key")
    for noun in NOUNS:
        for compound in compounds(noun):
            assert compound.gender == noun.gender
            assert compound.plural.endswith(noun.plural.lower())
    assert set(FIRST_PARTS) <= set(BY_NAME)


def test_what_is_said_of_persons_is_said_of_no_thing_and_nothing_is_said_twice():
    persons = {*STATES["person"]}
    assert all(persons.isdisjoint(states) for kind, states in STATES.items() if kind != "person")
    assert all(set(states).isdisjoint(LOOKS[kind]) for kind, states in STATES.items())


def verb(infinitive):
    return next(verb for verb in VERBS if verb.prefix + verb.infinitive == infinitive)


MAN = noun_phrase(BY_NAME["Mann"], "der")
WOMEN = noun_phrase(BY_NAME["Frau"], "der", plural=True)
LAMP = noun_phrase(BY_NAME["Lampe"], "der")
NO_LAMP = noun_phrase(BY_NAME["Lampe"], "kein")
IT = referring(LAMP)
YESTERDAY, OFTEN = Adverb("gestern", "yesterday"), Adverb("oft", "often", middle=True)
OFF, HELP, LOOK, GET_UP = map(verb, ("ausschalten", "helfen", "suchen", "aufstehen"))


def clause(subject, acting, tense, thing=None, **more):
    case = DATIVE if acting is HELP else ACCUSATIVE
    return Clause(subject, acting, tense, ((case, thing),) if thing else (), **more)


@pytest.mark.parametrize(
    ("said", "german", "english"),
    [
        (
            clause(MAN, OFF, "habit", LAMP),
            "der Mann schaltet die Lampe aus",
            "the man turns off the lamp",
        ),
        (clause(I, OFF, "habit", LAMP), "ich schalte die Lampe aus", "I turn off the lamp"),
        (clause(WE, OFF, "now", LAMP), "wir schalten die Lampe aus", "we are turning off the lamp"),
        (
            clause(WOMEN, OFF, "past", LAMP, adverb=YESTERDAY),
            "die Frauen haben gestern die Lampe ausgeschaltet",
            "the women turned off the lamp yesterday",
        ),
        (
            clause(WOMEN, OFF, "past", IT, adverb=YESTERDAY, negated=True),
            "die Frauen haben sie gestern nicht ausgeschaltet",
            "the women did not turn it off yesterday",
        ),
        (
            clause(MAN, OFF, "past", LAMP, adverb=YESTERDAY, negated=True),
            "der Mann hat die Lampe gestern nicht ausgeschaltet",
            "the man did not turn off the lamp yesterday",
        ),
        (
            clause(MAN, OFF, "wollen", NO_LAMP, negated=True),
            "der Mann will keine Lampe ausschalten",
            "the man does not want to turn off a lamp",
        ),
        (
            clause(MAN, OFF, "müssen", LAMP),
            "der Mann muss die Lampe ausschalten",
            "the man has to turn off the lamp",
        ),
        (
            clause(MAN, OFF, "können", IT, negated=True),
            "der Mann kann sie nicht ausschalten",
            "the man cannot turn it off",
        ),
        (
            clause(MAN, OFF, "future", IT),
            "der Mann wird sie ausschalten",
            "the man will turn it off",
        ),
        (clause(MAN, LOOK, "now", IT), "der Mann sucht sie", "the man is looking for it"),
        (
            clause(MAN, HELP, "habit", WOMEN, adverb=OFTEN),
            "der Mann hilft oft den Frauen",
            "the man often helps the women",
        ),
        (clause(MAN, GET_UP, "past"), "der Mann ist aufgestanden", "the man got up"),
        (
            Clause(MAN, table.BE, "past", place=("müde", "tired"), negated=True),
            "der Mann war nicht müde",
            "the man was not tired",
        ),
    ],
)
def test_a_main_clause_has_its_verb_second_and_the_rest_of_it_last(said, german, english):
    assert german_main(said) == german
    assert english_main(said) == english


@pytest.mark.parametrize(
    ("said", "last", "question"),
    [
        (
            clause(MAN, OFF, "habit", LAMP),
            "dass der Mann die Lampe ausschaltet",
            "schaltet der Mann die Lampe aus",
        ),
        (
            clause(MAN, OFF, "past", LAMP),
            "dass der Mann die Lampe ausgeschaltet hat",
            "hat der Mann die Lampe ausgeschaltet",
        ),
        (
            clause(WE, OFF, "können", IT),
            "dass wir sie ausschalten können",
            "können wir sie ausschalten",
        ),
    ],
)
def test_a_subordinate_clause_has_all_of_its_verb_last_and_a_question_first(said, last, question):
    assert german_subordinate(said, "dass") == last
    assert german_question(said) == question
    assert german_question(said, "warum") == f"warum {question}"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (clause(MAN, OFF, "habit", LAMP), "why does the man turn off the lamp"),
        (clause(MAN, OFF, "past", IT, negated=True), "why did the man not turn it off"),
        (clause(WE, LOOK, "now", LAMP), "why are we looking for the lamp"),
        (clause(MAN, OFF, "wollen", LAMP), "why does the man want to turn off the lamp"),
        (clause(MAN, OFF, "möchten", LAMP), "why would the man like to turn off the lamp"),
        (Clause(MAN, table.BE, "habit", place=("müde", "tired")), "why is the man tired"),
    ],
)
def test_an_english_question_puts_an_auxiliary_before_the_subject(said, expected):
    assert english_question(said, "why") == expected


def test_an_adverb_in_front_leaves_the_german_verb_second():
    said = clause(MAN, OFF, "past", LAMP, adverb=YESTERDAY)
    assert german_main(said, fronted=True) == "gestern hat der Mann die Lampe ausgeschaltet"
    assert english_main(said, fronted=True) == "yesterday the man turned off the lamp"


def test_a_clause_in_front_leaves_the_german_verb_second():
    said = clause(PRONOUNS["m"], OFF, "past", LAMP)
    assert german_main(said, "weil er müde war,") == (
        "weil er müde war, hat er die Lampe ausgeschaltet"
    )


def test_nothing_is_a_verb_twice_with_other_forms():
    known = {}
    for each in VERBS:
        assert isinstance(each, Verb)
        assert known.setdefault(each.prefix + each.infinitive, each) == each
    assert MAN.german[NOMINATIVE] == "der Mann"
