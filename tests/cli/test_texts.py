"""A person's session with a model that writes texts: train, use, judge, and go wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

NUMBERS = {"null": "zero", "eins": "one", "zwei": "two", "drei": "three", "vier": "four"}
SMALL = {
    "text.tokenizer.name": "nltk",
    "text.max_tokens": "12",
    "model.embedding.width": "32",
    "model.encoder.width": "16",
    "model.decoder.width": "32",
    "model.decoder.layers": "1",
    "training.epochs": "14",
    "training.batch_tokens": "256",
    "training.optimizer.learning_rate": "0.02",
    "training.schedule.warmup": "10",
}


def german(number):
    """A number below 5^4, spoken digit by digit."""
    words = list(NUMBERS)
    return [words[number // 5**place % 5] for place in range(1 + number % 4)]


def english(words):
    return [NUMBERS[word] for word in words]


def write(folder, name, count):
    rows = [german(7 * number + 3) for number in range(count)]
    lines = [(" ".join(words), " ".join(english(words))) for words in rows]
    for code, side in (("de", 0), ("en", 1)):
        (folder / f"{name}.{code}").write_text("".join(f"{line[side]}\n" for line in lines))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run that learned to translate numbers, and what training said."""
    folder = tmp_path_factory.mktemp("numbers")
    write(folder, "train", 300)
    write(folder, "valid", 40)
    words = ["--data", "train", "--valid", "valid", "--langs", "de-en", "--out", "run"]
    words += [word for name, value in SMALL.items() for word in ("--set", f"{name}={value}")]
    done = subprocess.run(
        [sys.executable, "-m", "nlpseq", "train", "translation", *words],
        cwd=folder,
        env={**os.environ, "NLPSEQ_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    (folder / "said.txt").write_text(done.stderr)
    return folder / "run"


@pytest.fixture
def translate(nlpseq, run):
    return lambda *words, input=b"": nlpseq("translate", "--model", run, *words, input=input)


def test_training_shows_two_answers_at_each_validation(run):
    said = (run.parent / "said.txt").read_text()
    assert said.count("  said: ") == 2 * 14
    assert said.count("  for:  three zero zero zero") == 14


def test_it_translates_lines_in_their_order_and_keeps_blank_ones(translate):
    done = translate(input=b"eins zwei\n\nvier\n  \nnull drei eins\n")
    assert done.stdout.split("\n") == ["one two", "", "four", "", "zero three one", ""]
    assert done.returncode == 0


def test_the_best_answers_are_as_many_lines_for_every_line(translate):
    done = translate("--n-best", 3, input=b"eins zwei\n\nvier\n")
    lines = done.stdout.split("\n")[:-1]
    assert len(lines) == 9
    assert (lines[0], lines[3:6], lines[6]) == ("one two", ["", "", ""], "four")
    assert len(set(lines[:3])) == 3


def test_json_has_tokens_attention_and_alignment(translate):
    answer = json.loads(translate("--format", "jsonl", "eins zwei drei").stdout)
    assert answer["tokens"] == ["one", "two", "three"]
    assert answer["source"] == ["eins", "zwei", "drei"]
    assert [len(row) for row in answer["attention"]] == [3, 3, 3]
    assert [pair.split("-")[1] for pair in answer["alignment"].split()] == ["0", "1", "2"]
    assert answer["score"] < 0


@pytest.mark.parametrize("method", ["beam", "greedy", "sampling"])
def test_what_is_asked_for_is_in_every_answer(translate, method):
    done = translate("--method", method, "--require", "four", "--prefix", "two", "eins", "zwei")
    lines = done.stdout.split("\n")[:-1]
    assert (done.returncode, len(lines)) == (0, 2)
    assert all(line.startswith("two") and "four" in line for line in lines)


def test_an_ensemble_of_a_model_with_itself_is_the_model(translate, run):
    alone = json.loads(translate("--format", "jsonl", "eins zwei drei").stdout)
    both = json.loads(translate("--ensemble", run, "--format", "jsonl", "eins zwei drei").stdout)
    assert both["text"] == alone["text"]
    assert both["score"] == pytest.approx(alone["score"], abs=1e-5)


LONG = ["eins zwei drei vier eins zwei .", "vier null drei zwei eins eins vier .", "drei null ."]


def test_a_long_text_is_answered_as_its_parts_are_and_that_is_said(translate):
    parts = [LONG[0], " ".join(LONG[1:])]  # of 12 tokens at most
    alone = translate(*parts).stdout.splitlines()
    done = translate(" ".join(LONG))
    assert done.stdout == " ".join(alone) + "\n"
    assert len(set(alone)) == 2
    assert "texts longer than text.max_tokens, answered in parts: 1" in done.stderr


@pytest.mark.parametrize("words", [("--prefix", "two"), ("--require", "four")])
def test_what_one_answer_is_to_hold_is_not_said_in_each_part_of_a_long_one(translate, words):
    done = translate(*words, "eins", " ".join(LONG), "zwei")
    assert [bool(line) for line in done.stdout.split("\n")] == [True, False, True, False]
    assert (
        "would be answered in 2 parts, expected at most 12 (text.max_tokens) where" in done.stderr
    )
    assert done.returncode == 3


def test_each_part_of_an_answer_attended_to_its_own_part_of_a_long_text(translate):
    asked = ("--format", "jsonl", "--n-best", 2)
    parts = [LONG[0], " ".join(LONG[1:])]
    alone = [json.loads(line) for line in translate(*asked, *parts).stdout.splitlines()]
    long = json.loads(translate(*asked, " ".join(LONG)).stdout)
    for number, whole in enumerate([long, *long["alternatives"]]):
        first, second = ([part, *part["alternatives"]][number] for part in alone)
        before, after = len(first["source"]), len(second["source"])
        rows = [row + [0] * after for row in first["attention"]]
        rows += [[0] * before + row for row in second["attention"]]
        assert whole["source"] == first["source"] + second["source"]
        assert whole["tokens"] == first["tokens"] + second["tokens"]
        assert whole["text"] == f"{first['text']} {second['text']}"
        assert whole["score"] == pytest.approx(first["score"] + second["score"], abs=1e-4)
        assert np.asarray(whole["attention"]) == pytest.approx(np.asarray(rows), abs=1e-4)
        assert whole["parts"] == 2
    assert len(long["alternatives"]) == 1


def test_a_line_of_a_million_characters_is_answered_or_refused_in_its_place(translate):
    done = translate("--method", "greedy", input=b"eins\n" + b"a" * 1_000_000 + b"\nzwei\n")
    lines = done.stdout.split("\n")
    assert (lines[0], lines[2], len(lines)) == ("one", "two", 4)
    assert "stdin:2: " in done.stderr
    assert done.returncode == 3


def test_a_model_is_judged_on_parallel_files(nlpseq, run):
    done = nlpseq("evaluate", run, "--data", run.parent / "valid", "--json")
    told = json.loads(done.stdout)
    assert [score["name"] for score in told["scores"]] == ["bleu", "chrf", "ter"]
    assert told["scores"][0]["value"] > 85
    assert "tok:13a" in told["scores"][0]["signature"]


def test_models_are_judged_as_they_are_asked_to_answer(nlpseq, run):
    words = ("evaluate", run, "--data", run.parent / "valid", "--json")

    def scores(*more):
        done = nlpseq(*words, *more)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        return told["search"], [score["value"] for score in told["scores"]]

    plain, beam = scores(), scores("--method", "beam", "--beam", 5)
    assert beam == ({"method": "beam", "beam": 5}, plain[1])  # which is how it is asked anyway
    assert scores("--max-length", 1)[1] != plain[1]
    assert scores("--ensemble", run)[1] == plain[1]
    assert scores("--precision", "int8")[1] == pytest.approx(plain[1], abs=5)


def test_a_search_that_cannot_be_is_refused_before_the_data_is_read(nlpseq, run):
    done = nlpseq("evaluate", run, "--data", "none", "--method", "greedy", "--n-best", 3)
    assert "search.n_best" in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--method", "greedy", "--n-best", "3"], "setting search.n_best: found 3, expected at"),
        (["--method", "greedy", "--beam", "3"], "setting search.beam: found 3"),
        (["--temperature", "2"], "setting search.temperature: found 2.0"),
        (["--require", "Elefant"], "setting search.require: found 'Elefant', expected a word"),
        (["--beam", "900"], "setting beam: found 900, expected at most 64"),
    ],
)
def test_what_cannot_be_searched_for_is_refused(translate, words, message):
    done = translate(*words, "eins")
    assert message in done.stderr
    assert (done.returncode, done.stdout) == (2, "")


