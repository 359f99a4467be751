"""What turns the log-probability of an answer into its score.

Wu et al. (2016), section 7, https://arxiv.org/abs/1609.08144::

    score(Y, X) = log P(Y | X) / lp(Y) + cp(X; Y)
"""

from __future__ import annotations

from torch import Tensor

_LEAST = 1e-30  # attention whose logarithm is still a number


def length_penalty(lengths: Tensor, alpha: float) -> Tensor:
    """``lp(Y) = ((5 + |Y|) / 6) ** alpha``, where the length |Y| counts the end."""
    return ((5 + lengths.double()) / 6) ** alpha


def coverage_penalty(covered: Tensor, mask: Tensor, beta: float) -> Tensor:
    """``cp(X; Y) = beta * sum over s of log(min(sum over t of a_ts, 1))``.

    ``covered`` [..., S] is the attention that the words of an answer paid to each word of the
    source, its end not counted; ``mask`` [..., S] says which of these are real.
    """
    logs = covered.double().clamp(_LEAST, 1).log()
    return beta * (logs * mask).sum(-1)
