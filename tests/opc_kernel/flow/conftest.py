"""An office that closes itself."""

import pytest
from office import Office


@pytest.fixture
def office(tmp_path):
    """Return what opens an office whose clerk follows a script."""
    opened = []

    def opening(*script):
        opened.append(Office(tmp_path, *script))
        return opened[-1]

    yield opening
    for each in opened:
        each.log.close()
