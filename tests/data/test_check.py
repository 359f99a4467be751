"""A check tells all that training would refuse, and no more; and what data looks like."""

import gzip
import json
import random
import re
import tempfile
import tracemalloc
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlpseq import config
from nlpseq.config import Layer
from nlpseq.data.check import MOST_SHOWN, check
from nlpseq.data.prepare import prepare
from nlpseq.errors import DataError, NlpseqError
from nlpseq.settings import resolve
from nlpseq.task import Column, Example, Task, task_layer


class Mood(Task):
    name, verb, summary = "mood", "mood", "Labels texts."
    columns = (Column("text", "text"), Column("label", "label"))
    model, metrics = "labeller", ("accuracy",)
    defaults = {"text": {"tokenizer": "whitespace"}}


class Tags(Mood):
    name = "tags"
    columns = (Column("text", "tokens"), Column("label", "token_labels"))


class Pairs(Mood):
    name = "pairs"
    columns = (Column("text", "text"), Column("label", "text"))
    model = "seq2seq"


class Picky(Mood):
    name = "picky"

    def examples(self, rows):
        for number, row in enumerate(rows):
            if "bad" in row["text"]:
                raise DataError(f"found a bad text, {number}")
            yield Example(row["text"], row["label"])


@pytest.fixture
def put(tmp_path, monkeypatch):
    """Writes files into the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NLPSEQ_CACHE", str(tmp_path / "cache"))

    def files(**contents):
        for name, content in contents.items():
            data = content if isinstance(content, bytes) else content.encode()
            (tmp_path / name.replace("_", ".")).write_bytes(data)

    return files


def resolved(task, **given):
    tree = {}
    for path, value in given.items():
        tree = config.merge(tree, config.nested(f"data.{path}", value))
    return resolve([task_layer(task), Layer("test", tree)])


def checked(task=Mood, **given):
    return check(task(), resolved(task, **given))


def told(found):
    return [str(error) for error in found.faults.first]


GOOD = [f"text number {n}\t{'ab'[n % 2]}" for n in range(40)]
TSV = "\n".join(["text\tlabel", *GOOD, ""])

# What may stand in a line of a file, and what is said of it.
FAULTS = {
    "tsv": (
        {"text": b"text {n}\t{l}"},
        {
            b"three\tcolumns\there": "found 3 columns, expected 2 as in the first line",
            b"caf\xe9\ta": r"invalid UTF-8 byte 0xe9 \(offset \d+\)",
            b"nul\0\ta": r"looks like UTF-16/binary \(NUL byte\)",
        },
        b"text\tlabel",
    ),
    "csv": (
        {"text": b'"text, {n}",{l}'},
        {
            b"three,columns,here": "found 3 columns, expected 2 as in the first line",
            b"caf\xe9,a": r"invalid UTF-8 byte 0xe9 \(offset \d+\)",
            b'"a quote" astray,a': r"not CSV: ',' expected after '\"'",
        },
        b"text,label",
    ),
    "jsonl": (
        {"text": b'{"text": "text {n}", "label": "{l}"}'},
        {
            b'{"text": "open': "not JSON: ",
            b"[1]": "found '\\[1\\]', expected a JSON object",
            b'{"text": 5, "label": "a"}': "found 5, expected a text",
            b"": "found a blank line, expected a JSON object",
            b"caf\xe9": "invalid UTF-8 byte 0xe9",
        },
        None,
    ),
}


@pytest.mark.parametrize("ending", FAULTS)
@settings(max_examples=25)
@given(data=st.data())
def test_every_fault_is_told_with_its_line_and_good_rows_are_read_on(ending, data):
    (good,), faults, header = FAULTS[ending]
    good = FAULTS[ending][0][good]
    lines, expected = [header] if header else [], {}
    for number in range(1, data.draw(st.integers(4, 12))):
        fault = data.draw(st.sampled_from([None, None, *faults])) if number > 2 else None
        label = b"ab"[number % 2 : number % 2 + 1]
        line = good.replace(b"{n}", b"%d" % number).replace(b"{l}", label)
        lines.append(line if fault is None else fault)
        if fault is not None:
            expected[len(lines)] = faults[fault]
    with tempfile.NamedTemporaryFile(suffix=f".{ending}") as file:
        file.write(b"\n".join([*lines, b""]))
        file.flush()
        found = checked(train=file.name)
        messages = {error.place.line: str(error) for error in found.faults.first if error.place}
        assert messages.keys() == expected.keys()
        for line, pattern in expected.items():
            assert re.match(rf"{re.escape(file.name)}:{line}(:\d+)?: {pattern}", messages[line])
    split = sum(part.rows for part in found.parts.values())
    assert split == len(lines) - len(expected) - bool(header)


def test_faults_of_parallel_files_keep_the_pairs_together(put):
    put(x_de=b"eins\nz\xffwei\ndrei\n\nf\xfcnf\n", x_en=b"one\ntwo\nthr\xffee\nfour\nfi\xffve\n")
    found = checked(Pairs, train="x", languages=["de", "en"], allow_empty=True)
    places = [(error.place.path, error.place.line) for error in found.faults.first if error.place]
    assert places == [("x.de", 2), ("x.en", 3), ("x.de", 5), ("x.en", 5)]
    assert found.parts["train"].incomplete.where[0].line == 4


def test_a_task_that_refuses_rows_is_asked_about_all_of_them(put):
    lines = ["text\tlabel", "good\ta", "bad\tb", "bad\ta", "fine\tb", "so bad\ta", *GOOD]
    put(a_tsv="\n".join(lines))
    found = checked(Picky, train="a.tsv", valid="a.tsv")
    assert [error.place.line for error in found.faults.first] == [3, 4, 6] * 2
    assert found.parts["train"].rows == 2 + len(GOOD)


def test_a_task_that_refuses_whatever_comes_is_asked_once(put):
    class Grumpy(Mood):
        def examples(self, rows):
            raise DataError("no")
            yield

    put(a_tsv=TSV)
    assert told(checked(Grumpy, train="a.tsv", valid="a.tsv")) == ["no", "no"]


# Files with a fault each; the beginning of what both the check and training say.
REFUSED = {
    "nothing there": (Mood, {}, {"train": "none.tsv"}),
    "no rows": (Mood, {"a_tsv": "text\tlabel\n"}, {"train": "a.tsv"}),
    "no text": (Mood, {"a_tsv": ""}, {"train": "a.tsv"}),
    "no such column": (Mood, {"a_tsv": "text\tmood\nx\ty\n"}, {"train": "a.tsv"}),
    "a column unknown to the task": (
        Mood, {"a_tsv": TSV}, {"train": "a.tsv", "columns": {"lable": "label"}},
    ),
    "a first line that is no text": (Mood, {"a_tsv": b"t\xff\tlabel\nx\ty\n"}, {"train": "a.tsv"}),
    "one label": (Mood, {"a_tsv": "text\tlabel\nx\ta\ny\ta\n"}, {"train": "a.tsv"}),
    "too few to split": (Mood, {"a_tsv": "text\tlabel\nx\ta\ny\tb\n"}, {"train": "a.tsv"}),
    "nothing to be held out": (Mood, {"a_tsv": TSV}, {"train": "a.tsv", "holdout": 0.0}),
    "no value in a judged part": (
        Mood, {"a_tsv": TSV, "b_tsv": "text\tlabel\n\ta\n"}, {"train": "a.tsv", "valid": "b.tsv"},
    ),
    "many without a value": (Mood, {"a_tsv": f"{TSV}\ta\n" * 3 + "\ta\n" * 9}, {"train": "a.tsv"}),
    "an unknown label": (
        Mood, {"a_tsv": TSV, "b_tsv": "text\tlabel\nx\tz\n"}, {"train": "a.tsv", "test": "b.tsv"},
    ),
    "damaged gzip": (
        Mood, {"a_tsv_gz": gzip.compress(TSV.encode() * 50)[:-9]}, {"train": "a.tsv.gz"},
    ),
    "a label too few": (
        Tags, {"a_tsv": "text\tlabel\na b\tX\n"}, {"train": "a.tsv", "valid": "a.tsv"},
    ),
    "a word too long": (
        Mood, {"a_tsv": TSV + "x" * 1001 + "\ta\n"}, {"train": "a.tsv", "valid": "a.tsv"},
    ),
    "files of different lengths": (
        Pairs, {"x_de": "a\nb\n", "x_en": "a\n"}, {"train": "x", "languages": ["de", "en"]},
    ),
    "parallel files without languages": (Pairs, {"x_de": "a\n", "x_en": "a\n"}, {"train": "x"}),
    "an unknown encoding": (Mood, {"a_tsv": TSV}, {"train": "a.tsv", "encoding": "utf-16"}),
    "a language that is none": (Pairs, {}, {"train": "x", "languages": ["de", "englisch"]}),
    "a quote left open": (Mood, {"a_csv": 'text,label\n"x,a\ny,b\n'}, {"train": "a.csv"}),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_training_refuses_the_check_refuses_with_the_same_words(case, put):
    task, files, given = REFUSED[case]
    put(**files)
    with pytest.raises(NlpseqError) as refusal:
        prepare(task(), resolved(task, **given), lambda line: None)
    found = checked(task, **given)
    assert not found.ready
    assert any(message.startswith(str(refusal.value)) for message in told(found)), told(found)
    json.dumps(found.as_json(), allow_nan=False)


ROWS = ["a\tx", "b\ty", "c d\tx y", "a\tz", "\tx", "e\t", "f", "g\th\ti", " \t ", "a b\tx x"]


@pytest.mark.parametrize("task", [Mood, Tags, Pairs])
@settings(max_examples=30)
@given(
    train=st.lists(st.sampled_from(ROWS), max_size=12),
    valid=st.none() | st.lists(st.sampled_from(ROWS), max_size=4),
    loose=st.booleans(),
)
def test_training_begins_where_the_check_finds_nothing_and_nowhere_else(task, train, valid, loose):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("NLPSEQ_CACHE", f"{folder}/cache")
        given = {"train": f"{folder}/train.tsv", "allow_empty": loose, "holdout": 0.3}
        if valid is not None:
            given["valid"] = f"{folder}/valid.tsv"
        for part, rows in (("train", train), ("valid", valid or [])):
            with open(f"{folder}/{part}.tsv", "w") as file:
                file.write("\n".join(["text\tlabel", *rows, ""]))
        found = checked(task, **given)
        if not found.ready:
            with pytest.raises(NlpseqError) as refusal:
                prepare(task(), resolved(task, **given), lambda line: None)
            assert str(refusal.value) in told(found)
            return
        prepared = prepare(task(), resolved(task, **given), lambda line: None)
        assert found.parts["train"].rows == len(prepared.train)
        assert found.parts["valid"].rows == len(prepared.valid.examples)
        unknown = found.parts["valid"].columns["text"].as_json()["unknown"]
        assert unknown == prepared.record["unknown_words"]


def test_all_parts_are_looked_at_though_each_has_a_fault(put):
    put(a_tsv="text\tlabel\nx\n", b_jsonl="{}\n")
    found = checked(train="a.tsv", valid="b.jsonl", test="none.tsv")
    paths = {error.place.path for error in found.faults.first}
    assert paths == {"a.tsv", "b.jsonl", "none.tsv"}


def test_of_many_faults_the_first_are_shown_and_the_others_counted(put):
    put(a_tsv="text\tlabel\n" + "one column\n" * 500 + TSV)
    found = checked(train="a.tsv")
    assert len(found.faults.first) == MOST_SHOWN
    assert found.faults.count == 500
    assert found.as_json()["faults"]["first"][0] == {
        "path": "a.tsv", "line": 2, "message": "found 1 columns, expected 2 as in the first line",
    }  # fmt: skip


def test_what_cannot_be_read_on_is_said_once(put):
    put(a_tsv_gz=gzip.compress((TSV * 50).encode())[:-9])
    messages = told(checked(train="a.tsv.gz"))
    assert sum("damaged gzip" in message for message in messages) == 1
    assert messages[-1].endswith("fetch it again; nothing behind it is read")


def test_repeats_contradictions_and_overlap_are_found_where_they_are(put):
    lines = ["text\tlabel", "Good\ta", "bad\tb", "good \tb", "fine\ta", "BAD\tb", *GOOD]
    put(a_tsv="\n".join(lines), b_tsv="text\tlabel\nnew\ta\nfine\ta\n")
    parts = checked(train="a.tsv", valid="b.tsv").as_json()["parts"]
    assert parts["train"]["repeats"] == {"rows": 2, "where": ["a.tsv:4", "a.tsv:6"]}
    assert parts["train"]["contradictions"] == {"rows": 2, "where": ["a.tsv:2", "a.tsv:4"]}
    assert parts["valid"]["also_in_train"] == {"rows": 1, "where": ["b.tsv:3"]}
    assert parts["valid"]["repeats"]["rows"] == 0


def test_lengths_and_labels_are_those_of_the_rows(put):
    draw = random.Random(1)
    rows = [("w " * draw.randrange(1, 30), draw.choice("aab")) for _ in range(300)]
    put(a_tsv="text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in rows))
    columns = checked(train="a.tsv", valid="a.tsv").as_json()["parts"]["train"]["columns"]
    lengths = sorted(len(text.split()) for text, _ in rows)
    assert columns["text"] == {
        "tokens": sum(lengths),
        "median": lengths[149],
        "p95": lengths[284],
        "p99": lengths[296],
        "longest": lengths[-1],
    }
    assert columns["label"] == {"labels": dict(Counter(label for _, label in rows).most_common())}


def test_pairs_that_were_shifted_or_cut_are_doubted(put):
    draw = random.Random(2)
    words = ["house", "a", "street", "in", "evening", "of", "man"]
    source = [" ".join(draw.choices(words, k=draw.randrange(6, 14))) for _ in range(400)]
    target = [text.replace("e", "ee").upper() for text in source]
    source[99], target[249] = "x", target[249] * 4
    put(x_de="\n".join(source), x_en="\n".join(target))
    found = checked(Pairs, train="x", valid="x", languages=["de", "en"])
    assert found.ready
    doubtful = found.parts["train"].doubtful
    assert {place.line for place in doubtful.where} == {100, 250}
    assert doubtful.rows == 2


def test_without_outliers_no_pair_is_doubted(put):
    put(x_de="\n".join(f"ein Satz {n}" for n in range(50)), x_en="a sentence\n" * 50)
    assert checked(Pairs, train="x", languages=["de", "en"]).parts["train"].doubtful.rows == 0


def test_memory_does_not_grow_with_the_texts(put):
    text = " ".join("word" * 20 for _ in range(12))
    peaks = []
    for count in (500, 2_000):
        put(a_tsv="text\tlabel\n" + "".join(f"{n % 9} {text}\t{n % 2}\n" for n in range(count)))
        tracemalloc.start()
        checked(train="a.tsv", valid="a.tsv")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 1_500 * 300  # the texts alone are 1,000 bytes a row
