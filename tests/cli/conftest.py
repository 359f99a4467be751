"""Commands in an empty folder, with plugins made for the occasion."""

import os
import pty
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from nlpseq.cli import run
from nlpseq.cli.code import load_code
from nlpseq.cli.terminal import console
from nlpseq.registry import entry_points
from nlpseq.task import TASKS, VERBS
from tests.campaigns.terminals import all_sent


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder to work in, and the environment of its commands."""
    for name in [name for name in os.environ if name.startswith(("NLPSEQ_", "PYTHON"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NLPSEQ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("COLUMNS", "200")
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def process(place):
    """Run ``python -m nlpseq`` with some words."""

    def run(*words, **more):
        if "input" not in more:
            more.setdefault("stdin", subprocess.DEVNULL)
        command = [sys.executable, "-m", "nlpseq", *map(str, words)]
        return subprocess.run(command, capture_output=True, timeout=120, text=True, **more)

    return run


@pytest.fixture
def in_terminal(place):
    """What a command sends to a terminal, and its exit code."""

    def run(*words, **environment):
        ours, theirs = pty.openpty()
        child = subprocess.Popen(
            [sys.executable, "-m", "nlpseq", *map(str, words)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm-256color", **environment},
        )
        os.close(theirs)
        return all_sent(ours), child.wait(60)

    return run


@pytest.fixture
def alone(monkeypatch):
    """What a command leaves behind in its process is gone after the test."""
    modules = set(sys.modules)
    for registry in (TASKS, VERBS):
        monkeypatch.setattr(registry, "_given", {})
    monkeypatch.setattr(console, "quiet", False)
    monkeypatch.setattr(console, "debug", False)
    entry_points.cache_clear()
    yield
    load_code.cache_clear()
    entry_points.cache_clear()
    for name in set(sys.modules) - modules:
        if "_thing" in name or name.startswith("nlpseq_code_"):
            del sys.modules[name]


@pytest.fixture
def nlpseq(place, alone, capfdbinary):
    """Do in this process what ``nlpseq`` does with some words and a standard input."""

    def call(*words, input=b""):
        with tempfile.TemporaryFile() as file:
            file.write(input)
            file.seek(0)
            before = os.dup(0)
            os.dup2(file.fileno(), 0)
            try:
                code = run([str(word) for word in words])
            finally:
                os.dup2(before, 0)
                os.close(before)
        out, err = (stream.decode() for stream in capfdbinary.readouterr())
        return subprocess.CompletedProcess(words, code, out, err)

    return call


@pytest.fixture
def install(tmp_path, place, alone, monkeypatch):
    """Install a distribution of one module, as pip would leave it."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site))

    def install(distribution, code, tasks=(), verbs=()):
        module = distribution.replace("-", "_")
        (site / f"{module}.py").write_text(code)
        info = site / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
        )
        lines = []
        for group, names in (("nlpseq.tasks", tasks), ("nlpseq.verbs", verbs)):
            lines += [f"[{group}]", *(f"{name} = {module}:Shouting" for name in names)]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
        entry_points.cache_clear()

    return install


SHOUTING = """
from dataclasses import dataclass, field
from nlpseq.task import Column, Task

@dataclass(frozen=True)
class Loudness:
    marks: int = field(default=0, metadata={"why": "exclamation marks behind an answer"})

class Shouting(Task):
    name = "shouting"
    verb = "shout"
    summary = "Label texts, loudly."
    columns = (Column("text", kind="text"), Column("label", kind="label"))
    model = "labeller"
    metrics = ("accuracy",)
    Options = Loudness
    defaults = {"text": {"tokenizer": "whitespace"}}

    def sample(self):
        rows = [(f"{word} number {n}", label)
                for n in range(40) for word, label in (("good", "yes"), ("bad", "no"))]
        return {"train": rows, "valid": rows[:20], "test": rows[20:40]}

    def finish(self, output):
        return output + "!" * self.options.marks
"""


@pytest.fixture
def shouting():
    """The code of a task that is all right."""
    return SHOUTING


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A folder with a file that defines the task, and a run that learned it."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "loud.py").write_text(SHOUTING)
    small = ["training.epochs=12", "model.encoder.width=8", "model.embedding.width=8"]
    small += ["training.optimizer.learning_rate=0.05", "training.batch_rows=16"]
    words = ["train", "shouting", "--code", "loud.py", "--out", "run", "--json"]
    words += [word for setting in small for word in ("--set", setting)]
    done = subprocess.run(
        [sys.executable, "-m", "nlpseq", *map(str, words)],
        cwd=folder,
        env={**os.environ, "NLPSEQ_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    (folder / "told.json").write_text(done.stdout)
    (folder / "said.txt").write_text(done.stderr)
    assert done.returncode == 0, done.stderr
    return Path(folder)
