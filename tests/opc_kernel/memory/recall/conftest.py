"""A company with a memory of its own for each test."""

import pytest
from recall_examples import opened


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "acme"


@pytest.fixture
def log(folder):
    with opened(folder) as log:
        yield log
