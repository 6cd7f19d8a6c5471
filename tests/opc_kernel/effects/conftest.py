"""An exchange that closes itself."""

import pytest
from line import Exchange


@pytest.fixture
def exchange(tmp_path):
    exchange = Exchange(tmp_path)
    yield exchange
    exchange.log.close()
