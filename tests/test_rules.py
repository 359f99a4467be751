"""Rules that the code keeps about itself, read from its syntax; a breach of each is planted.

A rule is a table of calls, imports and names that are forbidden, and of the files that may.
"""

import ast
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
ABOUT = tomllib.loads((ROOT / "pyproject.toml").read_text())
FOLDERS = ("nlpseq", "tasks", "pretrained")
FILES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_bytes())
    for folder in FOLDERS
    for path in sorted((ROOT / folder).rglob("*.py"))
}


class Rule(NamedTuple):
    """What is forbidden, and where it is not."""

    calls: frozenset[str] = frozenset()  # by the whole name, or .name for a method of anything
    imports: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    modes: bool = False  # open() for writing
    text: bool = False  # open() for text
    but: frozenset[str] = frozenset()  # files, with the name that is allowed there behind a colon


def words(text):
    return frozenset(text.split())


RULES = {
    "nothing but durable writes files": Rule(
        calls=words(
            "torch.save np.save np.savez np.savez_compressed np.savetxt json.dump pickle.dump "
            "shutil.move shutil.copy shutil.copyfile shutil.copytree shutil.rmtree os.rename "
            "os.replace os.remove os.unlink os.mkdir os.makedirs os.rmdir os.link os.symlink "
            ".save_file .write_text .write_bytes .mkdir .unlink .rmdir .touch .rename .tofile "
            ".symlink_to .hardlink_to tempfile.NamedTemporaryFile tempfile.TemporaryFile "
            "tempfile.mkstemp tempfile.mkdtemp tempfile.TemporaryDirectory"
        ),
        names=words("O_WRONLY O_RDWR O_CREAT O_APPEND O_TRUNC"),
        modes=True,
        but=words(
            "nlpseq/durable.py "
            "nlpseq/cli/__init__.py:O_WRONLY "  # of /dev/null
            "nlpseq/training/run.py:.unlink "  # the parts of a run that is dropped
            "nlpseq/text/tokenizers/sentencepiece.py:tempfile.TemporaryFile "  # without a name
            "nlpseq/data/pretrained.py:tempfile.TemporaryDirectory "  # also for gensim
            "nlpseq/bundle/tensors.py:torch.save "  # of safetensors, to bytes
            "nlpseq/text/vectors/fasttext.py:tempfile.NamedTemporaryFile "  # for gensim to read
            "nlpseq/training/rehearsal.py:tempfile.TemporaryDirectory "  # of a run that is tried
            "pretrained/retrain.py "  # lays out data; runs by hand
        ),
    ),
    "nothing that runs code from a file is ever called": Rule(
        calls=words(
            "eval exec compile __import__ torch.load np.load numpy.load KeyedVectors.load "
            "Word2Vec.load FastText.load nltk.download nltk.data.load nltk.load os.system os.popen "
            "pandas.read_pickle runpy.run_path .exec_module importlib.util.spec_from_file_location"
        ),
        imports=words(
            "pickle cPickle _pickle dill cloudpickle joblib marshal shelve yaml ruamel jsonpickle "
            "zipfile tarfile runpy imp gensim.downloader nltk.data nltk.downloader zipimport"
        ),
        but=words("nlpseq/cli/code.py:.exec_module"),  # the file that a person gave with --code
    ),
    "records end at line feeds": Rule(
        calls=words(".splitlines .readlines .read_text fileinput.input"),
        names=words("stdin"),
        text=True,
        but=words(
            "nlpseq/cli/answers.py:.splitlines "  # an answer is one line, by any reader's count
            "nlpseq/text/column.py:.splitlines "  # and so is a label
            "nlpseq/languages.py:.splitlines "  # sentences inside a text
            "nlpseq/bundle/doctor.py:.splitlines "  # bytes of JSON that its child wrote
            "pretrained/retrain.py "  # runs by hand, on corpora of one form
            "tasks/nlpseq_tasks/translation/words.py:.splitlines "  # of its own source
            "nlpseq/durable.py:.read_text "  # /proc
            "nlpseq/cli/new_task.py:.read_text "  # the template
            "nlpseq/cli/verb.py:stdin "  # isatty
            "nlpseq/text/tokenizers/sentencepiece.py:stdin "  # its child, which reads bytes
        ),
    ),
    "only the terminal prints": Rule(
        calls=words("print typer.echo typer.secho click.echo .print sys.stdout.write"),
        imports=words(
            "rich.print rich.console rich.markup rich.get_console rich.logging rich.progress "
            "rich.table rich.text rich.traceback click logging"
        ),
        names=words("stdout stderr"),
        but=words(
            "nlpseq/cli/terminal.py "
            "nlpseq/testing/contract.py:stdout nlpseq/testing/contract.py:stderr "  # of a child
            "nlpseq/bundle/doctor.py:stdout "  # of a child, to us
            "pretrained/retrain.py "  # runs by hand
            "nlpseq/cli/__init__.py:stdout "  # flushed on the way out
            "nlpseq/text/tokenizers/sentencepiece.py:sys.stdout.write "  # its child, to us
            "nlpseq/text/tokenizers/sentencepiece.py:stdout "
        ),
    ),
}

