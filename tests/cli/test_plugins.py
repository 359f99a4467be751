"""One broken plugin harms nobody but itself."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nlpseq.cli.app import COMMANDS, RESERVED

BROKEN = [
    ("import error", "import nowhere_to_be_found", "ModuleNotFoundError: No module named"),
    ("exit", "raise SystemExit(0)", "failed to load: SystemExit: 0"),
    ("syntax", "class Shouting(", "SyntaxError"),
    ("no class", "x = 1", "AttributeError"),
    ("no task", "Shouting = 7", "found 7, expected a subclass of nlpseq.task.Task"),
    (
        "other contract",
        "from nlpseq.task import Task\nclass Shouting(Task):\n    contract = 99\n",
        "contract: found 99, expected 1, which this nlpseq speaks",
    ),
    (
        "nothing filled in",
        "from nlpseq.task import Task\nclass Shouting(Task): pass\n",
        "name: found None, expected a text",
    ),
]


@pytest.mark.parametrize(
    ("code", "reason"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_a_broken_plugin_is_named_with_its_reason_and_the_others_work(
    install, nlpseq, code, reason
):
    install("broken-thing", code, tasks=["broken"], verbs=["break"])

    listed = nlpseq("--help")
    assert "break      task broken (broken-thing 1.0)" in listed.stdout

    done = nlpseq("tasks", "--json")
    lines = {line["name"]: line for line in json.loads(done.stdout)}
    assert done.returncode == 0
    assert reason in lines["broken"]["problem"]
    assert lines["broken"]["distribution"] == "broken-thing 1.0"
    assert lines["sentiment"]["problem"] == ""

    for words in (["break", "text"], ["train", "broken"]):
        done = nlpseq(*words)
        assert reason in done.stderr
        assert "broken-thing 1.0" in done.stderr
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_a_name_claimed_twice_is_refused_with_both_origins(install, nlpseq, shouting):
    install("one-thing", shouting, tasks=["shouting", "sentiment"], verbs=["shout"])
    install("other-thing", shouting, tasks=["shouting"], verbs=["shout"])
    listed = nlpseq("tasks")
    assert listed.returncode == 0
    assert "'shouting' in nlpseq.tasks is claimed by" in listed.stdout
    assert "'sentiment' in nlpseq.tasks is claimed by" in listed.stdout
    assert "shout      refused: claimed by " in nlpseq("--help").stdout
    for words in (["shout", "text"], ["train", "shouting"], ["train", "sentiment"]):
        done = nlpseq(*words)
        assert "one-thing 1.0" in done.stderr
        assert ("other-thing 1.0" if "sentiment" not in words else "nlpseq ") in done.stderr
        assert done.returncode == 2


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_no_verb_takes_a_reserved_name(install, nlpseq, shouting, name):
    code = shouting.replace('verb = "shout"', f'verb = "{name}"')
    install("thieving-thing", code, tasks=["shouting"], verbs=[name])
    assert "refused: the name is kept for nlpseq (thieving-thing 1.0)" in nlpseq("--help").stdout
    assert f"verb '{name}': the name is kept for nlpseq" in nlpseq("tasks").stdout
    done = nlpseq(name, "--help")
    if name in COMMANDS:
        assert f"nlpseq {name}" in done.stdout
        assert "Label texts, loudly." not in done.stdout
    else:
        assert f"verb '{name}' (thieving-thing 1.0): the name is kept for nlpseq" in done.stderr
        assert (done.returncode, done.stdout) == (2, "")


def test_options_of_a_task_become_options_of_its_verb(install, nlpseq, shouting):
    install("loud-thing", shouting, tasks=["shouting"], verbs=["shout"])
    shown = nlpseq("shout", "--help").stdout
    assert "--marks <int>" in shown
    assert "exclamation marks behind an answer" in shown
    assert "Label texts, loudly." in shown


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("model: str = ''", "model: every verb has an option of this name"),
        ("quiet: bool = False", "quiet: every verb has an option of this name"),
        ("marks: bytes = b''", "marks: expected a bool, int, float or str, with a default"),
        ("marks: int", "marks: expected a bool, int, float or str, with a default"),
    ],
)
def test_options_that_no_command_can_have_are_refused(install, nlpseq, shouting, field, reason):
    line = 'marks: int = field(default=0, metadata={"why": "exclamation marks behind an answer"})'
    assert line in shouting
    install("loud-thing", shouting.replace(line, field), tasks=["shouting"], verbs=["shout"])
    done = nlpseq("shout", "text")
    assert f"plugin 'shouting' (loud-thing 1.0): Options: {reason}" in done.stderr
    assert done.returncode == 2


def test_plugins_can_be_left_out(install, nlpseq, shouting, monkeypatch):
    install("loud-thing", shouting, tasks=["shouting"], verbs=["shout"])
    monkeypatch.setenv("NLPSEQ_PLUGINS", "none")
    done = nlpseq("--help")
    assert "shout" not in done.stdout
    assert "sentiment" in done.stdout


def test_the_working_folder_brings_no_module(place):
    (place / "typer.py").write_text("raise SystemExit('bait')")
    script = Path(sys.executable).with_name("nlpseq")
    assert subprocess.run([script, "tasks"], capture_output=True).returncode == 0


def test_a_task_out_of_a_file_is_as_good_as_an_installed_one(place, nlpseq, shouting):
    (place / "loud.py").write_text(shouting)
    assert "Label texts, loudly." in nlpseq("shout", "--code", "loud.py", "--help").stdout
    assert "Label texts, loudly." in nlpseq("shout", "--help", "--code=loud.py").stdout
    lines = json.loads(nlpseq("tasks", "--code", "loud.py", "--json").stdout)
    assert [line["distribution"] for line in lines if line["name"] == "shouting"] == ["loud.py"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import nowhere_to_be_found", "failed to load: ModuleNotFoundError"),
        ("raise SystemExit", "failed to load: SystemExit"),
        ("from nlpseq.task import Task", "defines no subclass of nlpseq.task.Task with a name"),
        (
            "from nlpseq.task import Task\nclass Half(Task): name = 'half'",
            "Half: verb: found None, expected a text",
        ),
    ],
)
def test_a_file_that_brings_no_task_is_refused(place, nlpseq, code, reason):
    (place / "half.py").write_text(code)
    done = nlpseq("tasks", "--code", "half.py")
    assert done.stderr.startswith("nlpseq: --code half.py: ")
    assert reason in done.stderr
    assert done.returncode == 2


def test_a_file_cannot_take_the_name_of_an_installed_task(place, nlpseq, shouting):
    (place / "loud.py").write_text(shouting.replace('name = "shouting"', 'name = "sentiment"'))
    done = nlpseq("train", "sentiment", "--code", "loud.py")
    assert "is claimed by nlpseq " in done.stderr
    assert "loud.py" in done.stderr
    assert done.returncode == 2


def test_plugins_work_in_a_process_of_their_own(install, process, shouting):
    install("broken-thing", "raise SystemExit(0)", tasks=["broken"], verbs=["break"])
    install("loud-thing", shouting, tasks=["shouting"], verbs=["shout"])
    done = process("tasks")
    assert "failed to load: SystemExit: 0" in done.stdout
    assert "Label texts, loudly." in done.stdout
    assert done.returncode == 0
    assert process("break", "text").returncode == 2
