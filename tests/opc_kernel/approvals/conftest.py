"""A counter for each file of tests, and a clean one for each test."""

import pytest
from counter import Counter


@pytest.fixture(scope="module")
def counter(tmp_path_factory):
    counter = Counter(tmp_path_factory.mktemp("company"))
    yield counter
    counter.log.close()


@pytest.fixture
def queue(counter):
    """Return a queue to put rows on."""
    return counter.begin()
