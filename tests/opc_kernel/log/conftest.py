"""A company folder for each test."""

import pytest
from log_examples import REGISTRY, opened

from opc_kernel.testing import FrozenClock, MemoryLog


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "acme"


@pytest.fixture
def durable(folder):
    with opened(folder) as log:
        yield log


@pytest.fixture(params=["in memory", "on disk"])
def log(request, folder):
    """The contract holds for the log and for its twin."""
    if request.param == "in memory":
        yield MemoryLog(REGISTRY, clock=FrozenClock())
        return
    with opened(folder) as log:
        yield log
