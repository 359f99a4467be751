"""The made-up sample: repeatable, its parts apart, one English for each German, and difficult."""

import hashlib
import os
import re
import subprocess
import sys
import time

import pytest

from nlpseq_tasks.chance import Chance
from nlpseq_tasks.translation.sample import COMPOUNDS, LENGTHS, UNSEEN, holds_unseen, parts
from nlpseq_tasks.translation.sentences import Sentences

DIGEST = """
import hashlib
from nlpseq_tasks.translation.sample import parts
print(hashlib.sha256(repr(parts()).encode()).hexdigest())
"""
SIDES = pytest.mark.parametrize("side", [0, 1], ids=["German", "English"])


@pytest.fixture(scope="module")
def sample():
    return parts()


def words(text):
    return re.findall(r"\w+", text)


def test_it_has_fifteen_thousand_pairs_to_learn_from_and_five_hundred_twice_to_judge_by(sample):
    assert list(sample) == ["train", "valid", "test"]
    assert len(sample["train"]) >= 15_000
    assert len(sample["valid"]) >= 500
    assert len(sample["test"]) >= 500


@SIDES
def test_no_sentence_stands_twice_not_even_written_otherwise(sample, side):
    texts = [" ".join(words(row[side].lower())) for rows in sample.values() for row in rows]
    assert len(set(texts)) == len(texts)


@SIDES
def test_a_sentence_has_four_to_sixteen_words_and_ends_in_one_mark(sample, side):
    for rows in sample.values():
        for row in rows:
            assert 4 <= len(words(row[side])) <= 16
            assert re.fullmatch(r"[A-ZÄÖÜ][a-zäöüßA-ZÄÖÜ, ]*[a-zäöüß][.?]", row[side]), row
            assert not re.search(r"  | ,|,[^ ]", row[side]), row
    assert (LENGTHS[0], LENGTHS[-1]) == (4, 16)


def test_a_question_stays_a_question(sample):
    assert all(german[-1] == english[-1] for rows in sample.values() for german, english in rows)


def test_a_sentence_has_one_translation():
    draw, known = Sentences(Chance(2)), {}
    for _ in range(20_000):
        german, english = draw.pair()
        assert known.setdefault(german, english) == english


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_process_makes_the_same_sample(sample, hash_seed):
    answer = subprocess.run(
        [sys.executable, "-c", DIGEST],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == hashlib.sha256(repr(sample).encode()).hexdigest()


def test_changing_what_one_call_gave_leaves_the_next_alone(sample):
    parts()["train"].clear()
    assert parts() == sample


def test_it_is_made_in_two_seconds():
    start = time.process_time()
    parts()
    assert time.process_time() - start < 2


@SIDES
def test_what_is_tested_was_seen_but_for_the_compounds_kept_back(sample, side):
    known = {word.lower() for row in sample["train"] for word in words(row[side])}
    tested = [word for row in sample["valid"] + sample["test"] for word in words(row[side])]
    unknown = [word for word in tested if word.lower() not in known and not holds_unseen(word)]
    assert len(unknown) < 0.001 * len(tested), unknown


def test_compounds_kept_back_stand_in_the_test_and_never_in_training(sample):
    forms = {form for noun in UNSEEN for form in (noun.singular, noun.plural, f"{noun.plural}n")}
    met = {
        part: [forms.intersection(words(german)) for german, _ in sample[part]] for part in sample
    }
    assert not any(met["train"])
    for part in ("valid", "test"):
        assert sum(map(bool, met[part])) >= 20
    assert len(COMPOUNDS) >= 80


def test_both_parts_of_a_compound_kept_back_are_seen_in_others(sample):
    known = {word for german, _ in sample["train"] for word in words(german)}
    seen = [noun for noun in COMPOUNDS.values() if noun.singular in known]
    for noun in UNSEEN:
        first, _, last = noun.english.rpartition(" ")
        assert any(other.english.rpartition(" ")[0] == first for other in seen), noun.singular
        assert any(other.english.rpartition(" ")[2] == last for other in seen), noun.singular


@pytest.mark.parametrize(
    ("german", "english", "share"),
    [
        pytest.param(r", (dass|ob) .*\b(?:\w+t|\w+en|\w+e)\.", r"(that|whether)", 0.1, id="dass"),
        pytest.param(r"^(Weil|Obwohl) [^,]*, \w+ ", r"^(Because|Although) [^,]*,", 0.04, id="weil"),
        pytest.param(r"\b(hat|haben|habe|ist|sind|bin)\b.* \w*ge\w+[.?,]", r"", 0.15, id="perfect"),
        pytest.param(r" (an|ab|auf|aus|ein|mit|vor|weg|zu|zurück)[.?,]", r"", 0.02, id="separated"),
        pytest.param(r" (an|ab|auf|aus|ein|mit|vor|weg)ge\w+[.?, ]", r"", 0.05, id="ge inside"),
        pytest.param(
            r"\b(will|wollen|kann|können|muss|müssen|soll|sollen|darf|dürfen|möchten?)\b",
            r"\b(wants?|can|cannot|have|has|should|may|would)\b",
            0.1,
            id="modal",
        ),
        pytest.param(r"\b(wird|werden|werde)\b", r"\bwill\b", 0.05, id="future"),
        pytest.param(r"\b(den|einen|meinen|keinen)\b", r"", 0.1, id="accusative"),
        pytest.param(r"\b(dem|einem|meinem|diesem|unserem|zum|im)\b", r"", 0.15, id="dative"),
        pytest.param(r" (auf|unter|hinter|neben|in) (den|das|die) ", r"", 0.02, id="whither"),
        pytest.param(r" (auf|unter|hinter|neben|in) (dem|der) ", r"", 0.02, id="where"),
        pytest.param(r"\bkein", r"not\b.* (a|an|any)\b", 0.015, id="kein"),
        pytest.param(r"\bnicht\b", r"not\b", 0.1, id="nicht"),
        pytest.param(r"^(Was|Wen|Wem|Wer|Wann|Warum|Wo) ", r"^(Wh)", 0.1, id="what"),
        pytest.param(
            r"^[A-Z]\w+ (der|die|das|mein|meine|er|sie) .*\?", r"\?", 0.02, id="yes or no"
        ),
        pytest.param(r", (aber|weil|obwohl) (er|sie) ", r" it\b", 0.03, id="er is it"),
        pytest.param(r", (aber|weil|obwohl) (er|sie) ", r" (he|she)\b", 0.03, id="er is he"),
        pytest.param(
            r"^(Gestern|Heute Morgen|Gerade|Morgen|Bald|Vor drei Tagen|Jeden Tag) \w+ ",
            r"^(Yesterday|This morning|Right now|Tomorrow|Soon|Three days ago|Every day)",
            0.02,
            id="adverb first",
        ),
        pytest.param(r"\bden \w+ \w+en\b|\bvielen \w+n\b", r"", 0.01, id="dative plural"),
        pytest.param("|".join(COMPOUNDS), r"", 0.07, id="compound"),
        pytest.param(
            r"\b(Nachbarn|Jungen|Studenten|Polizisten)\b", r"(our|boy|ent|man)\b", 0.02, id="n"
        ),
    ],
)
def test_each_difficulty_is_met_often(sample, german, english, share):
    rows = sample["train"]
    met = sum(bool(re.search(german, de) and re.search(english, en)) for de, en in rows)
    assert met >= share * len(rows)


def test_its_language_is_varied_and_yet_small(sample):
    for side in (0, 1):
        known = {word.lower() for row in sample["train"] for word in words(row[side])}
        assert 400 <= len(known) <= 900
