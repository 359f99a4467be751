"""Where data is: names, files, folders and prefixes; and rows that lack a value."""

import gzip
import inspect

import pytest

from nlpseq.config import read
from nlpseq.data.readers import READERS
from nlpseq.data.readers.protocol import Reader
from nlpseq.data.source import Dropped, check_labels, is_blank, open_parts, open_source
from nlpseq.errors import DataError, Place
from nlpseq.settings import DataSettings
from nlpseq.task import Column, Row, Task


class Mood(Task):
    columns = (Column("text", "text"), Column("label", "label"))

    def sample(self):
        return {"train": [("good", "pos"), ("bad", "neg")], "test": [("fine", "pos")]}


@pytest.fixture
def put(tmp_path, monkeypatch):
    """Writes files into the working folder."""
    monkeypatch.chdir(tmp_path)

    def files(**texts):
        for name, text in texts.items():
            path = tmp_path / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(exist_ok=True)
            data = text.encode()
            path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)

    return files


TSV = "text\tlabel\na\tx\nb\ty\n"
JSONL = '{"text": "c", "label": "x"}\n'


def parts(**settings):
    """The parts that settings name, as {part: (path, first text)}."""
    found = open_parts(Mood(), read(DataSettings, settings))
    return {part: (source.path, next(source.rows())["text"]) for part, source in found.items()}


@pytest.mark.parametrize("member", list(READERS))
def test_every_reader_keeps_the_contract(member):
    reader = READERS[member]
    assert issubclass(reader, Reader)
    assert not inspect.isabstract(reader)


def test_a_file_is_read_by_the_reader_of_its_ending(put):
    put(a_tsv=TSV, b_csv="text,label\nd,x\n", c_jsonl=JSONL, d_tsv_gz=TSV, e_jsonl_gz=JSONL)
    for name, text in {"a.tsv": "a", "b.csv": "d", "c.jsonl": "c", "d.tsv.gz": "a"}.items():
        assert parts(train=name) == {"train": (name, text)}
    assert parts(train="a.tsv", valid="./c.jsonl", test="e.jsonl.gz") == {
        "train": ("a.tsv", "a"),
        "valid": ("./c.jsonl", "c"),
        "test": ("e.jsonl.gz", "c"),
    }


def test_a_plugin_brings_an_ending(put, monkeypatch):
    class Shout(Reader):
        def rows(self, path, columns):
            yield Row({"text": path.upper(), "label": "x"}, Place(path, 1))

    monkeypatch.setattr(READERS, "_given", {})
    READERS.give("shout", Shout, "a plugin")
    put(a_shout="", folder__train_shout_gz="")
    assert parts(train="a.shout") == {"train": ("a.shout", "A.SHOUT")}
    assert parts(train="folder")["train"][1] == "FOLDER/TRAIN.SHOUT.GZ"


@pytest.mark.parametrize("name", ["valid", "val", "dev", "validation"])
def test_a_folder_holds_parts_by_their_names(put, name):
    put(
        f__train_tsv=TSV, f__test_jsonl_gz=JSONL, f__notes_txt="", f__phrases_tsv="", f__train_md=""
    )
    put(**{f"f__{name}_csv": "text,label\nd,x\n"})
    assert parts(train="f") == {
        "train": ("f/train.tsv", "a"),
        "valid": (f"f/{name}.csv", "d"),
        "test": ("f/test.jsonl.gz", "c"),
    }


def test_what_is_given_by_itself_comes_before_what_a_folder_holds(put):
    put(f__train_tsv=TSV, f__valid_tsv=TSV, g__test_jsonl=JSONL, v_jsonl=JSONL)
    found = parts(train="f", valid="v.jsonl", test="g")
    assert found["valid"] == ("v.jsonl", "c")
    assert found["test"] == ("g/test.jsonl", "c")


def test_a_folder_may_hold_parallel_files(put):
    put(
        f__train_de="ein\n",
        f__train_en_gz="one\n",
        f__dev_de="zwei",
        f__dev_en="two",
        f__train_fr="",
    )
    found = open_parts(Mood(), DataSettings(train=("f",), languages=("de", "en")))
    values = {part: tuple(next(s.rows()).values.values()) for part, s in found.items()}
    assert values == {"train": ("ein", "one"), "valid": ("zwei", "two")}
    assert parts(train="f/train", languages=("en", "de")) == {"train": ("f/train", "one")}


