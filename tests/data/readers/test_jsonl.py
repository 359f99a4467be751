"""JSON lines: round trips, values, and everything that strict JSON refuses."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlpseq.data.readers.jsonl import JsonLines, parse
from nlpseq.errors import DataError
from nlpseq.settings import DataSettings
from nlpseq.task import Column, Task

COLUMNS = (Column("text", "text", also=("src",)), Column("label", "label"))


@pytest.fixture
def read(tmp_path):
    """Reads bytes as JSON lines; the rows as (values..., line)."""

    def rows(data, columns=COLUMNS, **asked):
        path = tmp_path / "f.jsonl"
        path.write_bytes(data)
        reader = JsonLines(DataSettings(columns=asked), Task())
        return [(*row.values.values(), row.place.line) for row in reader.rows(str(path), columns)]

    return rows


@pytest.fixture
def refusal(read, tmp_path):
    def message(data, columns=COLUMNS):
        with pytest.raises(DataError) as caught:
            read(data, columns)
        return str(caught.value).removeprefix(f"{tmp_path}/f.jsonl")

    return message


FIRST = b'{"text": "a", "label": "x"}\n'


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"label": "y", "more": [1.5, {}], "text": "b"}', ("b", "y")),
        (b' {"text":"b\\nc","label":"y"}\t', ("b\nc", "y")),
        (b'{"text": "b", "label": 1}', ("b", "1")),
        (b'{"text": "b", "label": false}', ("b", "false")),
        (b'{"text": "b"}', ("b", "")),
        (b'{"text": null, "label": "y"}', ("", "y")),
        (b"{}", ("", "")),
        (b'{"text": ["b", "c"], "label": "y"}', (("b", "c"), "y")),
        (b'{"text": "\\ud83d\\ude00", "label": "y"}', ("😀", "y")),
        (b'{"text": "\\\\ud800", "label": "y"}', ("\\ud800", "y")),
        (b'{"text": "b", "label": "y", "n": 18446744073709551615}', ("b", "y")),
        (b'{"text": "b", "label": "y", "n": ' + b"[" * 31 + b"]" * 31 + b"}", ("b", "y")),
        (b'{"text": "' + b'[\\"{' * 40 + b'", "label": "y"}', ('["{' * 40, "y")),
    ],
)
def test_an_object_is_a_row(read, line, expected):
    assert read(FIRST + line) == [("a", "x", 1), (*expected, 2)]


def test_columns_go_by_their_other_names_or_as_they_were_asked_for(read):
    assert read(b'{"SRC": "a", "label": "x"}\n{"SRC": "b"}') == [("a", "x", 1), ("b", "", 2)]
    assert read(b'{"body": "a", "class": 0}', text="body", label="class") == [("a", "0", 1)]


def test_a_nested_key_goes_by_both_names(read):
    data = b'{"a": {"b": "x", "c": {"d": 1}}}\n{"a": {"c": 2}}\n{"a": 3}\n{"a.b": "y", "a": {}}'
    found = read(data, text="a.b", label="a.c.d")
    assert found == [("x", "1", 1), ("", "", 2), ("", "", 3), ("y", "", 4)]


def test_lists_are_tokens_and_their_labels(read):
    columns = (Column("tokens", "tokens"), Column("tags", "token_labels"))
    data = b'{"tokens": ["New York", "!"], "tags": [1, "x"]}\n{"tokens": "a b", "tags": []}'
    assert read(data, columns) == [(("New York", "!"), ("1", "x"), 1), (("a", "b"), (), 2)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"", "found a blank line, expected a JSON object"),
        (b" ", "found a blank line, expected a JSON object"),
        (b"[1]", "found '[1]', expected a JSON object"),
        (b'"a"', "found '\"a\"', expected a JSON object"),
        (b"{", "not JSON: Expecting property name"),
        (b'{"text": "b"} {}', "not JSON: Extra data"),
        (b'{"text": "b\tc"}', "not JSON: Invalid control character"),
        (b"{'text': 1}", "not JSON: Expecting property name"),
        (b'{"text": "b", "text": "c"}', "found the key 'text' twice in one object"),
        (b'{"n": {"a": 1, "a": 1}}', "found the key 'a' twice in one object"),
        (b'{"n": NaN}', "found NaN, which is no JSON"),
        (b'{"n": -Infinity}', "found -Infinity, which is no JSON"),
        (b'{"n": 1e999}', "found 1e999, expected a finite number"),
        (
            b'{"n": 18446744073709551616}',
            "found 18446744073709551616, expected a number of at most",
        ),
        (
            b'{"n": -9223372036854775809}',
            "found -9223372036854775809, expected a number of at most",
        ),
        (b'{"n": ' + b"9" * 5000 + b"}", f"found {'9' * 40}, expected a number of at most 64 bits"),
        (b'{"text": "\\ud800"}', 'found "\\ud800", half of a surrogate pair'),
        (b'{"n": ["\\uDFFFx"]}', 'found "\\udfff", half of a surrogate pair'),
        (b'{"\\ud800": 1}', 'found "\\ud800", half of a surrogate pair'),
        (b'{"n": ' + b"[" * 32 + b"]" * 32 + b"}", "found JSON nested deeper than 32"),
        (b'{"n": ' + b"[" * 100_000, "found JSON nested deeper than 32"),
        (b'{"a":' * 100_000, "found JSON nested deeper than 32"),
        (b'{"text": 3}', "found 3, expected a text"),
        (b'{"text": "b", "label": 0.5}', "found 0.5, expected a text or a whole number"),
        (b'{"text": "b", "label": ["y"]}', "found ['y'], expected a text or a whole number"),
        (b'{"text": [["b"]]}', "found ['b'], expected a text"),
    ],
)
def test_what_is_not_strictly_json_is_refused_with_its_line(refusal, line, expected):
    message = refusal(FIRST + line + b"\n")
    assert message.startswith(f":2: {expected}")


def test_a_missing_column_is_refused_at_the_first_object(refusal):
    message = refusal(b'{"src": "a", "tgt": "b"}')
    assert message.startswith(
        ":1: found columns 'src', 'tgt', expected 'label'; give --columns label=NAME"
    )


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=100)
@given(st.dictionaries(st.text(st.characters(codec="utf-8")), values), st.booleans())
def test_what_json_writes_is_read_back(table, ascii_only):
    assert parse(json.dumps(table, ensure_ascii=ascii_only)) == table


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [b"{", b"}", b"[", b"]", b'"', b":", b",", b"\\", b"\n", b"1", b"-", b"e9", b"NaN"]
        )
        | st.sampled_from(
            [b'"text":', b'"a"', b"null", b"\\ud800", b"\xff", b"\0", FIRST, b'"label":1']
        ),
        max_size=12,
    ).map(b"".join)
)
def test_any_bytes_are_rows_or_a_refusal_with_its_line(read, data):
    lines = 1 + data.count(b"\n") + (data != b"" and not data.endswith(b"\n"))
    try:
        found = [line for *_, line in read(FIRST + data)]
    except DataError as error:
        assert 2 <= error.place.line <= lines  # noqa: PT017 - a value or an error is right
    else:
        assert found == list(range(1, lines + 1))
