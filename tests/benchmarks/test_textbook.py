"""The textbook model is correct: what is slow about it is its form alone."""

import pytest
import torch
from torch.testing import assert_close

from benchmarks.textbook import Textbook, Widths, pair_of, train_step
from benchmarks.textbook_search import beam, greedy
from nlpseq.data.batches import Held
from nlpseq.text.vocabulary import BOS_ID, EOS_ID, PAD_ID, UNK_ID

FIRST, WORDS = 4, 12  # ids of words begin after the four special ones


def rows(count, generator):
    """Texts of one to five words."""
    lengths = torch.randint(1, 6, (count,), generator=generator).tolist()
    return [torch.randint(FIRST, WORDS, (n,), generator=generator).tolist() for n in lengths]


@pytest.fixture(scope="module")
def copying():
    """A model that has learned to repeat what it reads."""
    torch.manual_seed(0)
    model = Textbook(Widths(WORDS, 24, 24, 48, 2, 0.0))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    generator = torch.Generator().manual_seed(0)
    for _ in range(250):
        texts = rows(32, generator)
        train_step(
            model,
            optimizer,
            pair_of(Held({"source": texts, "target": texts}), range(32), WORDS),
        )
    return model


def test_it_learns_to_copy_and_both_searches_find_the_copies(copying):
    texts = rows(20, torch.Generator().manual_seed(1))
    source, _ = pair_of(Held({"source": texts, "target": texts}), range(20), WORDS)
    assert greedy(copying, source, 10) == texts
    assert [beam(copying, torch.tensor(text), 10) for text in texts] == texts


def test_a_beam_of_one_is_greedy_and_the_longest_is_kept(copying):
    source = torch.tensor([[4, 5, 6, 7, 8]])
    for longest in (1, 3, 10):
        found = greedy(copying, source, longest)[0]
        assert beam(copying, source[0], longest, width=1) == found
        assert len(found) == min(longest, 5)


def test_padding_changes_no_logits(copying):
    copying.eval()
    source, target = torch.tensor([[4, 5, 6]]), torch.tensor([[BOS_ID, 4, 5]])
    padded = torch.nn.functional.pad(source, (0, 4), value=PAD_ID)
    assert_close(copying(padded, target), copying(source, target))


def test_a_pair_is_padded_to_its_longest_and_holds_no_word_beyond_the_vocabulary():
    corpus = Held({"source": [[4], [5, 99]], "target": [[4, 5, 6], [7]]})
    source, target = pair_of(corpus, [1, 0], WORDS)
    assert source.tolist() == [[5, UNK_ID], [4, PAD_ID]]
    assert target.tolist() == [[BOS_ID, 7, EOS_ID, PAD_ID, PAD_ID], [BOS_ID, 4, 5, 6, EOS_ID]]
