"""``new-task`` writes a project that works as it stands, and never over anything."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from nlpseq.cli import run
from nlpseq.cli.new_task import TEMPLATE, project
from nlpseq.task import check

ROOT = Path(__file__).parents[2]


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_project_is_written_and_the_next_commands_are_told(place, capfd):
    assert run(["new-task", "spam-filter"]) == 0
    assert contents(place / "nlpseq-spam-filter") == project("spam-filter")
    said = capfd.readouterr().out
    assert "pip install -e 'nlpseq-spam-filter[test]'\n" in said
    assert "nlpseq train spam-filter\n" in said
    assert "pytest nlpseq-spam-filter\n" in said


def test_the_folder_can_be_named_and_its_parents_are_made(place, capfd):
    assert run(["new-task", "spam", "--out", "some where/deep"]) == 0
    assert contents(place / "some where" / "deep") == project("spam")
    assert "pip install -e 'some where/deep[test]'\n" in capfd.readouterr().out


def test_every_name_in_a_project_follows_from_that_of_the_task():
    files = project("spam-filter")
    assert set(files) == {
        "pyproject.toml",
        "README.md",
        "src/nlpseq_spam_filter/__init__.py",
        "tests/test_task.py",
    }
    about = tomllib.loads(files["pyproject.toml"].decode())["project"]
    assert about["name"] == "nlpseq-spam-filter"
    entry = {"spam-filter": "nlpseq_spam_filter:SpamFilter"}
    assert about["entry-points"] == {"nlpseq.tasks": entry, "nlpseq.verbs": entry}
    assert b'task = "spam-filter"' in files["tests/test_task.py"]
    assert not any(b"taskname" in data.lower() for data in files.values())


@pytest.mark.parametrize("name", ["a", "spam-filter", "x2-y3", "task", "column", "mapping"])
def test_the_task_of_a_project_keeps_the_contract(name):
    (code,) = (data for path, data in project(name).items() if path.startswith("src/"))
    names = {}
    exec(compile(code, name, "exec"), names)
    task = names["".join(word.capitalize() for word in name.split("-"))]
    check("a project", task)
    assert task.name == task.verb == name
    rows = task().sample()["train"]
    assert {len(row) for row in rows} == {len(task.columns)}
    assert len(set(rows)) == len(rows)


@pytest.mark.parametrize(
    "name",
    ["", "Spam", "spam_filter", "spam--filter", "spam-", "2spam", "späm", "a b", "../spam", "a/b"],
)
def test_a_name_that_no_task_can_have_is_refused(place, capfd, name):
    assert run(["new-task", name]) == 2
    assert f"found {name!r}, expected lower-case letters" in capfd.readouterr().err
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("train", "is a command of nlpseq"),
        ("doctor", "is a command of nlpseq"),
        ("sentiment", "is taken by nlpseq "),
    ],
)
def test_a_name_that_is_taken_is_refused(place, capfd, name, reason):
    assert run(["new-task", name]) == 2
    assert f"'{name}' {reason}" in capfd.readouterr().err
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.mkdir(),
        lambda path: path.write_text("mine"),
        lambda path: path.symlink_to("nowhere"),
    ],
    ids=["a folder", "a file", "a dangling link"],
)
def test_what_is_there_already_is_left_alone(place, capfd, make):
    path = place / "nlpseq-spam"
    make(path)
    before = (path.is_symlink(), path.is_dir(), path.is_file() and path.read_text())
    assert run(["new-task", "spam"]) == 2
    assert "nlpseq-spam: is there already" in capfd.readouterr().err
    assert (path.is_symlink(), path.is_dir(), path.is_file() and path.read_text()) == before
    assert list(place.iterdir()) == [path]


def test_it_needs_neither_torch_nor_pytest(place):
    code = (
        "import sys; sys.modules['torch'] = sys.modules['pytest'] = None\n"
        "from nlpseq.cli import run; sys.exit(run(['new-task', 'spam']))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_every_file_of_the_packages_is_in_the_wheel(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    packages = {"nlpseq": ".", "nlpseq_tasks": "tasks", "nlpseq_pretrained": "pretrained"}
    tracked = {
        path for package, root in packages.items() for path in files_of(package, ROOT / root)
    }
    assert {f"nlpseq/testing/template/{name}" for name in TEMPLATE} <= tracked
    assert {path.rpartition(".")[2] for path in tracked} >= {"py", "typed", "safetensors"}
    assert tracked - set(zipfile.ZipFile(wheel).namelist()) == set()


def files_of(package, root):
    """The files of a package that are under version control, from where it is imported."""
    command = ["git", "ls-files", "-z", package]
    done = subprocess.run(command, check=True, cwd=root, capture_output=True, text=True)
    return done.stdout.split("\0")[:-1]