def test_a_model_for_other_languages_is_refused(translate, nlpseq):
    assert translate("--langs", "de-en", "Der Hund schläft").returncode == 0
    done = translate("--langs", "fr-en", "Le chien dort")
    assert (done.returncode, done.stdout) == (2, "")
    assert "found a model for de-en, expected one for fr-en" in done.stderr
    done = nlpseq("translate", "--langs", "fr-tlh", "Le chien dort")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no --model, and none shipped for task translation for fr-tlh; runs" in done.stderr


def test_a_model_of_another_task_is_refused(nlpseq, trained):
    done = nlpseq("translate", "--model", trained / "run", "--code", trained / "loud.py", "eins")
    assert "found a model of task 'shouting', expected one of 'translation'" in done.stderr
    assert done.returncode == 2


def test_a_model_of_other_languages_is_refused(translate):
    done = translate("--langs", "en", "eins")
    assert "found a model for de-en, expected one for en" in done.stderr
    assert done.returncode == 2


def test_an_ensemble_of_other_words_is_refused(translate, trained):
    done = translate("--code", trained / "loud.py", "--ensemble", trained / "run", "eins")
    assert "--ensemble: found models whose source vocabularies differ" in done.stderr
    assert done.returncode == 2


def test_labels_are_not_searched_for(nlpseq, trained):
    words = ["shout", "--code", trained / "loud.py", "--model", trained / "run", "good"]
    assert nlpseq(*words, "--beam", 5).returncode == 2


