"""Parallel files: equal numbers of lines first, and a guess where a line was lost."""

import gzip
import random

import pytest

from nlpseq.data.readers.parallel import Parallel
from nlpseq.errors import DataError, SettingError
from nlpseq.settings import DataSettings
from nlpseq.task import Column, Task

COLUMNS = (Column("source", "text"), Column("target", "text"))


@pytest.fixture
def read(tmp_path):
    """Writes files ``a.LANGUAGE`` and reads them as rows (values..., place)."""

    def rows(languages=("de", "en"), encoding="utf-8", columns=None, **files):
        for name, data in files.items():
            ending = name.replace("_", ".")
            path = tmp_path / f"a.{ending}"
            path.write_bytes(gzip.compress(data) if ending.endswith("gz") else data)
        settings = DataSettings(languages=languages, encoding=encoding, columns=columns or {})
        found = Parallel(settings, Task()).rows(str(tmp_path / "a"), COLUMNS)
        return [(*row.values.values(), str(row.place)) for row in found]

    return rows


def test_the_same_line_of_each_file_is_a_row(read, tmp_path):
    place = f"{tmp_path}/a.de"
    expected = [("ä\u2028b", "x", f"{place}:1"), ("", "y", f"{place}:2"), ("c", "", f"{place}:3")]
    assert read(de="ä\u2028b\r\n\nc".encode(), en=b"x\ny\n\n") == expected
    assert [row[:2] for row in read(("en", "de"))] == [(y, x) for x, y, _ in expected]


def test_each_file_may_be_packed(read):
    assert [row[:2] for row in read(de_gz=b"a\n", en=b"x\n")] == [("a", "x")]


def test_the_encoding_of_the_settings_is_honoured(read):
    rows = read(de="grün".encode("latin-1"), en="é".encode("latin-1"), encoding="latin-1")
    assert rows[0][:2] == ("grün", "é")


def test_a_fault_in_either_file_has_its_place(read, tmp_path):
    with pytest.raises(
        DataError, match=rf"^{tmp_path}/a.en:2:1: invalid UTF-8 byte 0xff \(offset 2\)"
    ):
        read(de=b"a\nb\n", en=b"x\n\xff\n")


@pytest.mark.parametrize("lost", [1, 2, 57, 150, 199, 200])
@pytest.mark.parametrize("side", ["de", "en"])
@pytest.mark.parametrize("gap", [1, 4])
def test_unequal_files_are_refused_with_the_place_where_a_line_may_be_lost(
    read, tmp_path, lost, side, gap
):
    draw = random.Random(1)
    lengths = [draw.randint(1, 40) for _ in range(200)]
    lines = {"de": ["x" * 2 * n for n in lengths], "en": ["y" * n for n in lengths]}
    del lines[side][lost - 1 : lost - 1 + gap]
    counts = {name: len(each) for name, each in lines.items()}
    with pytest.raises(DataError) as caught:
        read(
            **{name: "".join(f"{line}\n" for line in each).encode() for name, each in lines.items()}
        )
    start, _, near = str(caught.value).rpartition(" ")
    assert start == (
        f"{tmp_path}/a.de has {counts['de']} lines, {tmp_path}/a.en {counts['en']}; "
        "first doubtful pair near line"
    )
    assert abs(int(near) - lost) <= 5


def test_an_empty_file_beside_a_full_one_is_refused(read):
    with pytest.raises(
        DataError, match=r"a.de has 0 lines, .*a.en 2; first doubtful pair near line 1$"
    ):
        read(de=b"", en=b"x\ny\n")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"de": b"a"}, "found neither of {0}/a.en and {0}/a.en.gz, expected one"),
        (
            {"de": b"a", "en": b"a", "en_gz": b"a"},
            "found both of {0}/a.en and {0}/a.en.gz, expected one",
        ),
    ],
)
def test_each_language_has_one_file(read, tmp_path, files, expected):
    with pytest.raises(DataError) as caught:
        read(**files)
    assert str(caught.value) == expected.format(tmp_path)


@pytest.mark.parametrize(("languages", "found"), [((), "none"), (("de",), "de")])
def test_there_is_a_language_for_each_column(read, languages, found):
    message = f"^--langs: found {found}, expected one each for source and target, as in de-en$"
    with pytest.raises(SettingError, match=message):
        read(languages, de=b"a", en=b"b")


def test_a_file_is_not_read_beside_itself(read):
    with pytest.raises(SettingError, match="^--langs: found de-de, expected languages that diff"):
        read(("de", "de"), de=b"a")


def test_columns_are_refused(read):
    with pytest.raises(
        SettingError, match="^--columns: parallel files have one column each; leave it out$"
    ):
        read(columns={"source": "1"}, de=b"a", en=b"b")
