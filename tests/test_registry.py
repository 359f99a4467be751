"""Families with real distributions: metadata on disk, and a fresh process that reads it."""

import importlib
import importlib.util
import json
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nlpseq
from nlpseq.errors import PluginError, UnknownName
from nlpseq.registry import HOME, Registry, installed

ROOT = Path(__file__).parents[1]
SCRIPT = """
import json, sys
from nlpseq.errors import NlpseqError
from nlpseq.registry import Registry

family = Registry("nlpseq.cells", {"plain": "collections:Counter"})
listed = {name: [entry.origin for entry in claims] for name, claims in family.entries().items()}
imported = sorted(name for name in sys.modules if name.startswith("plug"))
answers = {}
for name in sys.argv[1:]:
    try:
        answers[name] = family[name].__name__
    except NlpseqError as error:
        answers[name] = f"{type(error).__name__}: {error}"
print(json.dumps([listed, imported, answers]))
"""


class Site:
    """A folder of installed distributions, and a process that looks into it."""

    def __init__(self, folder):
        self.folder = folder

    def install(self, name, modules=(), **points):
        info = self.folder / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = [f"{point} = {target}" for point, target in points.items()]
        (info / "entry_points.txt").write_text("\n".join(["[nlpseq.cells]", *lines, ""]))
        for module, source in dict(modules).items():
            (self.folder / f"{module}.py").write_text(source)

    def ask(self, *names, plugins=None):
        environment = {k: v for k, v in os.environ.items() if k != "NLPSEQ_PLUGINS"}
        environment |= {"PYTHONPATH": str(self.folder)}
        environment |= {} if plugins is None else {"NLPSEQ_PLUGINS": plugins}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, *names],
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def test_a_distribution_adds_a_member_that_is_imported_on_look_up_only(site):
    site.install("Plug.One", {"plug": "class Cell: ...\nclass Other: ..."}, mine="plug:Cell")
    listed, imported, answers = site.ask("mine", "plain")
    assert listed["mine"] == ["plug-one 1.0"]
    assert imported == []
    assert answers == {"mine": "Cell", "plain": "Counter"}


def test_a_broken_plugin_is_named_with_its_reason_and_harms_no_other(site):
    modules = {
        "plug_import": "import not_there",
        "plug_exit": "raise SystemExit(3)",
        "plug_good": "class Cell: ...",
        "plug_quiet": "raise ValueError",
    }
    site.install(
        "broken",
        modules,
        missing="plug_absent:Cell",
        imports="plug_import:Cell",
        exits="plug_exit:Cell",
        lacks="plug_good:Sell",
        bare="plug_good",
        quiet="plug_quiet:Cell",
        good="plug_good:Cell",
    )
    names = ("missing", "imports", "exits", "lacks", "bare", "quiet", "good", "plain")
    answers = site.ask(*names)[2]
    reasons = {
        "missing": "ModuleNotFoundError: No module named 'plug_absent'",
        "imports": "ModuleNotFoundError: No module named 'not_there'",
        "exits": "SystemExit: 3",
        "lacks": "AttributeError: module 'plug_good' has no attribute 'Sell'",
        "bare": "AttributeError: module 'plug_good' has no attribute ''",
        "quiet": "ValueError",
    }
    for name, reason in reasons.items():
        expected = f"PluginError: plugin '{name}' (broken 1.0) failed to load: {reason}"
        assert answers[name] == expected
    assert (answers["good"], answers["plain"]) == ("Cell", "Counter")


def test_a_name_claimed_twice_is_refused_with_both_distributions(site):
    site.install(
        "one", {"plug": "class Cell: ..."}, same="plug:Cell", plain="plug:Cell", own="plug:Cell"
    )
    site.install("two", same="plug:Cell")
    answers = site.ask("same", "plain", "own")[2]
    message = "PluginError: 'same' in nlpseq.cells is claimed by {} and {}; uninstall one of them"
    claims = (("one 1.0", "two 1.0"), ("two 1.0", "one 1.0"))
    assert answers["same"] in [message.format(*pair) for pair in claims]
    assert answers["plain"].startswith(
        f"PluginError: 'plain' in nlpseq.cells is claimed by {HOME} "
    )
    assert "one 1.0" in answers["plain"]
    assert answers["own"] == "Cell"


@pytest.mark.parametrize(
    ("plugins", "expected"),
    [
        (None, {"a", "b", "plain"}),
        ("none", {"plain"}),
        ("", {"plain"}),
        ("dist_b", {"b", "plain"}),
        (" Dist.B , dist-a ", {"a", "b", "plain"}),
        ("unheard-of", {"plain"}),
    ],
)
def test_the_environment_says_which_distributions_count(site, plugins, expected):
    site.install("dist-a", {"plug": "class Cell: ..."}, a="plug:Cell")
    site.install("Dist_B", b="plug:Cell")
    assert set(site.ask(plugins=plugins)[0]) == expected


