"""What a mistake on the command line is answered with."""

import pytest


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["trian"], "no command 'trian'; did you mean 'train'?"),
        (["sentimental"], "no command 'sentimental'; did you mean 'sentiment'?"),
        (["doctors"], "no command 'doctors'; "),
        (["config"], "Missing command; see nlpseq config --help"),
        (["config", "shwo"], "No such command 'shwo'. Did you mean 'show'?"),
        (["train"], "Missing argument 'task'; see nlpseq train --help"),
        (["train", "sentiment", "--dta", "x"], "No such option: --dta (Possible options: --data"),
        (["train", "sentiment", "more"], "Got unexpected extra argument(s) (more)"),
        (["train", "sentiment", "--seed", "x"], "Invalid value for '--seed'"),
        (["train", "sentimint"], "no 'sentimint' among the tasks; did you mean 'sentiment'?"),
        (["train", "sentiment", "--resume"], "--resume needs --out"),
        (["train", "sentiment", "--profile", "--dry-run"], "--profile needs a training"),
        (["train", "sentiment", "--overwrite"], "--overwrite needs --out"),
        (["train", "sentiment", "--resume", "--overwrite", "--out", "x"], "give one of them"),
        (["train", "sentiment", "--columns", "2"], "--columns: found '2', expected a list as"),
        (["train", "sentiment", "--columns", "a=1,a=2"], "--columns: found 'a=1,a=2'"),
        (["train", "sentiment", "--set", "x"], "--set: found 'x', expected path=value"),
        (["train", "sentiment", "--config", "no.toml"], "no.toml: No such file or directory"),
        (
            ["train", "sentiment", "--seed", "1", "--set", "training.seed=2"],
            "training.seed is given twice",
        ),
        (["train", "sentiment", "--code", "no.py"], "--code no.py: failed to load: FileNotFound"),
        (["evaluate", "runs/x"], "Missing option '--data'"),
        (["compare", "a", "--data", "x"], "Missing argument 'b'"),
        (["evaluate", "x", "--data", "y", "--columns", "="], "--columns: found '='"),
        (["sentiment", "--format", "xml"], "'xml' is not one of 'text', 'jsonl'"),
        (["sentiment", "--batch", "0"], "Invalid value for '--batch'"),
        (["sentiment", "text", "--file", "x"], "do not go together"),
        (["sentiment", "text", "--encoding", "latin-1"], "do not go together"),
        (["sentiment", "--explain", "--format", "jsonl", "text"], "--explain goes with"),
        (["sentiment", "--output", "-", "text"], "--output takes a file"),
        (["sentiment", "--file", "nothing.txt"], "nothing.txt: No such file or directory"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_gets_one_line_and_exit_code_2(nlpseq, words, answer):
    done = nlpseq(*words)
    assert done.stderr.startswith("nlpseq: ")
    assert answer in done.stderr
    assert done.stderr.count("\n") == 1
    assert (done.returncode, done.stdout) == (2, "")


def test_a_word_after_two_dashes_is_never_an_option(nlpseq):
    done = nlpseq("sentiment", "--", "--code", "boom.py")
    assert "boom.py" not in done.stderr
    assert len(done.stdout.splitlines()) == 2


def test_a_bug_of_ours_is_one_line_and_the_traceback_is_there_for_the_asking(place, process):
    (place / "bug.py").write_text(
        "import nlpseq.task\nfrom nlpseq.task import Column\n"
        "class T(nlpseq.task.Task):\n"
        "    name = verb = summary = model = 'tea'\n"
        "    columns = (Column('text', 'text'), Column('label', 'label'))\n"
        "    metrics = ('accuracy',)\n"
        "def broken(*a): raise ZeroDivisionError('seven')\n"
        "nlpseq.task.Registry.__iter__ = broken\n"
    )
    done = process("tasks", "--code", "bug.py")
    assert done.stderr == (
        "nlpseq: internal error: ZeroDivisionError: seven "
        "(run again with --debug for the traceback)\n"
    )
    assert (done.returncode, done.stdout) == (1, "")
    done = process("tasks", "--code", "bug.py", "--debug")
    assert "Traceback (most recent call last)" in done.stderr
    assert done.stderr.endswith("(run again with --debug for the traceback)\n")


def test_debug_shows_where_a_mistake_was_found(nlpseq):
    done = nlpseq("train", "sentimint", "--debug")
    assert "Traceback (most recent call last)" in done.stderr
    assert done.returncode == 2


def test_the_exit_code_of_a_process_is_that_of_its_command(process):
    assert process("tasks").returncode == 0
    done = process("trian")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "nlpseq: no command 'trian'; did you mean 'train'?\n"
