"""A person's session: train, judge, compare, look, clean up."""

import json
import re
import subprocess
import sys

import pytest


@pytest.fixture
def rows(place):
    (place / "test.tsv").write_text(
        "label\ttext\nyes\tgood number 1\nno\tbad number 2\nyes\tgood number 3\nyes\tbad day\n"
    )
    return "test.tsv"


def test_training_prints_one_document_and_says_the_rest_elsewhere(trained):
    told = json.loads((trained / "told.json").read_text())
    assert told["run"] == "run"
    assert told["next"].startswith("nlpseq shout --model run")
    assert told["scores"][0]["name"] == "accuracy"
    assert told["scores"][0]["value"] == 100
    assert "epoch" in (trained / "said.txt").read_text()


def test_a_run_in_the_way_is_left_alone(nlpseq, trained):
    loud = ["--code", trained / "loud.py"]
    done = nlpseq("train", "shouting", *loud, "--out", trained / "run")
    assert "use --resume to go on with that run, --overwrite" in done.stderr
    assert (done.returncode, done.stdout) == (2, "")
    done = nlpseq("train", "shouting", *loud, "--out", "nowhere", "--resume")
    assert "no such run folder" in done.stderr
    assert done.returncode == 2


def test_a_run_in_the_way_is_told_of_before_the_data_is_looked_at(place, nlpseq, trained):
    (place / "bad.tsv").write_text("no such column\n")
    words = ["--code", trained / "loud.py", "--data", "bad.tsv", "--out", trained / "run"]
    done = nlpseq("train", "shouting", *words)
    assert "already holds files" in done.stderr
    assert "bad.tsv" not in done.stderr


