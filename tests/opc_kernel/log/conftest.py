"""A company folder for each test."""

import os
import tempfile
from pathlib import Path

import pytest
from log_examples import MEMORY, REGISTRY, opened

from opc_kernel.testing import FrozenClock, MemoryLog


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "acme"


@pytest.fixture
def fast_path(tmp_path):
    """Return a folder in memory, where there is one."""
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


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