def test_files_of_unequal_length_are_refused_with_both_counts(nlpseq, place):
    write(place, "train", 30)
    (place / "train.en").write_text("one\n" * 29)
    done = nlpseq("train", "translation", "--data", "train", "--langs", "de-en")
    assert "train.de has 30 lines, train.en 29" in done.stderr
    assert done.returncode == 2


@pytest.fixture
def go_on(nlpseq, run):
    """Train on from the run, on its own data, at a rate that changes next to nothing."""
    rate = "training.optimizer.learning_rate=1e-7"
    words = ["--from", run, "--data", run.parent / "train", "--valid", run.parent / "valid"]
    return lambda *more: nlpseq(
        "train", "translation", *words, "--set", rate, "--set", "training.epochs=1", *more
    )


def test_training_goes_on_from_a_model_with_its_weights_and_words(go_on, nlpseq, run):
    before = json.loads((run / "report.json").read_text())["scores"][0]["value"]
    done = go_on("--json", "--out", "more", "--set", "model.label_smoothing=0")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["scores"][0]["value"] == pytest.approx(before, abs=1)
    vocabulary = Path("model/tokenizer/source.vocabulary")
    before, after = ((folder / vocabulary).read_text() for folder in (run, Path("more")))
    assert after == before.replace("\n\n", "\n")  # what it never said it may now learn to say
    assert nlpseq("translate", "--model", "more", "--require", "zwei", "eins").returncode == 0


def test_a_word_that_stands_in_no_target_cannot_be_required(translate, run):
    done = translate("--require", "one zwei", "eins")
    assert "search.require: found 'zwei', expected a word that the model has learned" in done.stderr
    assert done.returncode == 2
    said, _, _ = (run / "model/tokenizer/source.vocabulary").read_text().partition("\n\n")
    words = {line.partition("\t")[0] for line in said.splitlines()}
    assert words == {"<pad>", "<unk>", "<bos>", "<eos>", *NUMBERS.values()}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("model.encoder.width=64", "setting model.encoder.width: found 64, expected 16 as in"),
        ("model.decoder.name=input_feeding", "setting model.decoder.name: found 'input_feeding'"),
        ("text.tokenizer.name=whitespace", "setting text.tokenizer.name: found 'whitespace'"),
        ("text.lowercase=true", "setting text.lowercase: found True, expected False as in"),
        ("text.vectors.source=train:word2vec", "setting text.vectors.source: found 'train:word2v"),
    ],
)
def test_a_setting_that_does_not_fit_the_model_to_begin_with_is_refused(go_on, setting, message):
    done = go_on("--set", setting)
    assert message in done.stderr
    assert done.returncode == 2


def test_a_model_of_another_task_is_none_to_begin_with(nlpseq, run, place):
    done = nlpseq("train", "summarization", "--from", run)
    assert "found a model of task 'translation', expected one of 'summarization'" in done.stderr
    assert done.returncode == 2


SPOKEN = ["eins zwei drei", "vier", "null null", "drei eins", "zwei vier vier eins"]


def lines(file, texts):
    Path(file).write_text("".join(f"{text}\n" for text in texts))
    return file


def test_a_target_has_the_score_that_search_finds_it_with(translate, run):
    asked = ["--length-penalty", 0, "--format", "jsonl"]
    found = [json.loads(line) for line in translate(*asked, *SPOKEN).stdout.splitlines()]
    targets = lines("targets", [answer["text"] for answer in found])
    told = [
        line.split("\t") for line in translate("--targets", targets, *SPOKEN).stdout.splitlines()
    ]
    assert [text for _, text in told] == [answer["text"] for answer in found]
    assert [float(score) for score, _ in told] == pytest.approx(
        [a["score"] for a in found], abs=1e-3
    )
    both = translate("--targets", targets, "--ensemble", run, *SPOKEN).stdout
    assert [line.split("\t") for line in both.splitlines()] == told


