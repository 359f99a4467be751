"""What holds for all tests, wherever and by whomever they are run."""

import os

import pytest
from hypothesis import settings

settings.register_profile("tests", deadline=None)  # a machine may be busy with other things
settings.load_profile("tests")


@pytest.fixture(autouse=True, scope="session")
def _without_own_settings(tmp_path_factory):
    """Nothing that a developer has set for nlpseq, and no cache of theirs."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("NLPSEQ_")]:
            patch.delenv(name)
        patch.setenv("NLPSEQ_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
