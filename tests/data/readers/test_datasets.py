"""What the datasets library reads: parquet, saved folders and names, all from local files."""

import builtins

import pytest

from nlpseq.data.readers import READERS
from nlpseq.errors import DataError, MissingExtra, SettingError
from nlpseq.settings import DataSettings
from nlpseq.task import Column, Task

datasets = pytest.importorskip("datasets")

COLUMNS = (Column("text", "text", also=("sentence",)), Column("label", "label"))
TAGGING = (Column("tokens", "tokens"), Column("tags", "token_labels"))
TRANSLATION = (Column("source", "text"), Column("target", "text"))


@pytest.fixture(autouse=True)
def quiet(tmp_path, monkeypatch):
    """No network, no progress bars, and nothing written outside of the test's folder."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets.disable_progress_bars()
    yield
    datasets.enable_progress_bars()


def some_data():
    features = datasets.Features(
        {
            "sentence": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["neg", "pos"]),
            "tokens": [datasets.Value("string")],
            "tags": [datasets.ClassLabel(names=["N", "V"])],
            "translation": {"de": datasets.Value("string"), "en": datasets.Value("string")},
        }
    )
    return datasets.Dataset.from_dict(
        {
            "sentence": ["a\nb", None, "c"],
            "label": [1, 0, -1],
            "tokens": [["x", "y"], ["z"], []],
            "tags": [[0, 1], [1], []],
            "translation": [{"de": "ä", "en": "e"}] * 3,
        },
        features,
    )


def parquet(tmp_path):
    some_data().to_parquet(tmp_path / "f.parquet")
    return "parquet", str(tmp_path / "f.parquet")


def saved(tmp_path):
    some_data().save_to_disk(tmp_path / "saved")
    return "saved", str(tmp_path / "saved")


def named(tmp_path):
    """A folder that load_dataset takes for a name, so that no network is needed."""
    (tmp_path / "owner/name").mkdir(parents=True)
    some_data().to_parquet(tmp_path / "owner/name/train.parquet")
    return "hub", "hub:owner/name:train"


@pytest.fixture(params=[parquet, saved, named])
def read(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name, path = request.param(tmp_path)

    def rows(columns=COLUMNS, asked=None, encoding="utf-8"):
        reader = READERS[name](DataSettings(columns=asked or {}, encoding=encoding), Task())
        found = list(reader.rows(path, columns))
        assert [str(row.place) for row in found] == [f"{path}:{n + 1}" for n in range(len(found))]
        return [tuple(row.values.values()) for row in found]

    return rows


def test_labels_go_by_their_names(read):
    assert read() == [("a\nb", "pos"), ("", "neg"), ("c", "")]


def test_lists_are_tokens_and_their_labels(read):
    assert read(TAGGING) == [(("x", "y"), ("N", "V")), (("z",), ("V",)), ((), ())]


def test_a_nested_column_goes_by_both_names(read):
    asked = {"source": "translation.de", "target": "translation.en"}
    assert read(TRANSLATION, asked) == [("ä", "e")] * 3


def test_a_column_that_is_not_there_is_refused_with_those_that_are(read):
    with pytest.raises(
        DataError, match="found columns 'sentence', 'label', 'tokens', .* expected 'source'; "
    ):
        read(TRANSLATION)


def test_a_value_that_is_no_text_is_refused_with_its_row(read):
    with pytest.raises(
        DataError, match=r":1: found \['x', 'y'\], expected a text or a whole number$"
    ):
        read((Column("label", "label"),), {"label": "tokens"})


def test_an_encoding_is_refused(read):
    with pytest.raises(SettingError, match="^--encoding: only text files have one; leave it out$"):
        read(encoding="latin-1")


@pytest.mark.parametrize(
    ("name", "path"),
    [("parquet", "f.parquet"), ("saved", "folder"), ("hub", "hub:none/such:train")],
)
def test_what_the_library_refuses_is_refused_in_its_words(tmp_path, monkeypatch, name, path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "f.parquet").write_bytes(b"PAR1 no parquet PAR1")
    with pytest.raises(
        DataError, match=f"^{path.removesuffix(':train')}: refused by datasets: \\w+: "
    ):
        list(READERS[name](DataSettings(), Task()).rows(path, COLUMNS))


def test_a_damaged_parquet_file_is_refused(tmp_path):
    name, path = parquet(tmp_path)
    with open(path, "r+b") as file:
        file.seek(4)
        file.write(b"\xff" * 60)
    with pytest.raises(DataError, match="refused by datasets"):
        list(READERS[name](DataSettings(), Task()).rows(path, COLUMNS))


@pytest.mark.parametrize(
    "path",
    [
        "hub:",
        "hub:../x",
        "hub:a/b/c",
        "hub:/etc",
        "hub:a b",
        "hub:a:b:c",
        "hub:http://x",
        "hub:a@",
        "hub:a@b@c",
    ],
)
def test_a_name_is_a_name_and_no_path_or_address(path):
    with pytest.raises(DataError, match="expected hub:NAME, hub:OWNER/NAME, hub:NAME@CONFIG"):
        READERS["hub"](DataSettings(), Task()).parts(path)


def test_the_parts_of_a_named_dataset_are_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, path = named(tmp_path)
    hub = READERS["hub"](DataSettings(), Task())
    assert hub.parts("hub:owner/name") == {"train": path}
    assert hub.parts(path) == {"": path}
    with pytest.raises(DataError, match="^hub:owner/name:test: found the parts train, no 'test'$"):
        list(hub.rows("hub:owner/name:test", COLUMNS))


def test_a_configuration_of_a_named_dataset_is_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("small", "other"):
        (tmp_path / "owner/name" / name).mkdir(parents=True)
        some_data().to_parquet(tmp_path / f"owner/name/{name}/train.parquet")
    (tmp_path / "owner/name/README.md").write_text(
        "---\nconfigs:\n- config_name: small\n  data_dir: small\n"
        "- config_name: other\n  data_dir: other\n---\n"
    )
    hub = READERS["hub"](DataSettings(), Task())
    assert hub.parts("hub:owner/name@small") == {"train": "hub:owner/name@small:train"}
    assert len(list(hub.rows("hub:owner/name@small:train", COLUMNS))) == 3
    with pytest.raises(DataError, match="refused by datasets"):
        hub.parts("hub:owner/name")


def test_columns_that_no_one_asked_for_may_be_of_any_kind(tmp_path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    kinds = {
        "text": pyarrow.string(),
        "label": pyarrow.string(),
        "more": pyarrow.map_(pyarrow.string(), pyarrow.string()),
        "a": pyarrow.struct({"b": pyarrow.struct({"c": pyarrow.string()})}),
    }
    row = {"text": "x", "label": "y", "more": [("k", "v")], "a": {"b": {"c": "deep"}}}
    parquet.write_table(
        pyarrow.Table.from_pylist([row], pyarrow.schema(kinds)), tmp_path / "f.parquet"
    )

    def rows(**asked):
        reader = READERS["parquet"](DataSettings(columns=asked), Task())
        found = reader.rows(str(tmp_path / "f.parquet"), COLUMNS)
        return [tuple(row.values.values()) for row in found]

    assert rows() == [("x", "y")]
    assert rows(text="a.b.c") == [("deep", "y")]
    with pytest.raises(DataError, match=r":1: found \('k', 'v'\), expected a text"):
        rows(text="more", label="text")


@pytest.mark.parametrize("name", ["parquet", "saved", "hub"])
def test_the_extra_that_is_missing_is_named(monkeypatch, name):
    real = builtins.__import__

    def without(module, *more):
        if module == "datasets":
            raise ImportError(module)
        return real(module, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"install it with: pip install 'nlpseq\[hub\]'"):
        list(READERS[name](DataSettings(), Task()).rows("hub:x", COLUMNS))
