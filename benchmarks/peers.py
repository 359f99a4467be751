"""OpenNMT-py and JoeyNMT beside ours, where they are installed (``benchmarks/peers.md``).

Each lives in an environment of its own and is called as its users call it, with a model of the
standard widths, 64 sentences a batch and its own defaults for the rest, on the same pieces of
words. The rate is what it reports itself: target tokens a second, the median of its reports but
the first.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.standard import Standard, say
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


def training_rates(words: argparse.Namespace, setting: Standard) -> dict[str, float]:
    """Target tokens a second of each that was named."""
    found = {}
    for name in NAMES:
        if python := getattr(words, name):
            with tempfile.TemporaryDirectory() as folder:
                updates = 30 if words.quick else 200
                commands = prepared(name, Path(folder), setting, updates)
                found[name] = rate(name, [[python, *command] for command in commands])
                say(f"{name}: {found[name]:,.0f}")
    return found


def rate(name: str, commands: Sequence[Sequence[str]]) -> float:
    """Run the commands; the last one reports the rate."""
    threads = {"OMP_NUM_THREADS": str(torch.get_num_threads())}
    for command in commands:
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, **threads, "PYTHONPATH": ""}
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: {done.stderr[-2000:]}")
    reports = [float(each) for each in REPORTS[name].findall(done.stdout + done.stderr)]
    return statistics.median(reports[1:])


def prepared(name: str, folder: Path, setting: Standard, updates: int) -> list[list[str]]:
    """Write all that a peer needs; the commands to run, without their Python."""
    columns = setting.prepared.columns
    tokens = columns["target"].vocabulary.tokens
    parts = {"train": setting.prepared.train, "valid": setting.prepared.valid.corpus}
    for part, corpus in parts.items():
        write_pieces(corpus, tokens, folder / part)
    kept = [token for token in tokens if token not in SPECIAL]  # which they name themselves
    if name == "opennmt":
        (folder / "words").write_text("".join(f"{token}\t1\n" for token in kept))
        config = opennmt(folder, updates)
        commands = [["-m", "onmt.bin.train", "-config", str(folder / "config.yaml")]]
    else:
        head = ("<unk>", "<pad>", "<s>", "</s>")
        (folder / "words").write_text("".join(f"{token}\n" for token in (*head, *kept)))
        config = joeynmt(folder, updates)
        commands = [["-m", "joeynmt", "train", str(folder / "config.yaml"), "--skip-test"]]
    (folder / "config.yaml").write_text(json.dumps(config))  # which is YAML as well
    return commands


def write_pieces(corpus: Corpus, tokens: Sequence[str], prefix: Path) -> None:
    """A line of pieces for each text, sources and targets."""
    for column, code in (("source", "de"), ("target", "en")):
        rows = corpus.ids(column, range(len(corpus)))
        lines = (" ".join(tokens[n] if n < len(tokens) else UNK for n in row) for row in rows)
        Path(f"{prefix}.{code}").write_text("".join(f"{line}\n" for line in lines))


def opennmt(folder: Path, updates: int) -> Mapping[str, Any]:
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
        "batch_type": "sents",
        "batch_size": 64,
        "optim": "adam",
        "learning_rate": 0.001,
        "train_steps": updates,
        "valid_steps": 10 * updates,
        "save_checkpoint_steps": 10 * updates,
        "report_every": max(1, updates // 10),
        "num_workers": 0,
    }


def joeynmt(folder: Path, updates: int) -> Mapping[str, Any]:
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
            "sample_train_subset": 64 * updates,
        },
        "testing": {"beam_size": 5},
        "training": {
            "optimizer": "adam",
            "learning_rate": 0.001,
            "scheduling": "exponential",  # "plateau" asks for what new versions of torch lack
            "clip_grad_norm": 1.0,
            "batch_type": "sentence",
            "batch_size": 64,
            "epochs": 1,
            "updates": updates,
            "validation_freq": 10 * updates,
            "logging_freq": max(1, updates // 10),
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
