"""A counter that closes itself."""

import pytest
from counter import Counter


@pytest.fixture
def queue(tmp_path):
    """Return a queue to put rows on."""
    counter = Counter(tmp_path)
    yield counter
    counter.log.close()
