"""Plugins as a stranger has them: installed into an environment of its own, used by commands."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
PAGE = ROOT / "docs" / "plugins.md"
OURS = ["nlpseq-questions", "nlpseq-tagging"]
SURFACE = {
    "nlpseq.config",
    "nlpseq.errors",
    "nlpseq.metrics",
    "nlpseq.model.encoder",
    "nlpseq.task",
    "nlpseq.testing",
}
SMALL = [
    *("--set", "model.embedding.width=16"),
    *("--set", "model.encoder.width=16"),
    *("--set", "training.batch_rows=8"),
    *("--set", "training.optimizer.learning_rate=0.01"),
    *("--set", "training.epochs=12"),
]

QUESTIONS = {"person": "who wrote the", "place": "where is the", "number": "how many are in the"}
THINGS = ("book", "song", "film", "house", "castle", "garden", "river", "forest", "paper")
TAGS = {
    "DET": ("the", "a"),
    "ADJ": ("old", "new", "red", "small"),
    "NOUN": ("man", "boat", "house", "river", "dog", "bird"),
    "VERB": ("sees", "likes", "builds", "crosses"),
    "PUNCT": (".",),
}
SHAPES = ("DET ADJ NOUN VERB DET NOUN PUNCT", "DET NOUN VERB DET NOUN PUNCT")


class Environment:
    """A fresh environment that sees what the running one has, and what is installed into it."""

    def __init__(self, folder):
        self.folder = folder
        self.python = folder / "env" / "bin" / "python"
        command = [sys.executable, "-m", "venv", "--without-pip", str(folder / "env")]
        subprocess.run(command, check=True)
        (site,) = (folder / "env" / "lib").glob("python*/site-packages")
        ours = sysconfig.get_path("purelib")  # with all that its own .pth files add
        (site / "outside.pth").write_text(f"import site; site.addsitedir({ours!r})\n")

    def pip(self, *words):
        command = [sys.executable, "-m", "pip", "--python", self.python, *words, "--quiet"]
        subprocess.run(command, check=True, cwd=self.folder)

    def install(self, *projects):
        self.pip("install", "--no-deps", "--no-build-isolation", "--no-index", *projects)

    def run(self, *words, **more):
        """Run Python there; the result has returncode, stdout and stderr."""
        return self.start([self.python, *words], cwd=self.folder, **more)

    def shell(self, script, folder):
        """Run a script of the shell in a folder."""
        return self.start(["bash", "-c", script], cwd=folder)

    def start(self, command, **more):
        kept = {name: value for name, value in os.environ.items() if "NLPSEQ_" not in name}
        ours = {"NLPSEQ_CACHE": str(self.folder / "cache"), "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            command, env=kept | ours, capture_output=True, text=True, timeout=600, **more
        )

    def nlpseq(self, *words, **more):
        """What ``nlpseq`` with these words prints."""
        done = self.run("-m", "nlpseq", *words, **more)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """The two examples and a fresh project, installed."""
    environment = Environment(tmp_path_factory.mktemp("plugins"))
    for name in OURS:
        shutil.copytree(EXAMPLES / name, environment.folder / name)
    environment.nlpseq("new-task", "spam-filter")
    environment.install(*(f"./{name}" for name in [*OURS, "nlpseq-spam-filter"]))
    return environment


@pytest.fixture(scope="module")
def questions(environment):
    """A run of the task of one class and two entry points."""
    rows = [(f"{begin} {thing} ?", label) for label, begin in QUESTIONS.items() for thing in THINGS]
    lines = ["text\tlabel", *("\t".join(row) for row in rows)]
    (environment.folder / "questions.tsv").write_text("\n".join(lines) + "\n")
    return trained(environment, "questions", "questions.tsv")


@pytest.fixture(scope="module")
def tagging(environment):
    """A run of the task that brings its reader, model, metric and baseline."""
    for part, start in {"train": 0, "dev": 40}.items():
        text = "".join(sentence(number) for number in range(start, start + 40))
        (environment.folder / f"{part}.conllu").write_text(text)
    return trained(environment, "tagging", "train.conllu", "--valid", "dev.conllu")


def trained(environment, task, data, *more):
    words = ["train", task, "--data", data, *more, "--out", f"runs/{task}", *SMALL, "--json"]
    return json.loads(environment.nlpseq(*words))


def sentence(number):
    """A sentence in CoNLL-U, with a comment, a range and an empty node, which are no words."""
    lines = [f"# sent_id = {number}", word("1-2", "range", "_")]
    for place, tag in enumerate(SHAPES[number % 2].split(), 1):
        lines.append(word(place, TAGS[tag][(number * place + number // 5) % len(TAGS[tag])], tag))
    return "\n".join([*lines, word("7.1", "empty", "_"), "", ""])


def word(number, form, tag):
    return "\t".join([str(number), form, form, tag, *"______"])


def scores(report):
    return {each["name"]: each["value"] for each in report["scores"]}


@pytest.mark.parametrize("name", OURS)
def test_an_example_imports_only_what_is_public(name):
    for file in (EXAMPLES / name).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module] if isinstance(node, ast.ImportFrom) else []
            inside = {module for module in modules if module.partition(".")[0] == "nlpseq"}
            assert {m for m in inside if not m.endswith(".protocol")} <= SURFACE, file


def test_installed_tasks_are_listed_with_their_distribution_and_version(environment):
    found = {task["name"]: task for task in json.loads(environment.nlpseq("tasks", "--json"))}
    assert found["questions"]["distribution"] == "nlpseq-questions 0.1.0"
    assert found["tagging"]["verb"] == "tag"
    assert found["spam-filter"]["distribution"] == "nlpseq-spam-filter 0.1.0"
    assert not any(task["problem"] for task in found.values())


def test_questions_learns_from_a_table_and_answers(environment, questions):
    assert scores(questions)["accuracy"] == 100
    out = environment.nlpseq("ask", "--model", "runs/questions", "where is the film ?")
    assert out.split("\t")[0] == "place"


def test_tagging_learns_from_conllu_and_gives_a_tag_for_each_word(environment, tagging):
    assert scores(tagging)["words_right"] == 100
    assert tagging["baseline"]["summary"] == "the most frequent tag of each word"
    lines = "the old man sees a dog .\n\na bird crosses the river .\n"
    out = environment.nlpseq("tag", "--model", "runs/tagging", input=lines)
    assert out == f"{SHAPES[0]}\n\n{SHAPES[1]}\n"


def test_evaluate_reads_with_the_reader_and_judges_by_the_metric_of_the_plugin(
    environment, tagging
):
    report = environment.nlpseq("evaluate", "runs/tagging", "--data", "dev.conllu", "--json")
    assert scores(json.loads(report)) == scores(tagging)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*OURS, "nlpseq-spam-filter"])
def test_the_tests_of_a_plugin_pass(environment, name):
    done = environment.run("-m", "pytest", "-p", "no:cacheprovider", name)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


@pytest.mark.slow
def test_every_command_of_the_page_on_plugins_runs(environment, tagging):
    here = environment.folder / "reader"
    shutil.copytree(EXAMPLES, here / "examples")
    for name in ("train.conllu", "dev.conllu"):
        shutil.copy(environment.folder / name, here)
    offline = "--quiet --no-deps --no-build-isolation --no-index"
    commands = {
        "nlpseq": f'"{environment.python}" -m nlpseq',
        "pytest": f'"{environment.python}" -m pytest',
        "pip": f'"{sys.executable}" -m pip --python "{environment.python}"',
    }
    functions = [f'{name}() {{ {own} "$@"; }}' for name, own in commands.items()]
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    words = "".join(blocks).replace("pip install", f"pip install {offline}")
    done = environment.shell("\n".join(["set -e", *functions, words]), here)
    assert done.returncode == 0, done.stdout + done.stderr
    environment.pip("uninstall", "--yes", "nlpseq-spam")


def test_a_fresh_project_trains_at_once(environment):
    words = ["--out", "runs/spam-filter", "--set", "training.epochs=4", "--json"]
    report = environment.nlpseq("train", "spam-filter", *words)
    assert scores(json.loads(report))["accuracy"] == 100
    out = environment.nlpseq("spam-filter", "--model", "runs/spam-filter", "was the gate shut")
    assert out.startswith("question\t")


def test_a_model_whose_plugin_is_gone_names_it(environment, tagging):
    environment.pip("uninstall", "--yes", "nlpseq-tagging")
    try:
        done = environment.run("-m", "nlpseq", "evaluate", "runs/tagging", "--data", "dev.conllu")
        assert done.returncode == 2
        assert "its task 'tagging' comes from nlpseq-tagging 0.1.0" in done.stderr
        assert "Traceback" not in done.stderr
        assert "questions" in environment.nlpseq("tasks")
    finally:
        environment.install("./nlpseq-tagging")
