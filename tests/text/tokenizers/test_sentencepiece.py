"""Subwords by sentencepiece."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sentencepiece

from nlpseq import config
from nlpseq.errors import BundleError, DataError, Failure, SettingError
from nlpseq.text.tokenizers import sentencepiece as member
from nlpseq.text.tokenizers.sentencepiece import (
    FILE,
    LARGEST,
    SentencepieceSettings,
    SentencepieceTokenizer,
)

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog"] * 5


def fitted(texts=TEXTS, **settings):
    tokenizer = SentencepieceTokenizer(SentencepieceSettings(**settings))
    tokenizer.fit(iter(texts))
    return tokenizer


@pytest.fixture(scope="module")
def tokenizer():
    return fitted(model_type="bpe")


def test_frequent_words_become_pieces(tokenizer):
    assert tokenizer.encode("the cat sat") == ["▁the", "▁cat", "▁sat"]


@pytest.mark.parametrize(
    "text", ["中文字 was never seen", "<unk> <s> </s>", "▁ is ▁a▁ sign", "▅\u2047", "x" * 5000]
)
def test_what_was_never_seen_comes_back(tokenizer, text):
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_pieces_that_a_model_puts_together_badly_make_a_tidy_text(tokenizer):
    assert tokenizer.decode(["c", "at", "▁", "▁", "▁sat", "▁"]) == "cat sat"


@pytest.mark.parametrize("model_type", ["unigram", "bpe"])
def test_the_same_texts_give_the_same_bytes(model_type):
    assert fitted(model_type=model_type).state() == fitted(model_type=model_type).state()


def test_of_very_many_texts_evenly_spaced_ones_are_taken(monkeypatch):
    some = fitted(TEXTS[::3]).state()
    monkeypatch.setattr(member, "MOST_TEXTS", 7)

    assert fitted(TEXTS).state() == some != fitted(TEXTS[:7]).state()


def test_small_data_gives_fewer_pieces_than_asked(tokenizer):
    assert SentencepieceSettings().size == 8000
    assert 20 < tokenizer._pieces.get_piece_size() < 100


def test_too_few_pieces_for_the_characters_are_refused_with_the_least_that_works():
    with pytest.raises(SettingError, match=r"size: found 3, expected at least (\d+)") as refused:
        fitted(size=3)

    least = int(str(refused.value).split("at least ")[1].split(",")[0])
    assert fitted(size=least)._pieces.get_piece_size() == least


def test_texts_longer_than_the_library_reads_by_default_count():
    long = " ".join(["banana"] * 2000)

    assert fitted([long], model_type="bpe").encode("banana") == ["▁banana"]


@pytest.mark.parametrize("texts", [[], ["", " \n"]])
def test_without_any_text_there_is_nothing_to_learn(texts):
    with pytest.raises(DataError, match="all training texts are blank"):
        fitted(texts)


def test_splitting_needs_training_first():
    with pytest.raises(SettingError, match="call fit"):
        SentencepieceTokenizer().encode("text")


@pytest.mark.parametrize("setting", [{"size": 0}, {"coverage": 1.1}, {"model_type": "word"}])
def test_impossible_settings_are_refused(setting):
    with pytest.raises(SettingError):
        config.read(SentencepieceSettings, setting)


def foreign_model():
    """A model that normalises by itself, as most in the world do."""
    writer = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS), model_writer=writer, vocab_size=40,
        hard_vocab_limit=False, minloglevel=3,
    )  # fmt: skip
    return writer.getvalue()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda model: b"", "found 0 bytes"),
        (lambda model: bytes(LARGEST + 1), f"found {LARGEST + 1} bytes"),
        (lambda model: b"garbage", "not a sentencepiece model"),
        (lambda model: model[: len(model) // 2], "not a sentencepiece model"),
        (lambda model: b"\x80\x04" + model, "not a sentencepiece model"),
        (lambda model: foreign_model(), "do not give the text back"),
    ],
)
def test_a_file_that_is_no_model_of_ours_is_refused_quietly(tokenizer, damage, message, capfd):
    with pytest.raises(BundleError, match=message):
        SentencepieceTokenizer.from_state({FILE: damage(tokenizer.state()[FILE])})

    assert capfd.readouterr().err == ""


def test_a_missing_file_is_refused():
    with pytest.raises(BundleError, match=r"sentencepiece\.model: found 0 bytes"):
        SentencepieceTokenizer.from_state({})


def test_training_is_quiet_and_leaves_no_file(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    fitted()

    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_training_imports_nothing_from_the_folder_it_is_started_in(tmp_path, monkeypatch):
    (tmp_path / "sentencepiece.py").write_text("raise SystemExit('bait')")
    monkeypatch.chdir(tmp_path)

    assert fitted().state()


def test_training_that_cannot_start_says_so(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    with pytest.raises(Failure, match="training failed: .*/nowhere/python"):
        fitted()


LONG_TRAINING = """
import random
from nlpseq.text.tokenizers.sentencepiece import SentencepieceTokenizer
draw = random.Random(1)
line = lambda: " ".join(f"{draw.getrandbits(60):x}" for _ in range(50))
SentencepieceTokenizer().fit(line() for _ in range(4000))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_training_and_its_process(number):
    parent = subprocess.Popen([sys.executable, "-c", LONG_TRAINING], stderr=subprocess.DEVNULL)
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    wait_until(lambda: children.read_text())
    child = Path("/proc", children.read_text().strip())
    wait_until(lambda: b"sentencepiece" in (child / "cmdline").read_bytes())
    wait_until(lambda: int((child / "stat").read_text().split()[13]) > 30)  # it computes

    os.kill(parent.pid, number)

    assert parent.wait(timeout=5) == -number
    wait_until(lambda: not child.exists() or "State:\tZ" in (child / "status").read_text())


def wait_until(true, seconds=20):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