PLANTED = {
    "nothing but durable writes files": (
        "open('a', 'w')", "open('a', mode='ab')", "path.open('x')", "path.write_text('a')",
        "os.open('a', os.O_CREAT)", "torch.save(a, b)", "safetensors.torch.save_file(a, b)",
        "shutil.rmtree('a')", "open('a', how)", "Path('a').mkdir()", "json.dump(a, b)",
    ),
    "nothing that runs code from a file is ever called": (
        "import pickle", "from pickle import load", "import yaml", "torch.load(a)", "np.load(a)",
        "eval('1')", "exec('1')", "from torch import load", "KeyedVectors.load(a)",
        "import gensim.downloader as api", "from nltk import download", "import os.path, dill",
        "from numpy import load as l", "gensim.models.KeyedVectors.load(a)",
    ),
    "records end at line feeds": (
        "text.splitlines()", "open('a')", "open('a', 'r', encoding='utf-8')", "path.open()",
        "for line in sys.stdin: pass", "path.read_text()",
    ),
    "only the terminal prints": (
        "print(data)", "typer.echo(f'{data}')", "console.print(data)", "sys.stderr.write(data)",
        "from rich import print", "from rich.console import Console", "import click",
    ),
}  # fmt: skip


def breaches(rule, tree, path):
    """What in a file is forbidden, with its line."""
    if path in rule.but:
        return []
    found = [(node, name) for node in ast.walk(tree) for name in _uses(rule, node)]
    return [
        f"{path}:{node.lineno}: {name}" for node, name in found if f"{path}:{name}" not in rule.but
    ]


def _uses(rule, node):
    match node:
        case ast.Import(names=names):
            yield from (each.name for each in names if _below(each.name, rule.imports))
        case ast.ImportFrom(module=module, names=names) if module:
            whole = [module, *(f"{module}.{each.name}" for each in names)]
            yield from (name for name in whole if _below(name, rule.imports | rule.calls))
        case ast.Call(func=function):
            name = _dotted(function)
            method = f".{name.rpartition('.')[2]}" if isinstance(function, ast.Attribute) else name
            whole = "" if name.startswith("safetensors.torch.load") else name
            ends = {whole, method, ".".join(whole.split(".")[-2:])}
            yield from ends & rule.calls
            if name == "open" or method == ".open":
                yield from _opens(rule, node, 1 if name == "open" else 0, own=name == "os.open")
        case ast.Attribute(attr=name) if name in rule.names:
            yield name


def _opens(rule, node, place, *, own):
    """Whether a file is opened for writing, or for text."""
    if own:  # os.open: its flags are names
        return
    given = [*node.args[place : place + 1], *(k.value for k in node.keywords if k.arg == "mode")]
    mode = given[0].value if given and isinstance(given[0], ast.Constant) else "w" if given else "r"
    if rule.modes and set(str(mode)) & set("wax+"):
        yield "open to write"
    if rule.text and "b" not in str(mode):
        yield "open as text"


def _below(name, modules):
    return any(name == each or name.startswith(f"{each}.") for each in modules)


def _dotted(node):
    match node:
        case ast.Attribute(value=value, attr=name):
            return f"{_dotted(value)}.{name}"
        case ast.Name(id=name):
            return name
    return ""


@pytest.mark.parametrize("name", RULES)
def test_the_whole_tree_keeps_the_rule(name):
    found = [each for path, tree in FILES.items() for each in breaches(RULES[name], tree, path)]
    assert not found


@pytest.mark.parametrize("name", RULES)
def test_every_exception_is_needed(name):
    strict = RULES[name]._replace(but=frozenset())
    found = [each for path, tree in FILES.items() for each in breaches(strict, tree, path)]
    parts = (each.split(":", 2) for each in found)
    needed = {each for path, _, name in parts for each in (path, f"{path}:{name.strip()}")}
    assert RULES[name].but - needed == set()


def test_all_of_the_tree_is_read():
    packages = ABOUT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {path.partition("/")[0] for path in packages} == set(FOLDERS)
    assert {f"{package}/__init__.py" for package in packages} <= FILES.keys()
    assert len(FILES) > 150  # those of the folders below, too


@pytest.mark.parametrize(
    ("name", "code"), [(name, code) for name, planted in PLANTED.items() for code in planted]
)
def test_a_planted_breach_is_seen(name, code):
    assert breaches(RULES[name], ast.parse(code), "nlpseq/new.py")


def test_what_a_file_may_do_another_may_not():
    rule = RULES["records end at line feeds"]
    tree = ast.parse("text.splitlines()")
    assert not breaches(rule, tree, "nlpseq/cli/answers.py")
    assert breaches(rule, tree, "nlpseq/cli/other.py")


def from_below(requirement):
    """Whether a release is asked for, and any later one will do."""
    return re.fullmatch(r"[\w.-]+(\[[\w,-]+\])? *>= *[\d.]+", requirement.partition(";")[0].strip())


def test_what_is_depended_on_may_be_newer():
    extras = ABOUT["project"]["optional-dependencies"].values()
    every = [*ABOUT["project"]["dependencies"], *(each for extra in extras for each in extra)]
    others = [each for each in every if not each.startswith("nlpseq[")]
    assert [each for each in others if not from_below(each)] == []


@pytest.mark.parametrize("bound", ["", "<3", "~=2.8", "==2.8", ">=2.8,<3", ">2", "!=2.9,>=2.8"])
def test_any_other_bound_is_seen(bound):
    assert from_below("torch>=2.8")
    assert not from_below(f"torch{bound}")
