"""A company whose jobs have run."""

import pytest
from job_runs import Runs


@pytest.fixture
def runs(shop):
    return Runs(shop)