def test_a_distribution_without_metadata_harms_nobody(site):
    site.install("half", {"plug": "class Cell: ..."}, mine="plug:Cell")
    (site.folder / "half-1.0.dist-info" / "METADATA").unlink()
    assert site.ask("mine", "plain")[2] == {"mine": "Cell", "plain": "Counter"}


FAMILY = Registry(
    "nlpseq.cells", {"lstm": "builtins:int", "gru": "builtins:str", "no": "nlpseq.x:Y"}
)


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownName, match=r"^no 'ltsm' among the cells; did you mean 'lstm'\?$"):
        FAMILY["ltsm"]


def test_an_unknown_name_far_from_all_is_answered_with_all():
    with pytest.raises(UnknownName, match="^no 'quantum' among the cells; known: gru, lstm, no$"):
        FAMILY["quantum"]


def test_a_family_is_a_mapping_in_the_order_of_names():
    assert list(FAMILY) == ["gru", "lstm", "no"]
    assert len(FAMILY) == 3
    assert FAMILY["lstm"] is int
    assert FAMILY.get("ltsm") is None


def test_to_ask_whether_a_name_is_there_imports_nothing():
    assert "no" in FAMILY
    assert "yes" not in FAMILY


def test_a_missing_module_of_nlpseq_itself_is_no_plugin_error():
    with pytest.raises(ModuleNotFoundError, match="nlpseq.x"):
        FAMILY["no"]


def test_an_interrupt_is_passed_on(tmp_path, monkeypatch):
    (tmp_path / "interrupting.py").write_text("raise KeyboardInterrupt")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        Registry("nlpseq.cells", {"slow": "interrupting:Cell"})["slow"]


def test_a_check_sees_each_member_with_its_origin():
    def check(origin, member):
        raise PluginError(f"{origin}: {member}")

    with pytest.raises(PluginError, match=r"^plugin 'lstm' \(nlpseq .*\): <class 'int'>$"):
        Registry("nlpseq.cells", {"lstm": "builtins:int"}, check)["lstm"]


def test_a_member_given_by_hand_counts_and_may_not_take_a_name():
    family = Registry("nlpseq.cells", {"lstm": "builtins:int"})
    family.give("mine", str, "my_task.py")
    assert family["mine"] is str
    family.give("lstm", str, "my_task.py")
    with pytest.raises(
        PluginError, match=r"'lstm' in nlpseq.cells is claimed by .* and my_task.py;"
    ):
        family["lstm"]
    with pytest.raises(PluginError, match=r"'mine' .* claimed by my_task.py and other.py; give"):
        family.give("mine", int, "other.py")


def tables():
    """Every family of nlpseq, found in the packages themselves."""
    for found in pkgutil.walk_packages(nlpseq.__path__, "nlpseq."):
        if found.ispkg or found.name == "nlpseq.task":
            for name, value in vars(importlib.import_module(found.name)).items():
                if isinstance(value, Registry) and name.isupper():
                    yield name, value


TABLES = dict(tables())
BUILT_IN = [
    pytest.param(entry, id=f"{family.group}:{entry.name}")
    for family in TABLES.values()
    for claims in family.entries().values()
    for entry in claims
    if entry.distribution == HOME
]


def test_every_family_that_a_plugin_may_join_is_found():
    rows = re.findall(r"(?m)^\| .*\|$", (ROOT / "CONTRIBUTING.md").read_text())
    groups = {group for row in rows for group in re.findall(r"`(nlpseq\.\w+)`", row.split("|")[-2])}
    assert {family.group for family in TABLES.values()} == groups - {"nlpseq.pretrained"}  # folders


@pytest.mark.parametrize("name", list(TABLES))
def test_a_family_is_named_after_its_group(name):
    assert TABLES[name].group == f"nlpseq.{name.lower()}"


@pytest.mark.parametrize("entry", BUILT_IN)
def test_every_built_in_name_stands_for_a_class_in_a_file(entry):
    module, _, attribute = entry.target.partition(":")
    assert Path(importlib.util.find_spec(module).origin).is_file()
    member = entry.load()
    assert isinstance(member, type)
    assert member.__name__ == attribute


def test_the_tasks_of_nlpseq_are_installed_through_entry_points():
    assert {entry.distribution for entry in installed("nlpseq.tasks")} >= {HOME}
