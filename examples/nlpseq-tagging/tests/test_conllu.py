"""The reader: what it finds, where, and what it refuses."""

import pytest
from nlpseq_tagging.conllu import Conllu
from nlpseq_tagging.task import Tagging

from nlpseq.data.readers.protocol import DataSettings
from nlpseq.errors import DataError


def word(number, form, tag):
    return "\t".join([number, form, f"lemma-of-{form}", tag, *"______"])


SENTENCES = [
    "# newdoc",
    word("1-2", "don't", "_"),
    word("1", "do", "AUX"),
    word("2", "n't", "PART"),
    word("2.1", "go", "VERB"),
    "",
    "",
    "# text = _",
    word("1", "_", "SYM"),
]


@pytest.fixture
def rows(tmp_path):
    """Read lines, with columns as ``--columns`` gives them."""

    def rows(lines, **columns):
        path = tmp_path / "file.conllu"
        path.write_text("\n".join(lines))
        reader = Conllu(DataSettings(columns=columns), Tagging())
        return list(reader.rows(str(path), Tagging.columns))

    return rows


def test_a_sentence_is_a_row_at_the_line_of_its_first_word(rows):
    first, second = rows(SENTENCES)
    assert first.values == {"form": ("do", "n't"), "upos": ("AUX", "PART")}
    assert second.values == {"form": ("_",), "upos": ("SYM",)}
    assert [row.place.line for row in (first, second)] == [3, 9]


@pytest.mark.parametrize("lemma", ["lemma", "3"])
def test_any_field_can_be_read_by_name_or_number(rows, lemma):
    first, _ = rows(SENTENCES, form=lemma)
    assert first["form"] == ("lemma-of-do", "lemma-of-n't")


def test_a_field_that_holds_nothing_is_empty(rows):
    first, _ = rows(SENTENCES, upos="xpos")
    assert first["upos"] == ("", "")


def test_a_field_that_does_not_exist_is_refused_with_those_that_do(rows):
    with pytest.raises(DataError, match=r"file\.conllu: found columns 'id', 'form', .*'tag'"):
        rows(SENTENCES, upos="tag")


@pytest.mark.parametrize("line", ["do", "1\tdo\tdo\tAUX", word("1", "do", "AUX") + "\t_"])
def test_a_line_of_another_number_of_fields_is_refused_with_its_number(rows, line):
    with pytest.raises(DataError, match=r"file\.conllu:10: found \d+ fields, expected 10"):
        rows([*SENTENCES, line])


def test_an_empty_file_has_no_rows(rows):
    assert rows([]) == []
    assert rows(["", "# nothing", ""]) == []
