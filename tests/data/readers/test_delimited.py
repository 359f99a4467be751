"""Tables: values and refusals, and the whole against readers written in another way."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlpseq.data.readers import READERS, delimited
from nlpseq.errors import DataError
from nlpseq.settings import DataSettings
from nlpseq.task import Column, Task

COLUMNS = (Column("text", "text", also=("sentence",)), Column("label", "label"))
HEADER = {"csv": b"text,label\n", "tsv": b"text\tlabel\n"}


@pytest.fixture
def read(tmp_path):
    """Reads bytes as a table; the rows as (values..., line)."""

    def rows(name, data, columns=COLUMNS, asked=None, encoding="utf-8"):
        path = tmp_path / f"f.{name}"
        path.write_bytes(data)
        reader = READERS[name](DataSettings(columns=asked or {}, encoding=encoding), Task)
        return [(*row.values.values(), row.place.line) for row in reader.rows(str(path), columns)]

    return rows


@pytest.fixture
def refusal(read, tmp_path):
    def message(name, data, **more):
        with pytest.raises(DataError) as caught:
            read(name, data, **more)
        return str(caught.value).removeprefix(f"{tmp_path}/f.{name}")

    return message


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("tsv", b"", []),
        ("tsv", b"text\tlabel\n", []),
        ("tsv", b"text\tlabel\na\tb", [("a", "b", 2)]),
        ("tsv", b"label\tid\tSentence\r\nx\t1\ta b\r\n", [("a b", "x", 2)]),
        ("tsv", b'text\tlabel\n"a\tb"\n', [('"a', 'b"', 2)]),
        ("tsv", b"text\tlabel\nNA\tnull\n\t\n", [("NA", "null", 2), ("", "", 3)]),
        ("tsv", "text\tlabel\na\u2028b\rc\x0bd\tx\n".encode(), [("a\u2028b\rc\x0bd", "x", 2)]),
        ("csv", b"", []),
        ("csv", b"text,label\na,b", [("a", "b", 2)]),
        ("csv", b'text,label\n"a, ""b""",x\r\n', [('a, "b"', "x", 2)]),
        ("csv", b'text,label\n"a\r\nb\n\nc",x\nd,y\n', [("a\nb\n\nc", "x", 2), ("d", "y", 6)]),
        ("csv", b'text,label\n"a\rb\r\r\nc",x\n', [("a\rb\r\nc", "x", 2)]),
        ("csv", b'text,label\na "b" c,x\n', [('a "b" c', "x", 2)]),
        ("csv", b"text,label\nNA,\n , \n", [("NA", "", 2), (" ", " ", 3)]),
        ("csv", "text,label\na\u2028b\x0c,x\n".encode(), [("a\u2028b\x0c", "x", 2)]),
    ],
)
def test_a_table_is_read_with_the_line_on_which_each_row_begins(read, name, data, expected):
    assert read(name, data) == expected


def test_a_single_column_may_be_blank(read):
    for name in ("csv", "tsv"):
        assert read(name, b"text\na\n\nb\n", COLUMNS[:1]) == [("a", 2), ("", 3), ("b", 4)]


def test_fields_may_be_longer_than_python_allows_by_itself(read):
    long = "x" * 200_000  # where Python's limit is 131,072
    assert read("csv", f'text,label\n"{long}",y\n'.encode()) == [(long, "y", 2)]


def test_tokens_are_set_apart_by_single_spaces(read):
    columns = (Column("tokens", "tokens"), Column("tags", "token_labels"))
    found = read("tsv", b"tokens\ttags\nA cat\tD N\n\t\n", columns)
    assert found == [(("A", "cat"), ("D", "N"), 2), ((), (), 3)]


def test_numbers_for_all_columns_mean_that_the_first_line_is_data(read, refusal):
    asked = {"text": "2", "label": "1"}
    assert read("tsv", b"x\ta\ny\tb\n", asked=asked) == [("a", "x", 1), ("b", "y", 2)]
    assert read("csv", b"x,a\ny,b\n", asked=asked) == [("a", "x", 1), ("b", "y", 2)]
    assert read("csv", b"2,a\n1,b\n", asked=asked) == [("a", "2", 1), ("b", "1", 2)]
    assert refusal("tsv", b"label\tsentence\nx\ta\n", asked=asked) == (
        ":1: found the names of the columns, expected data as all columns are given by number; "
        "leave out --columns"
    )


def test_a_number_beside_a_name_counts_the_columns_of_the_header(read):
    asked = {"text": "2", "label": "y"}
    assert read("csv", b"y,body\nx,a\n", columns=COLUMNS, asked=asked) == [("a", "x", 2)]


