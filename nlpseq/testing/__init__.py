"""The conformance kit: a task held against the whole contract, in three lines.

::

    from nlpseq.testing import TaskContract


    class TestQuestions(TaskContract):
        task = "questions"
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nlpseq.errors import MissingExtra

if TYPE_CHECKING:
    from nlpseq.testing.contract import TaskContract

__all__ = ["TaskContract"]


def __getattr__(name: str) -> Any:
    """The kit is imported on first use, as it needs pytest; so that its template does not."""
    if name != "TaskContract":
        raise AttributeError(f"module 'nlpseq.testing' has no attribute '{name}'")
    try:
        import pytest
    except ImportError:
        raise MissingExtra("pytest", "testing") from None
    pytest.register_assert_rewrite("nlpseq.testing.contract")
    from nlpseq.testing.contract import TaskContract

    return TaskContract