def test_quiet_training_says_nothing_but_its_result(place, nlpseq, trained):
    words = ["--code", trained / "loud.py", "--quiet", "--set", "training.epochs=1"]
    done = nlpseq("train", "shouting", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("metric")
    assert (place / "runs" / "shouting-1" / "model" / "bundle.json").is_file()


@pytest.mark.parametrize(("more", "quiet"), [([], False), (["--quiet"], True)])
def test_on_a_terminal_a_line_renews_itself_unless_nothing_is_to_be_said(
    in_terminal, trained, more, quiet
):
    words = ["train", "shouting", "--code", trained / "loud.py", "--set", "training.epochs=1"]
    sent, code = in_terminal(*words, *more)
    assert code == 0
    assert b"metric" in sent
    shown = re.findall(rb"at most \S+ \S+ left(.{0,4})", sent, re.DOTALL)
    assert bool(shown) is not quiet
    assert set(shown) <= {b"\r\x1b[K"}


def test_with_standard_error_closed_training_goes_on(place, trained):
    words = [sys.executable, "-m", "nlpseq", "train", "shouting", "--code", trained / "loud.py"]
    words += ["--set", "training.epochs=1", "--out", "run"]
    assert subprocess.run(["sh", "-c", '"$@" 2>&-', "sh", *map(str, words)]).returncode == 0
    assert (place / "run" / "report.json").exists()


def test_evaluating_gives_the_document_that_is_promised(nlpseq, trained, rows):
    words = ["evaluate", trained / "run", "--data", rows, "--code", trained / "loud.py"]
    told = json.loads(nlpseq(*words, "--json").stdout)
    assert (told["model"], told["data"], told["examples"]) == (str(trained / "run"), [rows], 4)
    assert set(told["scores"][0]) == {"name", "value", "low", "high", "signature"}
    assert told["scores"][0]["value"] == 75
    assert "accuracy  75.00" in nlpseq(*words).stdout
    again = nlpseq(*words, "--columns", "text=text,label=label", "--json")
    assert json.loads(again.stdout) == told


def test_evaluating_writes_what_each_example_came_to(place, nlpseq, trained, rows):
    words = ["evaluate", trained / "run", "--data", rows, "--code", trained / "loud.py"]
    done = nlpseq(*words, "--output", "answers.jsonl")
    told = [json.loads(line) for line in (place / "answers.jsonl").read_text().splitlines()]
    assert [f"{each['expected']}\t{each['given']}" for each in told] == (
        (place / rows).read_text().splitlines()[1:]
    )
    assert sum(each["text"] == each["expected"] for each in told) == 3
    assert "accuracy  75.00" in done.stdout
    nlpseq(*words[:3], "none.tsv", *words[4:], "--output", "more.jsonl")
    assert not (place / "more.jsonl").exists()


def test_a_model_is_not_better_than_itself(nlpseq, trained, rows):
    run = trained / "run"
    words = ["compare", run, run, "--data", rows, "--code", trained / "loud.py"]
    told = json.loads(nlpseq(*words, "--json").stdout)
    assert (told["a"], told["b"]) == (str(run), str(run))
    assert [found["delta"] for found in told["differences"]] == [0]
    assert "no significant difference" in nlpseq(*words, "--batch", "1").stdout
    assert "nothing to search" in nlpseq(*words, "--beam", "2").stderr


def test_every_setting_has_a_value_an_origin_and_a_reason(nlpseq):
    lines = json.loads(nlpseq("config", "show", "sentiment", "--json").stdout)
    assert len(lines) > 40
    for line in lines:
        assert line["why"]
        assert line["origin"] in ("default", "task sentiment")
    printed = nlpseq("config", "show", "sentiment").stdout.splitlines()
    assert [line.split()[0] for line in printed] == [line["setting"] for line in lines]


def test_later_places_win_over_earlier_ones(place, nlpseq, monkeypatch):
    def seed(*words):
        lines = json.loads(nlpseq("config", "show", "--json", *words).stdout)
        return next(
            (line["value"], line["origin"]) for line in lines if line["setting"] == "training.seed"
        )

    (place / "my.toml").write_text("[training]\nseed = 2\n")
    assert seed() == (1, "default")
    assert seed("--config", "my.toml") == (2, "my.toml")
    monkeypatch.setenv("NLPSEQ_TRAINING__SEED", "3")
    assert seed("--config", "my.toml") == (3, "environment")
    assert seed("--config", "my.toml", "--set", "training.seed=4") == (4, "--set")
    assert seed("--config", "my.toml", "--seed", "5") == (5, "command line")


def test_a_member_that_is_replaced_takes_its_settings_along(place, nlpseq):
    (place / "my.toml").write_text('[training.optimizer]\nname = "sgd"\nlearning_rate = 0.5\n')
    words = ["config", "show", "--json", "--config", "my.toml"]
    found = {
        line["setting"]: (line["value"], line["origin"])
        for line in json.loads(nlpseq(*words, "--set", "training.optimizer=adam").stdout)
    }
    assert found["training.optimizer.name"] == ("adam", "--set")
    assert found["training.optimizer.learning_rate"][1] == "default"


@pytest.mark.parametrize(
    ("flag", "setting", "value"),
    [
        (["--data", "a.tsv"], "data.train", ["a.tsv"]),
        (["--data", "a.tsv", "--data", "b"], "data.train", ["a.tsv", "b"]),
        (["--valid", "b.tsv"], "data.valid", ["b.tsv"]),
        (["--test", "c.tsv"], "data.test", ["c.tsv"]),
        (["--columns", "text=2, label=1"], "data.columns.label", "1"),
        (["--lang", "zh"], "data.language", "zh"),
        (["--langs", "de-en"], "data.languages", ["de", "en"]),
        (["--encoding", "latin-1"], "data.encoding", "latin-1"),
        (["--vectors", "glove.txt"], "text.vectors.source", "glove.txt"),
        (["--vectors-text", "more.txt"], "text.vectors.text", "more.txt"),
        (["--max-minutes", "2.5"], "training.max_minutes", 2.5),
        (["--seed", "7"], "training.seed", 7),
        (["--device", "cpu"], "training.device", "cpu"),
    ],
)
def test_a_flag_sets_its_setting(nlpseq, flag, setting, value):
    lines = json.loads(nlpseq("config", "show", "--json", *flag).stdout)
    found = {line["setting"]: (line["value"], line["origin"]) for line in lines}
    assert found[setting] == (value, "command line")


def test_one_language_takes_the_place_of_two(nlpseq):
    lines = json.loads(nlpseq("config", "show", "translation", "--json", "--lang", "en").stdout)
    found = {line["setting"]: line["value"] for line in lines}
    assert (found["data.language"], found["data.languages"]) == ("en", [])
    done = nlpseq("config", "show", "translation", "--lang", "en", "--langs", "de-en")
    assert (done.returncode, done.stderr) == (
        2,
        "nlpseq: --lang is for one language, --langs for two; give one of them\n",
    )


def test_cleaning_removes_stores_and_nothing_else(tmp_path, nlpseq):
    cache = tmp_path / "cache"
    (cache / ("0" * 31 + "f")).mkdir(parents=True)
    (cache / ("0" * 31 + "f") / "source.ids").write_bytes(b"x" * 1_500_000)
    (cache / "letters").mkdir()
    (cache / f".trash-{'0' * 32}").mkdir()  # of a cleaning that was killed
    (cache / ("a" * 32)).write_text("a file")
    done = nlpseq("data", "clean")
    assert done.stdout == f"{cache}: removed 1 stores, 1.5 MB\n"
    assert {path.name for path in cache.iterdir()} == {"letters", "a" * 32}
    assert nlpseq("data", "clean").stdout == f"{cache}: removed 0 stores, 0.0 MB\n"
