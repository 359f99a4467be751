"""Two processes under torchrun: one training, told and kept once, and stopped as one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from tests.campaigns.commands import outcome
from tests.campaigns.ranks import children
from tests.campaigns.tiny import SETTINGS, as_options, write_data

STILL = {f"model.{part}dropout": 0 for part in ("", "embedding.", "encoder.", "embedding.word_")}
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone")
NLPSEQ = ("-m", "nlpseq", "train", "sentiment", "--data", "data.tsv", "--json")


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.setenv("NLPSEQ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.chdir(tmp_path)
    write_data(tmp_path)


def words(out, *more, **settings):
    given = {**SETTINGS, **{name.replace("__", "."): value for name, value in settings.items()}}
    return [*NLPSEQ, "--out", out, *more, *as_options(given)]


def together(*given, launcher=TORCHRUN, **settings):
    return subprocess.run(
        [*launcher, *words(*given, **settings)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def alone(*given, **settings):
    return subprocess.run(
        [sys.executable, *words(*given, **settings)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_without_out_all_train_in_one_folder_and_one_of_them_talks():
    given = as_options({**SETTINGS, "training.epochs": 1})
    done = subprocess.run(
        [*TORCHRUN, *NLPSEQ, *given], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert [entry.name for entry in Path("runs").iterdir()] == ["sentiment-1"]
    assert done.stderr.count("model: labeller") == 1


def test_faulty_settings_are_refused_once():
    done = together("run", training__epochs=0)
    assert done.returncode != 0
    assert done.stderr.count("training.epochs: found 0") == 1


def newest(run):
    return max((Path(run) / "checkpoints").glob("step-*"))


def start(*given, launcher=TORCHRUN, **settings):
    """A training of two that has saved its first validation, and its processes."""
    child = subprocess.Popen(
        [*launcher, *words(*given, **settings)], stderr=subprocess.PIPE, text=True
    )
    validations = (line for line in child.stderr if "macro_f1" in line)
    for _ in range(2):  # the second is said when the first is saved
        next(validations)
    return child, sorted(children(child.pid))


def test_two_processes_train_one_model_told_and_kept_once():
    done = together("run")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["run"] == "run"  # one document, not two
    assert done.stderr.count("model: labeller") == 1
    card = json.loads(Path("run/model/bundle.json").read_text())["training"]
    assert card["processes"] == 2
    assert Path("run/metrics.jsonl").read_text().count("\n") == 4
    assert done.stderr.count("macro_f1") == 4
    assert together("again").returncode == 0
    assert outcome(Path("run")) == outcome(Path("again"))


def test_what_two_learn_from_a_batch_each_is_what_one_learns_from_both():
    assert together("two", **STILL).returncode == 0
    assert alone("one", **STILL, training__accumulate=2).returncode == 0
    (ours, theirs) = (load_file(newest(run) / "weights.safetensors") for run in ("two", "one"))
    assert newest("two").name == newest("one").name
    for name, weight in ours.items():
        assert weight == pytest.approx(theirs[name], abs=1e-4), name


SLOW = pytest.mark.slow


@pytest.mark.parametrize("whom", ["all", *(pytest.param(one, marks=SLOW) for one in (0, 1))])
def test_a_stopped_training_of_two_goes_on_as_if_it_never_stopped(whom):
    child, pids = start("run", training__epochs=400)
    os.kill(child.pid if whom == "all" else pids[whom], signal.SIGTERM)
    told = child.communicate(timeout=60)[1]
    assert child.returncode != 0
    assert "stopped; the work is saved: --out run --resume goes on" in told
    stopped = int(newest("run").name[5:])
    epochs = stopped // 2 + 3
    assert together("run", "--resume", training__epochs=epochs).returncode == 0
    assert together("whole", training__epochs=epochs).returncode == 0
    assert outcome(Path("run")) == outcome(Path("whole"))


@pytest.mark.parametrize("victim", [pytest.param(0, marks=SLOW), 1])
def test_the_death_of_one_ends_all_and_costs_nothing_that_was_saved(victim):
    child, pids = start("run", training__epochs=4000)
    os.kill(pids[victim], signal.SIGKILL)
    died = time.monotonic()
    child.communicate(timeout=60)
    assert child.returncode != 0
    assert time.monotonic() - died < 60
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    epochs = int(newest("run").name[5:]) // 2 + 3
    assert together("run", "--resume", training__epochs=epochs).returncode == 0
    assert together("whole", training__epochs=epochs).returncode == 0
    assert outcome(Path("run")) == outcome(Path("whole"))


def test_torchrun_takes_up_a_training_that_died_by_itself():
    child, pids = start("run", launcher=(*TORCHRUN, "--max-restarts=1"), training__epochs=60)
    os.kill(pids[1], signal.SIGKILL)
    told = child.communicate(timeout=60)[1]
    assert child.returncode == 0
    assert "run: going on from update" in told
    assert together("whole", training__epochs=60).returncode == 0
    assert outcome(Path("run")) == outcome(Path("whole"))


def test_as_many_processes_go_on_as_began():
    assert together("run").returncode == 0
    done = alone("run", "--resume", training__epochs=5)
    assert done.returncode == 2
    assert "found 1 processes, expected 2 as before the checkpoint; " in done.stderr


def test_processes_that_were_started_differently_do_not_train_together():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2"}
    children = [
        subprocess.Popen(
            [sys.executable, *words("run", training__seed=rank)],
            env={**os.environ, **place, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        )
        for rank in (0, 1)
    ]  # fmt: skip
    told = [child.communicate(timeout=120)[1] for child in children]
    assert children[1].returncode == 2
    expected = "process 1 of 2: settings, data, weights, versions or device differ from those of "
    assert expected in told[1]
    assert children[0].returncode == 1
    assert "another process of this training is gone" in told[0]


def test_a_failure_of_the_first_ends_the_others_without_a_word():
    Path("run").mkdir()
    Path("run/note").write_text("of a person")
    done = together("run")
    assert done.returncode != 0
    assert done.stderr.count("run: already holds files; use --resume") == 1
    assert done.stderr.count("nlpseq: ") == 1


def test_restarts_need_a_folder_to_go_on_in():
    given = [word for word in words("run") if word not in ("--out", "run")]
    done = subprocess.run(
        [*TORCHRUN, "--max-restarts=1", *given], capture_output=True, text=True, check=False
    )
    assert "torchrun --max-restarts needs --out, the run folder to go on in" in done.stderr


def test_a_dry_run_is_of_one_process():
    done = together("run", "--dry-run")
    assert "--dry-run tries one process; leave torchrun away" in done.stderr
