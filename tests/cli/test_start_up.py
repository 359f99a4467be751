import resource
import subprocess
import sys

import pytest

from nlpseq.cli.app import COMMANDS, RESERVED

HEAVY = ("torch", "numpy", "gensim", "sklearn", "spacy", "nltk", "sentencepiece", "rich")
PROBE = """
import sys
from nlpseq.cli import run
code = run(sys.argv[1:])
heavy = {name.partition(".")[0] for name in sys.modules} & set(%r)
print("\\nheavy:", sorted(heavy), "plugin:", "nlpseq_tasks" in sys.modules, "code:", code)
"""


def test_help_takes_less_than_a_third_of_a_second(place):
    costs = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "nlpseq", "--help"], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        costs.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(costs) < 0.3  # of a processor, whatever else it is busy with


@pytest.mark.parametrize(
    "words",
    [["--help"], ["--version"], [], ["train", "--help"], ["evaluate", "--help"], ["nonsense"]],
    ids=" ".join,
)
def test_asking_for_help_imports_nothing_heavy_and_no_plugin(place, words):
    done = subprocess.run(
        [sys.executable, "-c", PROBE % (HEAVY,), *words], capture_output=True, text=True
    )
    assert "heavy: [] plugin: False" in done.stdout


@pytest.mark.parametrize("words", [["tasks"], ["sentiment", "--help"]], ids=" ".join)
def test_looking_at_tasks_does_not_import_torch(place, words):
    done = subprocess.run(
        [sys.executable, "-c", PROBE % (("torch", "gensim", "sklearn", "spacy"),), *words],
        capture_output=True,
        text=True,
    )
    assert "heavy: [] plugin: True code: 0" in done.stdout


def test_help_names_every_command_and_every_verb(nlpseq):
    done = nlpseq("--help")
    assert done.returncode == 0
    for name, about in COMMANDS.items():
        assert f"{name} " in done.stdout
        assert about.summary in done.stdout
    assert "sentiment  task sentiment (nlpseq " in done.stdout
    assert nlpseq().stdout == done.stdout


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help(nlpseq, name):
    done = nlpseq(name, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"nlpseq {name}" in done.stdout


def test_the_names_of_commands_that_are_and_will_be_are_reserved():
    there = {"train", "evaluate", "compare", "tasks", "models", "new-task", "doctor", "data"}
    assert there | {"config", "report", "explain", "inspect", "tune"} <= RESERVED


def test_the_version_is_that_of_the_distribution(nlpseq):
    from importlib.metadata import version

    assert nlpseq("--version").stdout == f"nlpseq {version('nlpseq')}\n"


@pytest.mark.parametrize(
    ("given", "found"),
    [({}, "20000"), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "active"}, "None")],
)
def test_threads_hardly_spin_unless_asked_to(place, monkeypatch, given, found):
    for name in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    words = "import os, nlpseq; print(os.environ.get('GOMP_SPINCOUNT'))"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True)
    assert done.stdout.strip() == found
