"""Measurements. What decides how threads wait is set by nlpseq, before torch is imported."""

import nlpseq  # noqa: F401
