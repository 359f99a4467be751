"""Commands and recipes that the documents name: each is understood as it stands."""

import re
import shlex
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from nlpseq.cli.app import app
from nlpseq.config import from_file, from_words
from nlpseq.settings import resolve
from nlpseq.task import TASKS, task_layer

ROOT = Path(__file__).parents[2]
BLOCKS = re.compile(r"(?ms)^```(sh|console)\b[^\n]*\n(.*?)^```$")
PLUGINS = {"spam": "sentiment", "tag": "sentiment"}  # verbs of plugins, and one with their options


def documented():
    """The words of each command of nlpseq in the blocks of README.md and docs, once."""
    found = {}
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for kind, block in BLOCKS.findall(path.read_text()):
            for line in block.replace("\\\n", " ").split("\n"):
                if kind == "sh" or line.startswith("$ "):
                    found |= {tuple(each): None for each in of_nlpseq(line.removeprefix("$ "))}
    return list(found)


def of_nlpseq(line):
    """What is given to nlpseq on a line of a shell, for each time it is started there."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="&|;<>")
    lexer.whitespace_split = True
    starts = [[]]
    for word in lexer:
        if word in ("&&", "|", ";"):
            starts.append([])
        else:
            starts[-1].append(word)
    for words in starts:
        words = words[: words.index("<")] if "<" in words else words
        while words and "=" in words[0]:  # the environment
            words = words[1:]
        if words and Path(words[0]).name == "nlpseq":
            yield words[1:]
        elif ["-m", "nlpseq"] in map(list, zip(words, words[1:], strict=False)):
            yield words[words.index("nlpseq") + 1 :]


def understood(words):
    """What the command line makes of the words; an error where it makes nothing of them."""
    name, *rest = [word.replace("SEED", "1") for word in words]
    command = get_command(app).get_command(None, PLUGINS.get(name, name))
    while isinstance(command, TyperGroup):
        command, rest = command.get_command(None, rest[0]), rest[1:]
    return command.make_context(name, rest).params


TRAININGS = [words for words in documented() if words[0] == "train" and words[1] in TASKS]


def test_the_documents_are_read():
    names = {words[0] for words in documented()}
    assert names >= {"train", "evaluate", "compare", "doctor", "data", "config", "translate"}
    assert ("train", "sentiment") in documented()


@pytest.mark.parametrize("words", documented(), ids=" ".join)
def test_a_documented_command_is_understood(words):
    assert understood(words)


@pytest.mark.parametrize("words", [["trian"], ["train", "a", "--dta", "b"], ["train", "--seed"]])
def test_a_command_that_is_none_is_not_understood(words):
    with pytest.raises(Exception, match="no command|No such option|requires an argument"):
        understood(words)


@pytest.mark.parametrize("words", TRAININGS, ids=" ".join)
def test_the_settings_of_a_documented_training_are_settings(words):
    given = understood(words)
    files = [from_file(str(ROOT / given["config"]))] if given["config"] else []
    resolve([task_layer(TASKS[given["task"]]()), *files, from_words(given["words"] or [])])


def test_every_recipe_makes_settings_of_its_task():
    tasks = {given["config"]: given["task"] for given in map(understood, TRAININGS)}
    recipes = [path.relative_to(ROOT) for path in ROOT.glob("*/recipes/*.toml")]
    assert {path.parts[0] for path in recipes} == {"pretrained", "benchmarks"}
    for path in recipes:
        shipped = path.parts[0] == "pretrained"  # for a model named after its task
        task = path.stem.partition("-")[0] if shipped else tasks[str(path)]
        resolve([task_layer(TASKS[task]()), from_file(str(ROOT / path))])