def test_the_encoding_of_the_settings_is_honoured(read):
    data = "text\tlabel\ngrün\tx\n".encode("latin-1")
    assert read("tsv", data, encoding="latin-1") == [("grün", "x", 2)]
    assert read("csv", data.replace(b"\t", b","), encoding="latin-1") == [("grün", "x", 2)]


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("tsv", b"text\tlabel\na\n", ":2: found 1 columns, expected 2 as in the first line"),
        ("tsv", b"text\tlabel\na\tb\n\n", ":3: found 1 columns, expected 2 as in the first line"),
        ("tsv", b"text\tlabel\na\tb\tc\n", ":2: found 3 columns, expected 2 as in the first line"),
        ("tsv", b"text\tlabel\na\t\xff\n", ":2:3: invalid UTF-8 byte 0xff (offset 13)"),
        ("csv", b"text,label\na,b\n\n", ":3: found 1 columns, expected 2 as in the first line"),
        ("csv", b"text,label\n\na,b\n", ":2: found 1 columns, expected 2 as in the first line"),
        (
            "csv",
            b'text,label\n"a\nb",x,y\n',
            ":2: found 3 columns, expected 2 as in the first line",
        ),
        (
            "csv",
            b'text,label\n"a\nb",x\n"c\nd\n',
            ":4: not CSV: unexpected end of data; is a quote left open?",
        ),
        ("csv", b'text,label\n"a"b,x\n', ":2: not CSV: ',' expected after '\"'"),
        ("csv", b"text,label\na\rb,x\n", ":2: not CSV: new-line character seen in unquoted field"),
        ("csv", b"text,label\na,x\r\r\n", ":2: not CSV: carriage return in unquoted field"),
        (
            "csv",
            b"text,label\na,\0\n",
            ":2:3: looks like UTF-16/binary (NUL byte); convert with iconv",
        ),
        (
            "csv",
            b"text;label\na;b\n",
            ":1: found columns 'text;label', expected 'text' or 'sentence'; ",
        ),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(refusal, name, data, expected):
    assert refusal(name, data).startswith(expected)


def test_a_quote_left_open_cannot_swallow_a_large_file(read, refusal, monkeypatch):
    monkeypatch.setattr(delimited, "LONGEST", 1000)
    data = b'text,label\na,b\n"c,d\n' + b"e,f\n" * 1000
    assert len(read("csv", data.replace(b'"', b""))) == 1002  # as long, but of many records
    assert refusal("csv", data) == (
        ":3: found a record of more than 1000 characters; is a quote left open?"
    )


def csv_oracle(lines):
    """Strict CSV by a small machine: records as (line, fields), or None for a refusal."""
    records, fields, field, state, begin = [], [], "", "start", 1
    for number, line in enumerate(lines, 1):
        for c in line + "\n":
            if state == "quoted":
                state, field = ("closing", field) if c == '"' else ("quoted", field + c)
            elif c == "\n":
                records.append((begin, [*fields, field]))
                fields, field, state, begin = [], "", "start", number + 1
            elif c == "\r" or (state == "closing" and c not in ',"'):
                return None
            elif c == ",":
                fields, field, state = [*fields, field], "", "start"
            elif c == '"' and state != "plain":
                field, state = field + '"' if state == "closing" else "", "quoted"
            else:
                state, field = "plain", field + c
    return None if state == "quoted" else records


def plain_lines(data):
    """The lines of bytes, or None for a refusal."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    lines = text.split("\n")
    lines = lines if lines[-1] else lines[:-1]
    return None if "\0" in text else [line.removesuffix("\r") for line in lines]


some_table = st.lists(
    st.sampled_from(
        [b",", b",", b"\t", b"\t", b'"', b"\n", b"\r", b"\r\n", b"a", b" ", b"\xc3\xa4"]
    )
    | st.sampled_from([b"\0", b"\xff", b'""', b"\xe2\x80\xa8", b"a,b\n", b"a\tb\n", b'"a\nb",c\n']),
    max_size=14,
).map(b"".join)


def expected_rows(name, data):
    lines = plain_lines(HEADER[name] + data)
    if lines is None:
        return None
    by_tabs = [(number, line.split("\t")) for number, line in enumerate(lines, 1)]
    records = csv_oracle(lines) if name == "csv" else by_tabs
    if records is None or any(len(fields) != 2 for _, fields in records):
        return None
    return [(*fields, line) for line, fields in records[1:]]


@pytest.mark.parametrize("name", ["csv", "tsv"])
@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=some_table)
def test_any_table_is_read_as_an_independent_reader_reads_it(read, name, data):
    expected = expected_rows(name, data)
    if expected is None:
        with pytest.raises(DataError) as caught:
            read(name, HEADER[name] + data)
        assert caught.value.place.line >= 2
    else:
        assert read(name, HEADER[name] + data) == expected


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            *[st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1)] * 2
        )
    )
)
def test_what_pythons_csv_writer_writes_is_read_back(read, pairs):
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows([("text", "label"), *pairs])
    assert [row[:2] for row in read("csv", written.getvalue().encode())] == pairs
