"""How others prepare a corpus: as a tutorial does with sentencepiece, and as peers do.

Whoever follows a tutorial learns the pieces from all lines, splits every line, and holds the ids
in memory. OpenNMT-py 3.5 splits and counts with ``onmt_build_vocab``, and splits again as it
trains; JoeyNMT 2.3 reads, splits and counts as its training starts, so one update of it is counted
in. Neither learns pieces, so the seconds of that are added to theirs.
"""

from __future__ import annotations

import json
import time
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sentencepiece

from benchmarks.peers import NAMES, environment, joeynmt, opennmt
from benchmarks.process import run
from benchmarks.standard import LANGUAGES
from nlpseq.text.lines import read_lines

PIECES = 2000


def seconds_of_others(folder: Path, peers: Namespace) -> dict[str, float]:
    """Of all that prepare ``train`` in a folder, which has ``valid`` too."""
    files = [str(folder / f"train.{code}") for code in LANGUAGES]
    begun = time.perf_counter()
    pieces = learned(files, folder / "pieces")
    learning = time.perf_counter() - begun
    begun = time.perf_counter()
    held = [[pieces.encode(line) for line in read_lines(file, "utf-8")] for file in files]
    found = {"textbook": learning + time.perf_counter() - begun}
    del held
    for name in NAMES:
        if python := getattr(peers, name):
            command, config = (_opennmt if name == "opennmt" else _joeynmt)(folder)
            (folder / "config.yaml").write_text(json.dumps(config))
            took = run([python, "-m", *command], environment())
            found[name] = learning + took.seconds
    return found


def learned(files: Sequence[str], prefix: Path) -> sentencepiece.SentencePieceProcessor:
    """Pieces of all lines, in one table for both sides."""
    sentencepiece.SentencePieceTrainer.train(
        input=files, model_prefix=str(prefix), vocab_size=PIECES, minloglevel=2
    )
    return sentencepiece.SentencePieceProcessor(model_file=f"{prefix}.model")


def _opennmt(folder: Path) -> tuple[list[str], Mapping[str, Any]]:
    """It counts the pieces of every line (``-n_sample -1``)."""
    config = dict(opennmt(folder, updates=1, learning_rate=0.001, batch=("sents", 64)))
    for side in ("src", "tgt"):
        config[f"{side}_subword_type"] = "sentencepiece"
        config[f"{side}_subword_model"] = str(folder / "pieces.model")
        config[f"{side}_vocab"] = str(folder / f"words.{side}")
    config |= {"transforms": ["onmt_tokenize"], "save_data": str(folder / "counted")}
    command = ["onmt.bin.build_vocab", "-config", str(folder / "config.yaml"), "-n_sample", "-1"]
    return command, config


def _joeynmt(folder: Path) -> tuple[list[str], Mapping[str, Any]]:
    """It trains for an update after all is read."""
    config = dict(joeynmt(folder, updates=1, learning_rate=0.001, batch=("sentence", 64)))
    pieces = {"model_file": str(folder / "pieces.model")}
    side = {"level": "bpe", "tokenizer_type": "sentencepiece", "tokenizer_cfg": pieces}
    for name, code in zip(("src", "trg"), LANGUAGES, strict=True):
        config["data"][name] = {"lang": code, "max_length": 250, "voc_min_freq": 1, **side}
    return ["joeynmt", "train", str(folder / "config.yaml"), "--skip-test"], config
