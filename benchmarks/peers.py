"""OpenNMT-py and JoeyNMT beside ours, where they are installed (``benchmarks/peers.md``).

Each lives in an environment of its own and is called as its users call it, with a model of the
standard widths, batches of as many tokens and its own defaults for the rest, on the same pieces
of words. The rate of a training is what it reports itself: target tokens a second, the median of
the later half of its reports.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.standard import Standard
from nlpseq.data.batches import Corpus
from nlpseq.text.vocabulary import SPECIAL, UNK

NAMES = ("opennmt", "joeynmt")
REPORTS = {
    "opennmt": re.compile(r"; *[\d.]+/ *([\d.]+) tok/s"),
    "joeynmt": re.compile(r"Tokens per Sec: +([\d.]+)"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where each of them is."""
    for name in NAMES:
        parser.add_argument(f"--{name}", metavar="PYTHON", help=f"of the environment of {name}")


MODELS = {"opennmt": "model_step_1.pt", "joeynmt": "config.yaml"}  # what is asked for answers


def untrained(name: str, python: str, setting: Standard, folder: Path) -> Path:
    """A model of a peer as training starts: one update that changes next to nothing makes it."""
    commands = prepared(name, folder, setting, updates=1, learning_rate=0.0001)
    run([[python, *each] for each in commands])
    return folder / MODELS[name]


def training_rate(name: str, python: str, setting: Standard, updates: int) -> float:
    """Target tokens a second of one, over so many updates."""
    with tempfile.TemporaryDirectory() as folder:
        commands = prepared(name, Path(folder), setting, updates)
        told = run([[python, *command] for command in commands])
    reports = [float(each) for each in REPORTS[name].findall(told)]
    return statistics.median(reports[len(reports) // 2 :])


def run(commands: Sequence[Sequence[str]]) -> str:
    """Run the commands; what the last one said."""
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, env=environment())
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return done.stdout + done.stderr


def environment() -> Mapping[str, str]:
    """As many threads as ours, none of our packages, and leave to unpickle what they saved.

    How threads wait and what is kept is left to the framework, as where they are used without us.
    """
    threads = {"OMP_NUM_THREADS": str(torch.get_num_threads())}
    ours = ("GOMP_SPINCOUNT", "ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY")
    found = {name: value for name, value in os.environ.items() if name not in ours}
    return {**found, **threads, "PYTHONPATH": "", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1"}


def prepared(
    name: str, folder: Path, setting: Standard, updates: int, learning_rate: float = 0.001
) -> list[list[str]]:
    """Write all that a peer needs; the commands to run, without their Python."""
    columns = setting.prepared.columns
    tokens = columns["target"].vocabulary.tokens
    parts: dict[str, Corpus] = {
        "train": setting.prepared.train,
        "valid": setting.prepared.valid.corpus,
    }
    for part, corpus in parts.items():
        write_pieces(corpus, tokens, folder / part)
    kept = [token for token in tokens if token not in SPECIAL]  # which they name themselves
    size = setting.settings.training.batch_tokens // 2  # of one side, as both count
    if name == "opennmt":
        (folder / "words").write_text("".join(f"{token}\t1\n" for token in kept))
        config = opennmt(folder, updates, learning_rate, ("tokens", size))
        commands = [["-m", "onmt.bin.train", "-config", str(folder / "config.yaml")]]
    else:
        head = ("<unk>", "<pad>", "<s>", "</s>")
        (folder / "words").write_text("".join(f"{token}\n" for token in (*head, *kept)))
        config = joeynmt(folder, updates, learning_rate, ("token", size))
        commands = [["-m", "joeynmt", "train", str(folder / "config.yaml"), "--skip-test"]]
    (folder / "config.yaml").write_text(json.dumps(config))  # which is YAML as well
    return commands


def write_pieces(corpus: Corpus, tokens: Sequence[str], prefix: Path) -> None:
    """A line of pieces for each text, sources and targets."""
    for column, code in (("source", "de"), ("target", "en")):
        lines = in_pieces(corpus.ids(column, range(len(corpus))), tokens)
        Path(f"{prefix}.{code}").write_text("".join(f"{line}\n" for line in lines))


def in_pieces(rows: Iterable[Iterable[int]], tokens: Sequence[str]) -> list[str]:
    """Texts as peers read them, from their ids."""
    return [" ".join(tokens[n] if n < len(tokens) else UNK for n in row) for row in rows]


def opennmt(
    folder: Path, updates: int, learning_rate: float, batch: tuple[str, int]
) -> Mapping[str, Any]:
    """Of OpenNMT-py 3.5: its input feeding is on by default, as is general attention."""
    files = {part: str(folder / part) for part in ("train", "valid")}
    data = {
        part: {"path_src": f"{prefix}.de", "path_tgt": f"{prefix}.en"}
        for part, prefix in files.items()
    }
    return {
        "data": {"corpus_1": data["train"], "valid": data["valid"]},
        "src_vocab": str(folder / "words"),
        "tgt_vocab": str(folder / "words"),
        "save_model": str(folder / "model"),
        "encoder_type": "brnn",
        "decoder_type": "rnn",
        "rnn_type": "LSTM",
        "word_vec_size": 512,
        "hidden_size": 512,  # of both directions together
        "layers": 2,
        "dropout": [0.3],
        "batch_type": batch[0],
        "batch_size": batch[1],
        "optim": "adam",
        "learning_rate": learning_rate,
        "train_steps": updates,
        "valid_steps": 10 * updates,
        "save_checkpoint_steps": 10 * updates,
        "report_every": max(1, updates // 5),
        "num_workers": 0,
    }


def joeynmt(
    folder: Path, updates: int, learning_rate: float, batch: tuple[str, int]
) -> Mapping[str, Any]:
    """Of JoeyNMT 2.3."""
    side = {"level": "word", "max_length": 250, "voc_file": str(folder / "words")}
    common = {"rnn_type": "lstm", "embeddings": {"embedding_dim": 512}, "num_layers": 2}
    return {
        "name": "speed",
        "joeynmt_version": "2.3.0",
        "model_dir": str(folder / "model"),
        "use_cuda": False,
        "data": {
            "train": str(folder / "train"),
            "dev": str(folder / "valid"),
            "dataset_type": "plain",
            "src": {"lang": "de", **side},
            "trg": {"lang": "en", **side},
        },
        "testing": {"beam_size": 5},
        "training": {
            "optimizer": "adam",
            "learning_rate": learning_rate,
            "scheduling": "exponential",  # "plateau" asks for what new versions of torch lack
            "clip_grad_norm": 1.0,
            "batch_type": batch[0],
            "batch_size": batch[1],
            "epochs": 1,
            "updates": updates,
            "validation_freq": 10 * updates,
            "logging_freq": max(1, updates // 5),
            "overwrite": True,
        },
        "model": {
            "encoder": {
                **common,
                "type": "recurrent",
                "hidden_size": 256,
                "bidirectional": True,
                "dropout": 0.3,
            },
            "decoder": {
                **common,
                "type": "recurrent",
                "hidden_size": 512,
                "dropout": 0.3,
                "input_feeding": True,
                "init_hidden": "bridge",
                "attention": "bahdanau",
            },
        },
    }
