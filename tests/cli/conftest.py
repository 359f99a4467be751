"""Commands in processes of their own, in an empty folder, with plugins made for the occasion."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

NLPSEQ = [sys.executable, "-m", "nlpseq"]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder to work in, and the environment of its commands."""
    for name in [name for name in os.environ if name.startswith("NLPSEQ_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NLPSEQ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("COLUMNS", "200")
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def nlpseq(place):
    """Run ``nlpseq`` with some words; the result has code, out and err."""

    def run(*words, **more):
        more = {"stdin": subprocess.DEVNULL, **more} if "input" not in more else more
        return subprocess.run(
            [*NLPSEQ, *map(str, words)], capture_output=True, text=True, timeout=120, **more
        )

    return run


@pytest.fixture
def install(tmp_path, place, monkeypatch):
    """Install a distribution of one module, as pip would leave it."""
    site = tmp_path / "site"
    site.mkdir()
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
        return Path(site)

    return install


SHOUTING = """
from dataclasses import dataclass, field
from nlpseq.task import Column, Task

@dataclass(frozen=True)
class Loudness:
    marks: int = field(default=1, metadata={"why": "exclamation marks behind an answer"})

class Shouting(Task):
    name = "shouting"
    verb = "shout"
    summary = "Label texts, loudly."
    columns = (Column("text", kind="text"), Column("label", kind="label"))
    model = "labeller"
    metrics = ("accuracy",)
    Options = Loudness

    def sample(self):
        rows = [(f"{word} number {n}", label)
                for n in range(40) for word, label in (("good", "yes"), ("bad", "no"))]
        return {"train": rows, "valid": rows[:20], "test": rows[20:40]}

    def finish(self, output):
        return output.upper() + "!" * self.options.marks
"""


@pytest.fixture
def shouting():
    """The code of a task that is all right."""
    return SHOUTING