def test_several_files_are_one_part_in_their_order(put):
    put(f__train_tsv=TSV, f__valid_tsv=TSV, g__train_jsonl=JSONL, g__test_jsonl=JSONL, a_tsv=TSV)
    found = open_parts(Mood(), read(DataSettings, {"train": ["f", "g", "a.tsv", "a.tsv"]}))
    assert {part: [row["text"] for row in source.rows()] for part, source in found.items()} == {
        "train": ["a", "b", "c", "a", "b", "a", "b"],
        "valid": ["a", "b"],
        "test": ["c"],
    }
    assert found["train"].path == "f/train.tsv, g/train.jsonl, a.tsv, a.tsv"


def test_each_of_several_files_must_be_whole(put):
    put(a_tsv=TSV, b_tsv="text\tlabel\n", c_tsv="text\tlabel\n" + "a\tx\n" * 40 + "\tx\n")
    settings = read(DataSettings, {"train": ["a.tsv", "b.tsv"]})
    with pytest.raises(DataError, match=r"b.tsv: found no rows"):
        list(open_parts(Mood(), settings)["train"].rows())
    source = open_parts(Mood(), read(DataSettings, {"train": ["c.tsv", "a.tsv", "c.tsv"]}))["train"]
    assert len(list(source.rows())) == 82
    assert [each.rows for each in source.dropped] == [1, 1]


def test_the_sample_holds_its_parts(put):
    sample = {"train": ("sample:train", "good"), "test": ("sample:test", "fine")}
    assert parts() == sample
    assert parts(valid="sample:train")["valid"] == ("sample:train", "good")
    assert open_source(["sample"], Mood(), DataSettings(), "test").path == "sample:test"
    put(a_tsv=TSV)
    assert parts(train="a.tsv", test="sample")["test"] == sample["test"]