def test_targets_are_scored_in_fewer_bits_as_well(translate):
    targets = lines("targets", ["one two three"] * len(SPOKEN))
    exact, low = (
        [
            float(line.split("\t")[0])
            for line in translate("--targets", targets, *more).stdout.splitlines()
        ]
        for more in (SPOKEN, ["--precision", "int8", *SPOKEN])
    )
    assert low == pytest.approx(exact, abs=0.5)
    assert low != exact


def test_targets_are_scored_token_by_token_and_unlikely_ones_lower(translate):
    lines("targets", ["four", "one two"])
    done = translate("--targets", "targets", "--format", "jsonl", "vier", "vier")
    right, wrong = map(json.loads, done.stdout.splitlines())
    for answer in (right, wrong):
        assert len(answer["log_probs"]) == len(answer["tokens"]) + 1
        assert answer["score"] == pytest.approx(sum(answer["log_probs"]))
    assert wrong["tokens"] == ["one", "two"]
    assert wrong["score"] < right["score"] - 2


def test_targets_are_read_in_the_encoding_of_their_texts(translate):
    Path("texts").write_bytes("eins Käse\n".encode("latin-1"))
    Path("targets").write_bytes("one château\n".encode("latin-1"))
    asked = ("--targets", "targets", "--file", "texts", "--format", "jsonl")
    answer = json.loads(translate(*asked, "--encoding", "latin-1").stdout)
    assert answer["source"] == ["eins", "Käse"]
    assert answer["tokens"] == ["one", "château"]
    assert answer["text"] == "one château"
    done = translate(*asked)
    assert (done.returncode, done.stdout) == (2, "")
    assert "targets:1:7: invalid UTF-8 byte 0xe2" in done.stderr


def test_neither_batches_nor_blank_pairs_move_a_score(translate):
    texts = [*SPOKEN, "", *SPOKEN[::-1], " "] * 3
    targets = lines("targets", ["one two three" if text.strip() else "" for text in texts])
    plain = translate("--targets", targets, "--file", lines("texts", texts)).stdout.split("\n")
    assert len(plain) == len(texts) + 1
    assert [not line for line in plain[:-1]] == [not text.strip() for text in texts]
    alone = translate("--targets", targets, "--batch", 1, input=Path("texts").read_bytes()).stdout
    assert [_rounded(line) for line in alone.split("\n")] == [_rounded(line) for line in plain]


def _rounded(line):
    score, _, text = line.partition("\t")
    return (pytest.approx(float(score), abs=1e-3), text) if text else line


def test_a_pair_of_which_half_is_missing_is_refused_in_its_place(translate):
    lines("targets", ["one", "two", "", "x " * 20])
    done = translate("--targets", "targets", input=b"eins\n\nzwei\nvier\n")
    assert [bool(line) for line in done.stdout.split("\n")] == [True, False, False, False, False]
    assert "stdin:2: found a target without a text, expected both" in done.stderr
    assert "stdin:3: found a text without a target, expected both" in done.stderr
    assert "stdin:4: found a target of 20 tokens, expected at most 12 (text.max_tok" in done.stderr
    assert done.returncode == 3


@pytest.mark.parametrize(
    ("words", "input", "message"),
    [
        (["--file", "texts"], b"", "texts has 2 lines, targets 3; expected as many"),
        (["eins"], b"", "the command line has 1 lines, targets 3; expected as many"),
        ([], b"eins\n" * 4, "stdin has more than 3 lines, targets 3; expected as many"),
        ([], b"eins\n", "stdin has 1 lines, targets 3; expected as many"),
        (
            ["--beam", 3],
            b"eins\n",
            "--targets: answers that are given are not searched for; no --be",
        ),
        (["--replace-unknown"], b"", "not searched for; no --replace-unknown"),
        (
            ["--targets", "nothing"],
            b"eins\n",
            "nothing: No such file or directory; expected a file",
        ),
    ],
)
def test_targets_that_cannot_be_scored_are_refused(translate, words, input, message):
    lines("texts", ["eins", "zwei"])
    lines("targets", ["one", "two", "three"])
    done = translate("--targets", "targets", *words, input=input)
    assert message in done.stderr
    assert done.returncode == 2
