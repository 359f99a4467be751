"""Models that come along with a distribution: listed, found by name, taken when none is named."""

import json
import shutil

import pytest

from nlpseq.registry import entry_points


@pytest.fixture
def ship(tmp_path, place, alone, monkeypatch, trained):
    """Install a distribution that brings the trained model under a name."""
    site = tmp_path / "shipped"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    (place / "loud.py").write_bytes((trained / "loud.py").read_bytes())

    def ship(distribution, name):
        package = site / distribution.replace("-", "_")
        package.mkdir()
        (package / "__init__.py").write_text("raise RuntimeError('is not to be imported')")
        shutil.copytree(trained / "run" / "model", package / name)
        info = site / f"{package.name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0")
        (info / "entry_points.txt").write_text(f"[nlpseq.pretrained]\n{name} = {package.name}\n")
        entry_points.cache_clear()
        return package / name

    return ship


def test_a_verb_takes_the_model_that_came_along_and_says_so(nlpseq, ship):
    ship("loud-models", "loud-en")
    done = nlpseq("shout", "--code", "loud.py", "good number 7", "bad number 7")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["yes", "no"]
    assert done.stderr == "model: loud-en (loud-models 1.0); --model takes another\n"
    named = nlpseq("shout", "--code", "loud.py", "--model", "loud-en", "bad number 7")
    assert (named.stdout, named.stderr) == (done.stdout.splitlines(keepends=True)[1], "")


def test_a_path_comes_before_a_name(nlpseq, ship, place):
    ship("loud-models", "loud-en")
    (place / "loud-en").mkdir()
    done = nlpseq("shout", "--code", "loud.py", "--model", "loud-en", "good")
    assert done.returncode == 2
    assert "loud-en: holds no model" in done.stderr


def test_what_came_along_is_taken_whatever_lies_here(nlpseq, ship, place):
    ship("loud-models", "loud-en")
    (place / "loud-en").mkdir()
    done = nlpseq("shout", "--code", "loud.py", "good number 7")
    assert (done.returncode, done.stdout.split()[0]) == (0, "yes")


def test_what_came_along_is_listed_with_its_scores(nlpseq, ship):
    ship("loud-models", "loud-en")
    listed = [line for line in nlpseq("models").stdout.splitlines() if line.startswith("loud-en")]
    assert listed[0].split()[:3] == ["loud-en", "shouting", "en"]
    assert "loud-models 1.0  accuracy 100.0" in listed[0]
    [found] = [m for m in json.loads(nlpseq("models", "--json").stdout) if m["name"] == "loud-en"]
    assert found["bytes"] > 1000
    assert found["training"]["updates"] > 0
    assert found["scores"]["scores"][0]["value"] == 100.0


def test_a_broken_one_is_listed_as_broken_and_passed_over(nlpseq, ship):
    folder = ship("loud-models", "loud-en")
    (folder / "bundle.json").write_text('{"task": 3}')
    assert "broken: refused bundle" in nlpseq("models").stdout
    done = nlpseq("shout", "--code", "loud.py", "good")
    assert done.returncode == 2
    assert "no --model, and none shipped for task shouting; runs seen here: none" in done.stderr
    (folder / "bundle.json").unlink()
    assert "bundle.json: reading: No such file" in nlpseq("models").stdout


def test_a_name_claimed_twice_is_refused_with_both_origins(nlpseq, ship):
    ship("loud-models", "loud-en")
    ship("other-models", "loud-en")
    assert "claimed by loud-models 1.0 and other-models 1.0" in nlpseq("models").stdout
    done = nlpseq("shout", "--code", "loud.py", "--model", "loud-en", "good")
    assert done.returncode == 2
    assert "claimed by loud-models 1.0 and other-models 1.0" in done.stderr


def test_what_is_neither_a_path_nor_shipped_is_refused_with_what_there_is(nlpseq, ship):
    ship("loud-models", "loud-en")
    done = nlpseq("shout", "--code", "loud.py", "--model", "load-en", "good")
    assert done.returncode == 2
    assert "load-en: no such model; give a run folder, a model folder, or the name" in done.stderr
    assert "loud-en" in done.stderr
