"""The arithmetic of the other benchmarks."""

import pytest

from benchmarks.data import growth
from benchmarks.pairs import write_pairs
from benchmarks.peers import NAMES, REPORTS
from benchmarks.quality import Point, bleu, reached


@pytest.mark.parametrize("power", [0, 0.5, 1, 2])
def test_growth_is_the_power_of_the_rows(power):
    rows = [10, 100, 3000]
    assert growth(rows, [7 * count**power for count in rows]) == pytest.approx(power)


def test_a_quality_is_reached_at_the_first_point_that_has_it():
    points = [Point(1, 20), Point(2, 36), Point(3, 35), Point(4, 40)]
    assert [reached(points, goal) for goal in (10, 36, 36.5, 41)] == [1, 2, 4, None]
    assert bleu(["a man rides a bike ."], ["a man rides a bike ."]) == pytest.approx(100)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_pairs_are_as_many_as_asked_for_and_none_twice(tmp_path, ending):
    import gzip

    for code in ("de", "en"):
        text = f"one {code}\ntwo {code}\n".encode()
        (tmp_path / f"train.{code}{ending}").write_bytes(gzip.compress(text) if ending else text)
    write_pairs(tmp_path, tmp_path / "pairs", 3)
    assert (tmp_path / "pairs.en").read_text() == "0 one en\n1 two en\n2 one en\n"
    assert len((tmp_path / "pairs.de").read_text().splitlines()) == 3


def test_rates_are_read_from_what_peers_print():
    lines = {
        "opennmt": "[2026-01-01 10:00:00,000 INFO] Step 30/ 200; acc: 5.1; ppl: 2.1e3; xent: 7.6; "
        "lr: 0.00100; sents:     640; bsz:  760/ 780/64; 1234/1301 tok/s;     31 sec;",
        "joeynmt": "Epoch   1, Step:      20, Batch Loss:     6.1, Batch Acc: 0.08, "
        "Tokens per Sec:      987, Lr: 0.001000",
    }
    found = {name: REPORTS[name].findall(lines[name]) for name in NAMES}
    assert found == {"opennmt": ["1301"], "joeynmt": ["987"]}
