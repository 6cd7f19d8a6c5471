"""Desks that are cleared away."""

import pytest
from model_desk import Desk


@pytest.fixture
def desk(tmp_path):
    """Return what sets up a desk whose model follows a script."""
    opened = []

    def setting_up(*script, **settings):
        folder = tmp_path / str(len(opened))
        folder.mkdir()
        opened.append(Desk(folder, *script, **settings))
        return opened[-1]

    yield setting_up
    for each in opened:
        each.log.close()