def test_folders_that_the_datasets_library_saved_are_read(tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.chdir(tmp_path)
    datasets.disable_progress_bars()
    one = datasets.Dataset.from_dict({"text": ["a", "b"], "label": ["x", "y"]})
    one.save_to_disk("one")
    datasets.DatasetDict(train=one, validation=one.select([1])).save_to_disk("all")
    datasets.enable_progress_bars()
    assert parts(train="one") == {"train": ("one", "a")}
    assert parts(train="all") == {"train": ("all/train", "a"), "valid": ("all/validation", "b")}


def test_a_named_dataset_gives_its_parts(put, tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    datasets.disable_progress_bars()
    put(
        mine__train_jsonl=JSONL + JSONL.replace("c", "d"),
        mine__validation_jsonl=JSONL.replace("c", "e"),
    )
    found = parts(train="hub:mine")
    datasets.enable_progress_bars()
    assert found == {"train": ("hub:mine:train", "c"), "valid": ("hub:mine:validation", "e")}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"train": "none.tsv"}, "none.tsv: no such file or folder"),
        ({"train": "no/such"}, "no/such: no such file or folder"),
        ({"train": "a\0b"}, "a\0b: no such file or folder"),
        (
            {"train": "p"},
            "p: no such file or folder; found p.de, p.en.gz: "
            "parallel files need --langs, as in de-en",
        ),
        (
            {"train": "p", "languages": ("fr", "it")},
            "p: no such file or folder; found p.de, p.en.gz: ",
        ),
        (
            {"train": "p", "languages": ("de", "it")},
            "found neither of p.it and p.it.gz, expected one",
        ),
        ({"train": "a.tsv", "valid": "no.csv"}, "no.csv: no such file or folder"),
        (
            {"train": "a.xls"},
            "a.xls: found the ending '.xls', expected one of .csv, .jsonl, .parquet, .tsv",
        ),
        ({"train": "a.sample"}, "a.sample: found the ending '.sample', expected one of .csv, "),
        ({"train": "plain"}, "plain: found the ending '.plain', expected one of .csv, "),
        ({"train": "p.en.gz"}, "p.en.gz: found the ending '.en', expected one of .csv, "),
        ({"train": "empty"}, "empty: found the parts none; expected train"),
        ({"train": "a.tsv", "test": "f"}, "f: found the parts train; expected test"),
        ({"train": "two"}, "found two/train.csv and two/train.tsv, expected one for train; "),
        ({"train": "names"}, "found names/dev.tsv and names/valid.tsv, expected one for valid; "),
        (
            {"train": "a.tsv", "valid": "sample"},
            "sample: found the parts train, test; expected valid",
        ),
        ({"train": "sample:more"}, "sample:more: found the parts train, test, no 'more'"),
        ({"train": "hub:../x"}, "hub:../x: expected hub:NAME, hub:OWNER/NAME, hub:NAME@CONFIG"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(put, given, expected):
    put(a_tsv=TSV, a_xls="", a_sample="", plain="", p_de="", p_en_gz="", empty__x="")
    put(f__train_tsv=TSV, two__train_tsv=TSV, two__train_csv=TSV)
    put(names__train_tsv=TSV, names__valid_tsv=TSV, names__dev_tsv=TSV)
    with pytest.raises(DataError) as caught:
        parts(**given)
    assert str(caught.value).startswith(expected)


def tsv_with(blank, total):
    """A table whose every second row lacks a value, ``blank`` of them in all."""
    lines = [
        ("\tx" if n % 4 else " \ty") if n % 2 and n < 2 * blank else f"t{n}\tx"
        for n in range(total)
    ]
    return "text\tlabel\n" + "".join(f"{line}\n" for line in lines)


def training(**settings):
    return open_parts(Mood(), DataSettings(train=("a.tsv",), **settings))["train"]


def test_rows_that_lack_a_value_are_dropped_whole_and_counted(put):
    put(a_tsv=tsv_with(7, 140))
    source = training()
    rows = list(source.rows())
    assert [row["text"] for row in rows[:4]] == ["t0", "t2", "t4", "t6"]
    assert len(rows) == 133
    assert source.dropped == [Dropped("a.tsv", 7, 140, (3, 5, 7, 9, 11))]
    assert str(source.dropped[0]) == "a.tsv: 7 of 140 rows lack a value (line 3, 5, 7, 9, 11, ...)"
    assert len(list(source.rows())) == 133  # again, from the beginning


def test_more_than_a_twentieth_of_dropped_rows_is_refused_unless_allowed(put):
    put(a_tsv=tsv_with(6, 119))
    with pytest.raises(DataError) as caught:
        list(training().rows())
    assert str(caught.value) == (
        "a.tsv: 6 of 119 rows lack a value (line 3, 5, 7, 9, 11, ...); "
        "mend them, or leave them out with --allow-empty"
    )
    assert len(list(training(allow_empty=True).rows())) == 113
    put(a_tsv=tsv_with(6, 120))
    assert len(list(training().rows())) == 114


def test_several_texts_to_read_are_refused(put):
    put(a_jsonl='{"text": "a", "label": "x"}\n{"text": ["b", "c"], "label": "y"}\n')
    source = open_parts(Mood(), DataSettings(train=("a.jsonl",)))["train"]
    with pytest.raises(DataError, match="^a.jsonl:2: found several texts for 'text', expected one"):
        list(source.rows())


def test_nothing_is_dropped_from_parts_that_judge(put):
    put(a_tsv=TSV, b_tsv="text\tlabel\na\tx\n\ty\n")
    for part in ("valid", "test"):
        source = open_parts(Mood(), DataSettings(train=("a.tsv",), **{part: ("b.tsv",)}))[part]
        with pytest.raises(
            DataError, match="^b.tsv:3: no value for 'text', expected one here; mend it"
        ):
            list(source.rows())


@pytest.mark.parametrize("text", ["", "text\tlabel\n"])
@pytest.mark.parametrize("part", ["train", "valid"])
def test_a_part_without_rows_is_refused(put, text, part):
    put(a_tsv=TSV, b_tsv=text)
    settings = DataSettings(**{"train": ("a.tsv",), part: ("b.tsv",)})
    with pytest.raises(DataError, match="^b.tsv: found no rows, expected one at least$"):
        list(open_parts(Mood(), settings)[part].rows())


def test_a_part_of_which_no_row_is_left_is_refused(put):
    put(a_tsv="text\tlabel\n\tx\n")
    message = r"^a.tsv: 1 of 1 rows lack a value \(line 2\); none is left$"
    with pytest.raises(DataError, match=message):
        list(training(allow_empty=True).rows())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", True),
        (" \t\n", True),
        ("\u3000", True),
        ("a", False),
        ((), True),
        (("",), True),
        (("", "a"), False),
    ],
)
def test_a_value_of_white_space_is_none(value, expected):
    assert is_blank(value) is expected


def test_there_must_be_two_labels():
    check_labels({"a": 1, "b": 2}, "f.tsv")
    with pytest.raises(DataError, match=r"^f.tsv: found 1 label \('a'\), expected two or more$"):
        check_labels({"a": 5}, "f.tsv")
