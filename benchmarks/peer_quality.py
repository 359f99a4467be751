"""How long peers take to be good: each trained by the settings that it recommends for RNNs.

OpenNMT-py 3.5: what it does when nothing is said (two layers of 500, input feeding, SGD at 1.0).
JoeyNMT 2.3: its configuration for IWSLT14, the published recurrent one nearest in size
(``configs/iwslt14_deen_bpe.yaml``), but for its scheduler, see ``benchmarks/peers.md``. Both learn
from the same pieces of words. Each is stopped after a time that is given, and every checkpoint
translates the valid part greedily; its minutes are those on the clock when it was written.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.peer_answers import driven
from benchmarks.peers import environment, in_pieces, joeynmt, opennmt, prepared
from benchmarks.standard import Standard, say

EPOCH = 29_000  # sentences of the training part
_WRITING = 5  # seconds: what was written just before the end may be a half


def checkpoints(
    name: str, python: str, setting: Standard, folder: Path, minutes: float
) -> Iterator[tuple[float, list[str]]]:
    """Minutes and answers of each checkpoint of a peer that trains for so long."""
    (command,) = prepared(name, folder, setting, updates=1)
    config = (_opennmt if name == "opennmt" else _joeynmt)(folder)
    (folder / "config.yaml").write_text(json.dumps(config))
    begun = time.time()
    said = folder / "said"
    with said.open("w") as told:
        training = subprocess.Popen([python, *command], env=environment(), stdout=told, stderr=told)
        try:
            if failed := training.wait(60 * minutes):
                raise SystemExit(f"{name}: exit code {failed}: {said.read_text()[-2000:]}")
        except subprocess.TimeoutExpired:
            training.kill()
            training.wait()
    pattern = "model_step_*.pt" if name == "opennmt" else "model/[0-9]*.ckpt"
    whole = time.time() - _WRITING
    saved = [(path.stat().st_mtime, path) for path in folder.glob(pattern)]
    saved = [(written, path) for written, path in saved if written < whole]
    say(f"{name}: {len(saved)} checkpoints in {minutes:.1f} minutes")
    for written, path in sorted(saved):
        yield (written - begun) / 60, _answers(name, python, setting, folder, path)


def _answers(name: str, python: str, setting: Standard, folder: Path, path: Path) -> list[str]:
    """Of one checkpoint to the valid part, greedily."""
    columns, valid = setting.prepared.columns, setting.prepared.valid.corpus
    target = columns["target"]
    pieces = in_pieces(valid.ids("source", range(len(valid))), target.vocabulary.tokens)
    given = [path] if name == "opennmt" else [folder / "config.yaml", path]
    with driven(name, python, map(str, given)) as ask:
        return [target.text(answer.split()) for answer in ask(pieces, 1, 0)]


def _opennmt(folder: Path) -> Mapping[str, Any]:
    every = EPOCH // 64
    return {
        **opennmt(folder, updates=10**6, learning_rate=1.0, batch=("sents", 64)),
        "optim": "sgd",
        "word_vec_size": 500,
        "hidden_size": 500,
        "save_checkpoint_steps": every,
        "report_every": every,
    }


def _joeynmt(folder: Path) -> Mapping[str, Any]:
    config = {**joeynmt(folder, updates=10**6, learning_rate=0.0002, batch=("sentence", 80))}
    every = EPOCH // 80
    config["training"] = {
        **config["training"],
        "epochs": 100,
        "normalization": "tokens",
        "validation_freq": every,
        "logging_freq": every,
        "keep_best_ckpts": 100,
    }
    embeddings = {"embedding_dim": 620, "scale": False}
    one = {"rnn_type": "gru", "embeddings": embeddings, "num_layers": 1, "dropout": 0.0}
    encoder, decoder = config["model"]["encoder"], config["model"]["decoder"]
    config["model"] = {
        "encoder": {**encoder, **one, "hidden_size": 500},
        "decoder": {**decoder, **one, "hidden_size": 1000, "hidden_dropout": 0.2},
    }
    return config
